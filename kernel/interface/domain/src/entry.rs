//! EntryRecord: the one thing in an extension's object that the kernel looks for.
//!
//! The record lies in a section of its own. Kernel and extension agree on its layout because both were built against
//! the same digest of this crate; magic and version only turn a mistake in the tool into a message.

use alloc::boxed::Box;
use core::mem::offset_of;

use crate::identity::Identity;

/// What an extension's entry returns; on an error the domain is unloaded at once.
pub type InitResult = Result<(), Box<dyn core::error::Error + Send + Sync>>;

/// An extension's entry: declares its events, installs its handlers, returns.
pub type Init = fn(&Identity) -> InitResult;

/// An extension's name and entry. Made by [`extension!`](crate::extension).
#[derive(Debug)]
#[repr(C)]
pub struct EntryRecord {
    magic: u64,
    abi: u32,
    reserved: u32,
    name: &'static str,
    init: Init,
}

impl EntryRecord {
    /// The section the record lies in.
    pub const SECTION: &'static str = ".ext.entry";
    /// The record's first eight bytes, little endian: `SPINDLEX`.
    pub const MAGIC: u64 = u64::from_le_bytes(*b"SPINDLEX");
    /// The version of the record's layout.
    pub const ABI: u32 = 1;
    /// Where the name lies in the record, in bytes: address and length.
    pub const NAME_AT: usize = offset_of!(Self, name);
    /// Where the entry function's address lies in the record, in bytes.
    pub const INIT_AT: usize = offset_of!(Self, init);

    /// The record of an extension. Use [`extension!`](crate::extension).
    pub const fn new(name: &'static str, init: Init) -> Self {
        assert!(is_name(name), "an extension's name is a letter of a-z, then up to 63 of a-z, 0-9 and -");
        Self { magic: Self::MAGIC, abi: Self::ABI, reserved: 0, name, init }
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
/// `init` is an [`Init`].
#[macro_export]
macro_rules! extension {
    (name: $name:literal, init: $init:path $(,)?) => {
        // No unsafe block: a static in a section of its own, which is what the attribute vouches for.
        #[used]
        #[unsafe(link_section = ".ext.entry")]
        static SPINDLE_ENTRY: $crate::EntryRecord = $crate::EntryRecord::new($name, $init);
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
