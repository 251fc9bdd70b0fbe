//! `boot.conf`: which extensions to load at boot, in which order, and with which names granted.
//!
//! One step a line: `load NAME`, or `load NAME with GRANT`, and behind either what it may have ([`Quotas`]), `heap=256K` for one.
//! What stands behind a `#` says nothing. A line that cannot be read is an error of its own: the caller reports it and goes on with the next, since the rest may hold the shell.
//!
//! This file does not know which extensions or grants there are.

use core::fmt;
use spindle_domain::{QuotaError, Quotas};

/// The grant of a `load` line that names none.
pub(crate) const DEFAULT_GRANT: &str = "SpinPublic";

/// One step of `boot.conf`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step<'a> {
    /// Name of the extension to load.
    pub(crate) name: &'a str,
    /// Name of the set of interfaces that it may import from.
    pub(crate) grant: &'a str,
    /// What it may have, as far as that is said.
    pub(crate) quotas: Quotas,
}

/// Why a line of `boot.conf` cannot be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BootConfError<'a> {
    /// Which line, counted from one.
    pub(crate) line: usize,
    /// What is wrong with it.
    pub(crate) cause: Cause<'a>,
}

/// What is wrong with a line of `boot.conf`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause<'a> {
    /// The line starts with a word that is no verb.
    UnknownVerb(&'a str),
    /// `load` without a name.
    NoName,
    /// A word other than `with` behind the name.
    ExpectedWith(&'a str),
    /// `with` without a grant.
    NoGrant,
    /// A word for what it may have that does not say it.
    Quota(QuotaError<&'a str>),
    /// Something behind the grant.
    Trailing(&'a str),
}

impl fmt::Display for BootConfError<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "boot.conf line {}: ", self.line)?;
        match self.cause {
            Cause::UnknownVerb(word) => write!(out, "`{word}` is no verb; there is only `load`"),
            Cause::NoName => write!(out, "`load` needs the name of an extension"),
            Cause::ExpectedWith(word) => write!(out, "expected `with`, found `{word}`"),
            Cause::NoGrant => write!(out, "`with` needs the name of a grant"),
            Cause::Quota(error) => error.fmt(out),
            Cause::Trailing(word) => write!(out, "`{word}` stands behind the end of the step"),
        }
    }
}

impl core::error::Error for BootConfError<'_> {}

/// The steps of `text`, in order, each with its own error.
pub(crate) fn steps(text: &str) -> impl Iterator<Item = Result<Step<'_>, BootConfError<'_>>> {
    text.lines().enumerate().filter_map(|(index, line)| {
        let words = line.split('#').next().unwrap_or_default().split_whitespace();
        step(words).map_err(|cause| BootConfError { line: index + 1, cause }).transpose()
    })
}

/// Reads one line; an empty one is no step.
fn step<'a>(words: impl Iterator<Item = &'a str>) -> Result<Option<Step<'a>>, Cause<'a>> {
    let mut words = words.peekable();
    match words.next() {
        None => return Ok(None),
        Some("load") => {}
        Some(word) => return Err(Cause::UnknownVerb(word)),
    }
    let name = words.next().ok_or(Cause::NoName)?;
    let grant = match words.next_if(|word| !Quotas::is_one(word)) {
        None => DEFAULT_GRANT,
        Some("with") => words.next().ok_or(Cause::NoGrant)?,
        Some(word) => return Err(Cause::ExpectedWith(word)),
    };
    let mut quotas = Quotas::default();
    while let Some(word) = words.next_if(|word| Quotas::is_one(word)) {
        quotas.take(word).map_err(Cause::Quota)?;
    }
    match words.next() {
        None => Ok(Some(Step { name, grant, quotas })),
        Some(word) => Err(Cause::Trailing(word)),
    }
}

#[cfg(test)]
mod tests {
    use super::{BootConfError, Cause, Step, steps};
    use alloc::vec::Vec;
    use spindle_domain::{QuotaError, Quotas};

    #[test]
    fn steps_come_in_order_with_the_default_grant() {
        let text = "# what to load\n\nload shell with SpinTrusted heap=16M\n  load gatekeeper heap=64K slots=9 # first\n";
        let shell = Quotas { heap_bytes: Some(16 << 20), ..Quotas::default() };
        let gatekeeper = Quotas { heap_bytes: Some(64 << 10), slots: Some(9), ..Quotas::default() };
        let all: Vec<_> = steps(text).collect();
        assert_eq!(
            all,
            [
                Ok(Step { name: "shell", grant: "SpinTrusted", quotas: shell }),
                Ok(Step { name: "gatekeeper", grant: "SpinPublic", quotas: gatekeeper }),
            ]
        );
    }

    #[test]
    fn a_wrong_line_is_named_and_the_next_is_still_read() {
        let text = "lod echo\nload\nload echo mit A\nload echo with\nload echo with A B\nload echo heap=1G\nload echo\n";
        let all: Vec<_> = steps(text).collect();
        let wrong = |line, cause| Err(BootConfError { line, cause });
        assert_eq!(
            all,
            [
                wrong(1, Cause::UnknownVerb("lod")),
                wrong(2, Cause::NoName),
                wrong(3, Cause::ExpectedWith("mit")),
                wrong(4, Cause::NoGrant),
                wrong(5, Cause::Trailing("B")),
                wrong(6, Cause::Quota(QuotaError::NoSize("1G"))),
                Ok(Step { name: "echo", grant: "SpinPublic", quotas: Quotas::default() }),
            ]
        );
    }

    #[test]
    fn an_empty_file_has_no_steps() {
        assert_eq!(steps("").count(), 0);
        assert_eq!(steps("\n# nothing\n   \n").count(), 0);
    }
}
