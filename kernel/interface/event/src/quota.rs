//! Quota: how many bindings a domain has, how many it may have, and its share of the cores.
//!
//! A binding is its domain's from when it is proposed until it is gone, or was uninstalled for good; whose it is, the address of its
//! handler's code says. It is charged when it is attached to its event and discharged when it is detached ([`Shared`]), so no way
//! of ending one is forgotten.
//!
//! This file does not know what a domain is, but for where its code lies.
//!
//! [`Shared`]: crate::binding::Shared

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use spindle_sync::{Authority, Lock};

use crate::install_error::InstallError;
use crate::registry;
use crate::share::{Share, ShareUsage};

/// One domain's.
struct Account {
    code: Range<usize>,
    usage: BindingUsage,
    share: Option<Arc<Share>>,
}

/// What a domain has of bindings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BindingUsage {
    /// How many now.
    pub bindings: usize,
    /// The most there ever were.
    pub most: usize,
    /// How many there may be, if anybody has said so.
    pub limit: Option<usize>,
    /// How often it was refused more.
    pub refused: u64,
}

/// Lock order: after an event's bindings, before the heap's lock; nothing else is locked while this is held.
static ACCOUNTS: Lock<Vec<Account>> = Lock::new(Vec::new());

/// From here on what handlers `code` binds is counted, `bindings` of them at most, and they have `share` percent of each core. Before
/// any of `code` runs. Kernel only.
///
/// # Context
/// Not in interrupt context. Allocates.
pub fn begin(_: &Authority, code: Range<usize>, bindings: Option<usize>, share: Option<u8>) {
    let usage = BindingUsage { limit: bindings, ..BindingUsage::default() };
    let share = share.map(|percent| Arc::new(Share::new(percent)));
    ACCOUNTS.lock().push(Account { code, usage, share });
}

/// Ends the account of `code`. Before anything else can come to lie in it. Kernel only.
///
/// # Context
/// Any but interrupts.
pub fn end(_: &Authority, code: &Range<usize>) {
    ACCOUNTS.lock().retain(|one| one.code != *code);
}

/// What there is to say of `code`. Kernel only.
///
/// # Context
/// Any but interrupts.
pub fn usage(_: &Authority, code: &Range<usize>) -> (BindingUsage, Option<ShareUsage>) {
    let accounts = ACCOUNTS.lock();
    let account = accounts.iter().find(|one| one.code == *code);
    account.map_or((BindingUsage::default(), None), |one| {
        (one.usage, one.share.as_ref().map(|share| share.usage()))
    })
}

/// One more binding, with its handler at `code`; and what share it has.
pub(crate) fn charge(code: usize, event: &str) -> Result<Option<Arc<Share>>, InstallError> {
    let limit = {
        let mut accounts = ACCOUNTS.lock();
        let Some(account) = accounts.iter_mut().find(|one| one.code.contains(&code)) else { return Ok(None) };
        match account.usage.add() {
            Ok(()) => return Ok(account.share.clone()),
            Err(limit) => limit,
        }
    };
    let domain = registry::domain_at(code).unwrap_or_default();
    Err(InstallError::OverQuota { event: event.into(), domain, limit })
}

/// One binding less, with its handler at `code`.
pub(crate) fn discharge(code: usize) {
    let mut accounts = ACCOUNTS.lock();
    if let Some(account) = accounts.iter_mut().find(|one| one.code.contains(&code)) {
        account.usage.bindings = account.usage.bindings.saturating_sub(1);
    }
}

impl BindingUsage {
    /// Counts one more, unless there are as many as there may be: that is how many.
    fn add(&mut self) -> Result<(), usize> {
        if let Some(limit) = self.limit.filter(|limit| self.bindings >= *limit) {
            self.refused += 1;
            return Err(limit);
        }
        self.bindings += 1;
        self.most = self.most.max(self.bindings);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::BindingUsage;

    #[test]
    fn no_more_are_counted_than_there_may_be() {
        let mut usage = BindingUsage { limit: Some(2), ..BindingUsage::default() };
        assert_eq!([usage.add(), usage.add(), usage.add()], [Ok(()), Ok(()), Err(2)]);
        usage.bindings -= 1;
        assert_eq!([usage.add(), usage.add()], [Ok(()), Err(2)]);
        assert_eq!(usage, BindingUsage { bindings: 2, most: 2, limit: Some(2), refused: 2 });
        let mut unlimited = BindingUsage::default();
        assert!((0..5000).all(|_| unlimited.add().is_ok()));
    }
}
