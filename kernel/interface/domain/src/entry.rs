//! EntryRecord: the one thing in an extension's object that the kernel looks for.
//!
//! The record lies in a section of its own. Kernel and extension agree on its layout because both were built against
//! the same digest of this crate; magic and version only turn a mistake in the tool into a message.

use alloc::boxed::Box;
use core::fmt;
use core::mem::offset_of;

use spindle_sync::{HandOver, Packed};

use crate::identity::Identity;
use crate::restart::Restart;

/// What an extension's entry returns; on an error the domain is unloaded at once.
pub type InitResult = Result<(), Box<dyn core::error::Error + Send + Sync>>;

/// An extension's entry: declares its events, installs its handlers, returns.
pub type Init = fn(&Identity) -> InitResult;

/// Gives what an extension hands over.
pub type Give = fn() -> Packed;

/// An extension's entry when it takes the place of another version: as [`Init`], with what that one has handed over.
pub type Take = fn(&Identity, Packed) -> InitResult;

/// An extension that can take the place of another version of itself, and be replaced by one. Made by
/// [`extension!`](crate::extension).
pub trait Version {
    /// What it hands over.
    type Gives: HandOver;
    /// What it takes from the version before.
    type Takes: HandOver;

    /// Hands over. The extension may go on afterwards, if the other one fails.
    fn give() -> Self::Gives;

    /// The entry in place of the usual one.
    ///
    /// # Errors
    /// As the entry; the version before goes on as if nothing had been.
    fn take(me: &Identity, state: Self::Takes) -> InitResult;
}

/// What was handed over is not what is taken. The kernel compares both before, so nobody sees this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OtherState;

impl fmt::Display for OtherState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what was handed over is of another shape")
    }
}

impl core::error::Error for OtherState {}

/// An extension's name and entry. Made by [`extension!`](crate::extension).
#[derive(Debug)]
#[repr(C)]
pub struct EntryRecord {
    magic: u64,
    abi: u32,
    reserved: u32,
    name: &'static str,
    init: Init,
    /// Digests of what is given and taken; 0 where nothing is.
    gives: u64,
    takes: u64,
    give: Option<Give>,
    take: Option<Take>,
    /// A [`Restart`], as a number.
    restart: u64,
}

impl EntryRecord {
    /// The section the record lies in.
    pub const SECTION: &'static str = ".ext.entry";
    /// The record's first eight bytes, little endian: `SPINDLEX`.
    pub const MAGIC: u64 = u64::from_le_bytes(*b"SPINDLEX");
    /// The version of the record's layout.
    pub const ABI: u32 = 3;
    /// Where the name lies in the record, in bytes: address and length.
    pub const NAME_AT: usize = offset_of!(Self, name);
    /// Where the entry function's address lies in the record, in bytes.
    pub const INIT_AT: usize = offset_of!(Self, init);
    /// Where the digest stands of what the extension hands over, in bytes.
    pub const GIVES_AT: usize = offset_of!(Self, gives);
    /// Where the digest stands of what it takes from the version before, in bytes.
    pub const TAKES_AT: usize = offset_of!(Self, takes);
    /// Where the address of a [`Give`] lies, or nothing, in bytes.
    pub const GIVE_AT: usize = offset_of!(Self, give);
    /// Where the address of a [`Take`] lies, or nothing, in bytes.
    pub const TAKE_AT: usize = offset_of!(Self, take);
    /// Where its [`Restart`] stands, in bytes.
    pub const RESTART_AT: usize = offset_of!(Self, restart);

    /// The record of an extension. Use [`extension!`](crate::extension).
    pub const fn new(name: &'static str, init: Init) -> Self {
        assert!(is_name(name), "an extension's name is a letter of a-z, then up to 63 of a-z, 0-9 and -");
        let (magic, abi) = (Self::MAGIC, Self::ABI);
        Self { magic, abi, reserved: 0, name, init, gives: 0, takes: 0, give: None, take: None, restart: 0 }
    }

    /// The same, for an extension that wants to be started again. Use [`extension!`](crate::extension).
    #[must_use]
    pub const fn restarting(self, restart: Restart) -> Self {
        Self { restart: restart.number(), ..self }
    }

    /// The same, for an extension that hands over what it has. Use [`extension!`](crate::extension).
    #[must_use]
    pub const fn handing_over<V: Version>(self) -> Self {
        Self {
            gives: V::Gives::SHAPE.digest(),
            takes: V::Takes::SHAPE.digest(),
            give: Some(give::<V>),
            take: Some(take::<V>),
            ..self
        }
    }

    /// Whether this is a record, of this version.
    pub fn is_valid(&self) -> bool {
        self.magic == Self::MAGIC && self.abi == Self::ABI && self.reserved == 0
    }

    /// The extension's name.
    pub fn name(&self) -> &str {
        self.name
    }

    /// The extension's entry.
    pub fn init(&self) -> Init {
        self.init
    }

    /// Digest of what it hands over, and what does.
    pub fn give(&self) -> Option<(u64, Give)> {
        Some((self.gives, self.give?))
    }

    /// Digest of what it takes from the version before, and what does.
    pub fn take(&self) -> Option<(u64, Take)> {
        Some((self.takes, self.take?))
    }
}

fn give<V: Version>() -> Packed {
    Packed::new(V::give())
}

fn take<V: Version>(me: &Identity, packed: Packed) -> InitResult {
    // The digests are equal, and so are the shapes but for an accident or a trick: that is why they are compared here.
    let state = packed.unpack::<V::Takes>().map_err(|_| OtherState)?;
    V::take(me, state)
}

/// Whether `name` can be typed as one word of a command.
const fn is_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !matches!(bytes[at], b'a'..=b'z' | b'0'..=b'9' | b'-') {
            return false;
        }
        at += 1;
    }
    !bytes.is_empty() && bytes[0].is_ascii_lowercase() && bytes.len() <= 64
}

/// Makes a crate an extension: `extension! { name: "echo", init: init }`.
///
/// `init` is an [`Init`]. An extension that is to be started again when it was at fault too often says so with a
/// [`Restart`], at the end: `extension! { name: "echo", init: init, restart: Restart::times(3) }`.
///
/// An extension that can be replaced under load says what it hands over to its successor, and how:
///
/// ```
/// # extern crate alloc;
/// # use spindle_domain::{Identity, InitResult, extension};
/// use alloc::sync::Arc;
/// use core::sync::atomic::AtomicU64;
///
/// spindle_domain::hand_over! { pub struct Tally { count: Arc<AtomicU64> } }
///
/// extension! { name: "counter", init: init, state: Tally, give: give, take: take }
///
/// fn init(me: &Identity) -> InitResult {
///     take(me, Tally { count: Arc::default() })
/// }
///
/// fn take(_: &Identity, tally: Tally) -> InitResult {
///     // Keeps `tally` where `give` finds it, and installs handlers.
///     # let _ = tally;
///     Ok(())
/// }
///
/// fn give() -> Tally {
///     // As long as this version is not gone both count, so they share.
///     # return Tally { count: Arc::default() };
/// }
/// ```
///
/// `give` has no arguments and returns the state; `take` is an [`Init`] with the state as second argument. A version that
/// takes another state from its predecessor than it gives to its successor names that as well: `state: Tally2, from: Tally`.
/// A state is a structure that [`hand_over!`](crate::hand_over) declares.
#[macro_export]
macro_rules! extension {
    (name: $name:literal, init: $init:path $(, restart: $restart:expr)? $(,)?) => {
        // No unsafe block: a static in a section of its own, which is what the attribute vouches for.
        #[used]
        #[unsafe(link_section = ".ext.entry")]
        static SPINDLE_ENTRY: $crate::EntryRecord =
            $crate::EntryRecord::new($name, $init)$(.restarting($restart))?;
    };
    (
        name: $name:literal, init: $init:path, state: $state:ty, give: $give:path, take: $take:path
        $(, restart: $restart:expr)? $(,)?
    ) => {
        $crate::extension! {
            name: $name, init: $init, state: $state, from: $state, give: $give, take: $take
            $(, restart: $restart)?
        }
    };
    (
        name: $name:literal, init: $init:path,
        state: $state:ty, from: $from:ty, give: $give:path, take: $take:path
        $(, restart: $restart:expr)? $(,)?
    ) => {
        /// What this version hands over and takes.
        enum SpindleVersion {}

        impl $crate::Version for SpindleVersion {
            type Gives = $state;
            type Takes = $from;

            fn give() -> $state {
                $give()
            }

            fn take(me: &$crate::Identity, state: $from) -> $crate::InitResult {
                $take(me, state)
            }
        }

        // As above.
        #[used]
        #[unsafe(link_section = ".ext.entry")]
        static SPINDLE_ENTRY: $crate::EntryRecord =
            $crate::EntryRecord::new($name, $init).handing_over::<SpindleVersion>()$(.restarting($restart))?;
    };
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn a_name_is_one_short_lower_case_word() {
        assert!(is_name("fair-scheduler2"));
        for bad in
            ["", "Echo", "two words", "a/b", "a_b", "2echo", core::str::from_utf8(&[b'a'; 65]).unwrap()]
        {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
