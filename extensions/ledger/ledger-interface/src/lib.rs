//! Ledger interface: accounts that extensions pay into and out of, by direct calls.
//!
//! An [`Account`] is got by name, with [`open`]; whoever asks for the same name gets the same account. Accounts stay for as
//! long as the extension `ledger` is loaded, whoever opened them.
//!
//! Invariants: a balance is never below zero and never wraps; a transfer is taken from one account before it is added to the
//! other, so the sum of all balances is never more than what was paid in. Nothing here relies on a destructor being run, and
//! nothing here is on the heap: what a `static` owns there is not given back at unload.
//!
//! This crate does not know who pays, nor how an account is shown.
#![no_std]

mod name;
mod refusal;

use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};

use spindle_event::{Event, Exclusive, Owner};

pub use name::{LONGEST_NAME, Name};
pub use refusal::{OpenError, PayError};

/// How many accounts there can be.
pub const ACCOUNTS: usize = 32;

/// Owns the event.
static BOOKS: Owner = Owner::new();

/// Raised when somebody tries to take more than there is. All may handle it.
pub static OVERDRAWN: Event<Overdraft> = Event::new("overdrawn", &BOOKS).open_to_all();

/// More was asked for than an account had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overdraft {
    /// Which account.
    pub account: Account,
    /// What it had.
    pub balance: u64,
    /// What was asked for.
    pub amount: u64,
}

/// The names of the accounts; the position is the account's number.
static NAMES: Exclusive<Names> = Exclusive::new(Names { count: 0, all: [Name::EMPTY; ACCOUNTS] });

/// The balances, by number. `Relaxed` throughout: a balance orders nothing but itself, and all that is relied on is that
/// each change is made to the latest value.
static BALANCES: [AtomicU64; ACCOUNTS] = [const { AtomicU64::new(0) }; ACCOUNTS];

struct Names {
    count: usize,
    all: [Name; ACCOUNTS],
}

/// An account. Its number is private, so there is none but by [`open`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Account {
    number: usize,
    name: Name,
}

/// The account called `name`; makes it where there is none.
///
/// # Errors
/// [`OpenError`] when the name won't do, there are [`ACCOUNTS`] already, or another core is opening one.
pub fn open(name: &str) -> Result<Account, OpenError> {
    let name: Name = name.parse()?;
    NAMES.with(|names| names.find_or_add(name)).map_err(OpenError::Names)?
}

impl Names {
    fn find_or_add(&mut self, name: Name) -> Result<Account, OpenError> {
        let known = self.all.iter().take(self.count).position(|other| *other == name);
        let number = match known {
            Some(number) => number,
            None => {
                *self.all.get_mut(self.count).ok_or(OpenError::Full)? = name;
                self.count += 1;
                self.count - 1
            }
        };
        Ok(Account { number, name })
    }
}

impl Account {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// What is in it.
    #[must_use]
    pub fn balance(&self) -> u64 {
        self.place().load(Ordering::Relaxed)
    }

    /// Pays `amount` in; returns the new balance.
    ///
    /// # Errors
    /// [`PayError::Overflow`] when the account would hold more than a number can say; it is unchanged then.
    #[inline(never)]
    pub fn deposit(&self, amount: u64) -> Result<u64, PayError> {
        let paid =
            self.place().fetch_update(Ordering::Relaxed, Ordering::Relaxed, |old| old.checked_add(amount));
        paid.map(|old| old + amount).map_err(|balance| PayError::Overflow { balance, amount })
    }

    /// Takes `amount` out; returns the new balance. Raises [`OVERDRAWN`] when there is less.
    ///
    /// # Errors
    /// [`PayError::Overdrawn`] when there is less; the account is unchanged then.
    #[inline(never)]
    pub fn withdraw(&self, amount: u64) -> Result<u64, PayError> {
        let paid =
            self.place().fetch_update(Ordering::Relaxed, Ordering::Relaxed, |old| old.checked_sub(amount));
        paid.map(|old| old - amount).map_err(|balance| {
            OVERDRAWN.raise(&Overdraft { account: *self, balance, amount });
            PayError::Overdrawn { balance, amount }
        })
    }

    /// Moves `amount` to `other`.
    ///
    /// # Errors
    /// [`PayError`] when there is less here, or too much there; both are unchanged then.
    pub fn transfer(&self, other: &Self, amount: u64) -> Result<(), PayError> {
        self.withdraw(amount)?;
        if let Err(refused) = other.deposit(amount) {
            // It was here a moment ago; only payments of others in between can leave no room for it.
            self.deposit(amount)?;
            return Err(refused);
        }
        Ok(())
    }

    fn place(&self) -> &'static AtomicU64 {
        // `number` is below ACCOUNTS: `find_or_add` found a name in that place.
        &BALANCES[self.number]
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// Shows each account to `visit`, in the order in which they were opened.
///
/// # Errors
/// [`OpenError::Names`] when another core is opening an account, or was ended while it did.
pub fn each(mut visit: impl FnMut(&Account)) -> Result<(), OpenError> {
    for number in 0..ACCOUNTS {
        match account(number)? {
            Some(account) => visit(&account),
            None => break,
        }
    }
    Ok(())
}

/// The account with this number. Not generic, so it is one function for all, in the publisher.
fn account(number: usize) -> Result<Option<Account>, OpenError> {
    let found = NAMES.with(|names| {
        names.all.iter().take(names.count).nth(number).map(|name| Account { number, name: *name })
    });
    found.map_err(OpenError::Names)
}
