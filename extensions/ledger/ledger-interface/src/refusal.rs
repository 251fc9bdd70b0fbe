//! Why an account is not opened, and why nothing is paid.

use core::fmt;

use spindle_event::LockError;

use crate::{ACCOUNTS, LONGEST_NAME};

/// Why an account is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// The name is empty, or has something other than small letters, digits and `-`.
    BadName,
    /// The name is longer than [`LONGEST_NAME`].
    LongName {
        /// How long it is.
        bytes: usize,
    },
    /// There are [`ACCOUNTS`] accounts.
    Full,
    /// The names are not to be had: another core is opening an account, or was ended while it did.
    Names(LockError),
}

/// Why nothing is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayError {
    /// There is less in the account.
    Overdrawn {
        /// What is in it.
        balance: u64,
        /// What was asked for.
        amount: u64,
    },
    /// The account would hold more than a number can say.
    Overflow {
        /// What is in it.
        balance: u64,
        /// What was to be added.
        amount: u64,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadName => out.write_str("an account's name is of small letters, digits and `-`"),
            Self::LongName { bytes } => {
                write!(out, "{bytes} bytes name no account, at most {LONGEST_NAME} do")
            }
            Self::Full => write!(out, "there are {ACCOUNTS} accounts, no more fit"),
            Self::Names(why) => write!(out, "the names of the accounts are not to be had: {why}"),
        }
    }
}

impl fmt::Display for PayError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overdrawn { balance, amount } => {
                write!(out, "{amount} is more than the {balance} there are")
            }
            Self::Overflow { balance, amount } => write!(out, "{amount} more than {balance} is too much"),
        }
    }
}

impl core::error::Error for OpenError {}

impl core::error::Error for PayError {}
