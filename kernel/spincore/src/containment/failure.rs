//! Failure: what has failed, as the log says it. It is said in a later turn: whoever goes on does not wait for the console.

use super::search::{NOBODY, Trail};
use crate::authority::authority;
use crate::{domain, log};
use alloc::format;
use alloc::string::String;
use core::fmt::{self, Write};
use spindle_domain::DomainId;
use spindle_event::{End, cores, mailbox};
use spindle_machine::exception::Cause;
use spindle_sync::Parcel;

/// What has failed.
pub(super) struct Failure {
    pub(super) culprit: DomainId,
    pub(super) what: What,
    /// What stood on the stack.
    pub(super) trail: Trail,
    /// Whether it is known that it was the culprit.
    pub(super) is_certain: bool,
}

/// What it did.
pub(super) enum What {
    /// It panicked, with this message.
    Panicked(String),
    /// An exception of the machine, and the address that it was about.
    Faulted(End, Cause, u64),
}

/// What an extension has to say of its panic, as far as that is kept: it is kept on the kernel's heap.
#[derive(Debug, Default)]
pub(super) struct Words(String);

/// Longest that is kept, in bytes.
const LONGEST: usize = 1024;

impl Words {
    pub(super) fn of(message: impl fmt::Display) -> Self {
        let mut words = Self::default();
        // What does not come to its end is kept so far.
        let _ = write!(words, "{message}");
        words
    }
}

impl fmt::Write for Words {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let most = text.floor_char_boundary(LONGEST - self.0.len());
        self.0.push_str(&text[..most]);
        if most < text.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

impl fmt::Display for Words {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Name of a domain; of one that is gone, what it was.
pub(super) fn name_of(domain: DomainId) -> String {
    domain::name(domain).unwrap_or_else(|| "a domain".into())
}

impl Failure {
    /// Has it told in a later turn of this core, or now where there is none.
    pub(super) fn tell(self) {
        let parcel = Parcel::new(move || self.tell_now());
        if let Err(refused) = mailbox::post_parcel(authority(), cores::current(), parcel) {
            refused.into_event().run();
        }
    }

    fn tell_now(&self) {
        log::warn(format_args!("{self}"));
        self.trail.tell();
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = name_of(self.culprit);
        // By no name: whoever reads this is not to blame one.
        let name = match self.culprit.number() {
            NOBODY => "what a damaged message calls".into(),
            _ if self.is_certain => name,
            _ => format!("somebody that {name} has called, or itself,"),
        };
        match &self.what {
            What::Panicked(message) => write!(out, "{name} panicked{message}"),
            What::Faulted(end, cause @ (Cause::DataAbort { .. } | Cause::InstructionAbort), address) => {
                write!(out, "{name} {end}: {cause} at {address:#x}")
            }
            What::Faulted(end, cause, _) => write!(out, "{name} {end}: {cause}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, Words};
    use alloc::string::ToString;

    #[test]
    fn words_are_kept_up_to_the_longest_and_cut_between_letters() {
        assert_eq!(Words::of("short").to_string(), "short");
        let long = "ä".repeat(LONGEST);
        assert_eq!(Words::of(format_args!("a{long}")).to_string(), long[..LONGEST - 2].replacen("", "a", 1));
    }
}
