//! Boot archives: the length among other bytes, the files, and the steps of `boot.conf`.
//!
//! The two files of the kernel are compiled here as they are: they are private to it, and pure.

use std::string::String;

#[path = "../../../kernel/spincore/src/archive/boot_conf.rs"]
mod boot_conf;
#[path = "../../../kernel/spincore/src/archive/reader.rs"]
mod reader;

/// Takes `bytes` as an archive, and as the text of a `boot.conf`.
///
/// # Panics
/// When something doesn't hold that has to.
pub fn run(bytes: &[u8]) {
    if let Some(length) = reader::length_bytes(bytes) {
        assert!(length <= bytes.len(), "an archive of {length} bytes among {}", bytes.len());
        let whole = bytes.get(..length).expect("within");
        assert!(reader::Archive::open(whole).is_ok(), "its length was found and it can't be opened");
    }
    match reader::Archive::open(bytes) {
        Ok(archive) => {
            match archive.boot_conf() {
                Ok(text) => follow(text, &archive),
                Err(refused) => assert!(!refused.to_string().is_empty()),
            }
            assert!(archive.file("").is_none_or(|found| found.len() <= bytes.len()));
        }
        Err(refused) => {
            assert!(refused != reader::ArchiveError::None && refused.to_string().starts_with("boot archive"));
        }
    }
    if let Ok(text) = core::str::from_utf8(bytes) {
        for step in boot_conf::steps(text) {
            told(step);
        }
    }
}

/// Looks for all that `text` wants loaded.
fn follow(text: &str, archive: &reader::Archive<'_>) {
    for step in boot_conf::steps(text).flatten() {
        if archive.extension(step.name).is_none() {
            let said = reader::ArchiveError::NoExtension(step.name.into()).to_string();
            assert!(said.contains(step.name));
        }
    }
}

/// A step names one extension and one grant; an error names its line.
fn told(step: Result<boot_conf::Step<'_>, boot_conf::BootConfError<'_>>) {
    match step {
        Ok(step) => {
            for word in [step.name, step.grant] {
                assert!(!word.is_empty() && !word.contains(char::is_whitespace) && !word.contains('#'));
            }
        }
        Err(wrong) => {
            let said: String = wrong.to_string();
            assert!(wrong.line > 0 && said.contains(&wrong.line.to_string()));
        }
    }
}
