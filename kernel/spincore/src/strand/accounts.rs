//! Accounts: how many strands each domain has, and may have.

use super::keeper;
use alloc::vec::Vec;
use spindle_domain::DomainId;
use spindle_strand::StrandError;
use spindle_sync::Lock;

/// How many strands a domain may have if nobody says otherwise.
const STRANDS: usize = 4096;

/// What one domain has, and may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Account {
    /// How many now.
    pub(crate) count: usize,
    /// The most there ever were.
    pub(crate) most: usize,
    /// How often it was refused more.
    pub(crate) refused: u64,
    /// How many there may be.
    pub(crate) limit: usize,
    /// Whether it may begin any.
    is_open: bool,
}

/// Lock order: before the heap's lock; nothing else is locked while this is held.
static ACCOUNTS: Lock<Accounts> = Lock::new(Accounts { all: Vec::new(), last: 0 });

/// What all domains have.
struct Accounts {
    all: Vec<(DomainId, Account)>,
    /// Where the last one was that was asked for: the next is often the same.
    last: usize,
}

/// From here on the domain may begin strands: so many at a time, if anybody says it.
///
/// # Context
/// Not in interrupt context. Allocates.
pub(crate) fn open(domain: DomainId, limit: Option<usize>) {
    let account = Account { limit: limit.unwrap_or(STRANDS), is_open: true, ..Account::default() };
    ACCOUNTS.lock().all.push((domain, account));
}

/// From here on it begins none.
pub(super) fn close(domain: DomainId) {
    with(domain, |account| account.is_open = false);
}

/// Forgets a domain that has none.
pub(crate) fn forget(domain: DomainId) {
    ACCOUNTS.lock().all.retain(|(other, _)| *other != domain);
}

/// What there is to say of a domain.
pub(crate) fn usage(domain: DomainId) -> Account {
    with(domain, |account| *account).unwrap_or_default()
}

/// How many it has.
pub(super) fn count(domain: DomainId) -> usize {
    with(domain, |account| account.count).unwrap_or(0)
}

/// One more.
pub(super) fn charge(domain: DomainId) -> Result<(), StrandError> {
    let name = || keeper::name(domain).unwrap_or_default();
    match with(domain, Account::charge) {
        Some(Ok(())) => Ok(()),
        Some(Err(Refusal::Full { limit })) => Err(StrandError::OverQuota { domain: name(), limit }),
        Some(Err(Refusal::Closed)) | None => Err(StrandError::Leaving { domain: name() }),
    }
}

/// One less.
pub(super) fn discharge(domain: DomainId) {
    with(domain, |account| account.count = account.count.saturating_sub(1));
}

fn with<T>(domain: DomainId, act: impl FnOnce(&mut Account) -> T) -> Option<T> {
    let mut accounts = ACCOUNTS.lock();
    if accounts.all.get(accounts.last).is_none_or(|(last, _)| *last != domain) {
        accounts.last = accounts.all.iter().position(|(other, _)| *other == domain)?;
    }
    let last = accounts.last;
    accounts.all.get_mut(last).map(|(_, account)| act(account))
}

/// Why there is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    Closed,
    Full { limit: usize },
}

impl Account {
    fn charge(&mut self) -> Result<(), Refusal> {
        match () {
            () if !self.is_open => Err(Refusal::Closed),
            () if self.count >= self.limit => {
                self.refused += 1;
                Err(Refusal::Full { limit: self.limit })
            }
            () => {
                self.count += 1;
                self.most = self.most.max(self.count);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Account, Refusal};

    #[test]
    fn no_more_are_begun_than_there_may_be_and_none_when_the_domain_ends() {
        let mut account = Account { limit: 2, is_open: true, ..Account::default() };
        assert_eq!([account.charge(), account.charge()], [Ok(()), Ok(())]);
        assert_eq!(account.charge(), Err(Refusal::Full { limit: 2 }));
        account.is_open = false;
        assert_eq!(account.charge(), Err(Refusal::Closed));
    }
}
