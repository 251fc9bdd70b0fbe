//! The audit: proves of the files that were compiled, and of the object made of them, what a signature then stands for.
//!
//! `-F unsafe_code` is no audit by itself: a macro of another crate, and every crate of the registry, escape it. So the
//! tokens of exactly the files that rustc read are scanned, inside macros too: a macro can't make a keyword out of nothing.
//! They are told apart by rustc's own lexer: what it takes for code, and another for a string, would hide there.
//! Crates that need what is rejected stand, after somebody read them, in `reviewed.toml` with version and checksum.
//!
//! What no token shows remains: holes of the language itself (rust-lang/rust#25860), and what a reviewer overlooked.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use tokens::{Kind, Token};

pub mod object;
mod tokens;

/// A word that no extension may hold: what is wrong with it, and what to do instead.
struct Rule {
    words: &'static [&'static str],
    why: &'static str,
    instead: &'static str,
}

const RULES: [Rule; 5] = [
    Rule {
        words: &["unsafe"],
        why: "an extension is safe Rust only",
        instead: "use an interface crate's safe function for it; if there is none, the interface lacks something",
    },
    Rule {
        words: &["no_mangle", "export_name", "link_section", "link_name", "link_ordinal", "linkage"],
        why: "names and places of symbols are the linker's: a chosen one could stand in for another's",
        instead: "remove the attribute; publish things through events, names or `extension!`",
    },
    Rule {
        words: &["asm", "global_asm", "naked_asm"],
        why: "the compiler can't check machine code",
        instead: "use an interface crate that does it, such as spindle-measure for counters",
    },
    Rule {
        words: &["panic_handler", "global_allocator", "alloc_error_handler"],
        why: "panics and heap are the kernel's, which blames and charges them",
        instead: "remove it: `alloc` and `panic!` work without",
    },
    Rule {
        words: &["target_feature"],
        why: "the kernel doesn't save the registers of other instruction sets",
        instead: "remove the attribute",
    },
];

const FOREIGN: Rule = Rule {
    words: &["extern"],
    why: "a block of foreign declarations names symbols past the compiler's eyes",
    instead: "name the interface crate's item",
};

const AMBIGUOUS: Rule = Rule {
    words: &[],
    why: "editions of the language read it in different ways, so it doesn't show where code begins",
    instead: "write a plain string, and a blank between hashes",
};

/// How many rejected tokens of one crate are told.
const TOLD: usize = 5;

/// What is wrong with a crate whose rejected tokens are `findings`; paths are told from `folder` on where they lie in it.
pub fn report(krate: &str, folder: &Path, findings: &[Finding]) -> String {
    let mut report = format!("{krate} holds what no extension may, in {} places:", findings.len());
    for finding in findings.iter().take(TOLD) {
        let path = finding.path.strip_prefix(folder).unwrap_or(&finding.path).display();
        let Finding { line, column, word, why, .. } = finding;
        report.push_str(&format!("\n  {path}:{line}:{column}: `{word}`: {why}"));
    }
    if findings.len() > TOLD {
        report.push_str("\n  ...");
    }
    let advice: BTreeSet<&str> = findings.iter().map(|finding| finding.instead).collect();
    advice.iter().for_each(|advice| report.push_str(&format!("\n  Instead: {advice}")));
    report
}

/// A rejected token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    path: PathBuf,
    line: usize,
    column: usize,
    word: String,
    why: &'static str,
    instead: &'static str,
}

/// The rejected tokens of the file at `path`, which rustc read.
///
/// # Errors
/// When it can't be read, or is Rust that this scanner can't read: then nothing is known of it.
pub fn scan(path: &Path) -> Result<Vec<Finding>> {
    let bytes = std::fs::read(path).with_context(|| format!("can't read {}", path.display()))?;
    let Ok(text) = String::from_utf8(bytes) else {
        // rustc takes no such file for code: it was included as bytes.
        return Ok(Vec::new());
    };
    scan_text(path, &text)
}

fn scan_text(path: &Path, text: &str) -> Result<Vec<Finding>> {
    match tokens::of(text) {
        Ok(tokens) => Ok(walk(path, text, &tokens)),
        Err(at) if path.extension().is_some_and(|extension| extension == "rs") => {
            let (line, column) = place(text, at);
            bail!("{}:{line}:{column}: the audit can't read this as Rust", path.display())
        }
        // Text that was included as a string. It may hold anything but what would matter if it were code after all.
        Err(_) => Ok(words(path, text)),
    }
}

fn walk(path: &Path, text: &str, tokens: &[Token<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, token) in tokens.iter().enumerate() {
        let rule = match token.kind {
            Kind::Word if token.text == "extern" => {
                let rest = tokens.get(number + 1..).unwrap_or_default();
                (!may_follow_extern(rest)).then_some(&FOREIGN)
            }
            Kind::Word => RULES.iter().find(|rule| rule.words.contains(&token.text)),
            Kind::Ambiguous => Some(&AMBIGUOUS),
            _ => None,
        };
        if let Some(rule) = rule {
            findings.push(rule.broken(path, place(text, token.at), token.text));
        }
    }
    findings
}

/// `extern crate`, `extern fn` and types of functions declare nothing foreign. All else might, once a macro put it together.
fn may_follow_extern(rest: &[Token<'_>]) -> bool {
    let rest = match rest {
        [Token { kind: Kind::Text, .. }, rest @ ..] => rest,
        rest => rest,
    };
    match rest {
        [Token { kind: Kind::Word, text, .. }, ..] => ["crate", "fn"].contains(text),
        [Token { kind: Kind::Open, text, .. }, Token { kind: Kind::Close, .. }, ..] => *text != "{",
        _ => false,
    }
}

/// Line and column of the byte `at`, both from one.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

fn words(path: &Path, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for word in line.split(|letter: char| !letter.is_alphanumeric() && letter != '_') {
            if let Some(rule) = RULES.iter().chain([&FOREIGN]).find(|rule| rule.words.contains(&word)) {
                findings.push(rule.broken(path, (number + 1, 1), word));
            }
        }
    }
    findings
}

impl Rule {
    fn broken(&self, path: &Path, (line, column): (usize, usize), word: &str) -> Finding {
        Finding {
            path: path.to_owned(),
            line,
            column,
            word: word.to_owned(),
            why: self.why,
            instead: self.instead,
        }
    }
}

/// `reviewed.toml`: crates of the registry that were read by hand, and what they may do since.
#[derive(Debug, Default, Deserialize)]
pub struct Reviewed {
    #[serde(default, rename = "crate")]
    crates: Vec<Review>,
}

/// What somebody found of one version of a crate.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    name: String,
    version: String,
    /// SHA-256 of its archive, as the lock file has it.
    checksum: String,
    /// Words that it may hold although extensions may not.
    #[serde(default)]
    pub words: Vec<String>,
    /// Whether its build script or macro, or what these are made of, may run on the host.
    #[serde(default)]
    pub host: bool,
    /// What it needs that for, and why it is sound.
    #[serde(rename = "why")]
    _why: String,
}

impl Reviewed {
    /// Reads the list at `path`.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("{} can't be read", path.display()))
    }

    /// The review of exactly this crate. One without checksum (a folder, a git repository) has none.
    pub fn of(&self, name: &str, version: &str, checksum: Option<&str>) -> Option<&Review> {
        self.crates.iter().find(|review| {
            review.name == name && review.version == version && Some(&*review.checksum) == checksum
        })
    }
}

impl Review {
    /// Whether what was found is what the review knows of.
    pub fn covers(&self, finding: &Finding) -> bool {
        self.words.contains(&finding.word)
    }
}

#[cfg(test)]
mod tests {
    use super::{Reviewed, scan_text};
    use std::path::Path;

    fn rejected(text: &str) -> Vec<String> {
        let findings = scan_text(Path::new("a.rs"), text).expect("lexes");
        findings
            .into_iter()
            .map(|finding| format!("{}:{} {}", finding.line, finding.column, finding.word))
            .collect()
    }

    #[test]
    fn a_rejected_word_is_found_where_it_stands() {
        assert_eq!(rejected("fn f() {\n    unsafe { g() }\n}"), ["2:5 unsafe"]);
        assert_eq!(rejected("#[unsafe(no_mangle)] fn f() {}"), ["1:3 unsafe", "1:10 no_mangle"]);
        assert_eq!(rejected("use core::arch::asm as harmless;"), ["1:17 asm"]);
    }

    #[test]
    fn macro_bodies_and_raw_identifiers_hide_nothing() {
        assert_eq!(rejected("macro_rules! m { ($e:expr) => { unsafe { $e } } }"), ["1:33 unsafe"]);
        assert_eq!(rejected("core::arch::r#global_asm!(\"nop\");"), ["1:13 global_asm"]);
        assert_eq!(rejected("#[r#link_section = \"x\"] static A: u8 = 0;"), ["1:3 link_section"]);
    }

    #[test]
    fn comments_documents_and_strings_may_say_anything() {
        assert!(
            rejected("//! unsafe\n/// no_mangle\nfn f() { /* asm */ g(\"unsafe\") } // unsafe").is_empty()
        );
    }

    #[test]
    fn foreign_blocks_are_rejected_and_other_externs_are_not() {
        assert_eq!(rejected("extern \"C\" { fn f(); }"), ["1:1 extern"]);
        assert_eq!(rejected("extern { fn f(); }"), ["1:1 extern"]);
        assert_eq!(rejected("macro_rules! m { ($b:tt) => { extern \"C\" $b } }"), ["1:31 extern"]);
        assert!(rejected("extern crate alloc; extern \"C\" fn f() {} type F = extern fn();").is_empty());
    }

    #[test]
    fn unreadable_rust_is_refused_but_other_text_only_searched() {
        assert!(scan_text(Path::new("a.rs"), "fn f( {").is_err());
        assert!(scan_text(Path::new("a.txt"), "it isn't (code").expect("searched").is_empty());
        assert_eq!(scan_text(Path::new("a.txt"), "isn't\nunsafe {").expect("searched").len(), 1);
    }

    #[test]
    fn a_review_covers_only_the_words_it_names() {
        let text = "[[crate]]\nname = 'a'\nversion = '1.0.0'\nchecksum = 'c0'\nwhy = 'w'\nwords = ['unsafe']";
        let reviewed: Reviewed = toml::from_str(text).expect("sound");
        let review = reviewed.of("a", "1.0.0", Some("c0")).expect("listed");
        let findings = scan_text(Path::new("a.rs"), "unsafe { asm!() }").expect("lexes");
        assert_eq!(findings.iter().map(|found| review.covers(found)).collect::<Vec<_>>(), [true, false]);
        assert!(!review.host);
    }

    #[test]
    fn a_review_covers_one_version_with_one_checksum() {
        let text = "[[crate]]\nname = 'a'\nversion = '1.0.0'\nchecksum = 'c0'\nwhy = 'w'";
        let reviewed: Reviewed = toml::from_str(text).expect("sound");
        assert!(reviewed.of("a", "1.0.0", Some("c0")).is_some());
        assert!(reviewed.of("a", "1.0.1", Some("c0")).is_none());
        assert!(reviewed.of("a", "1.0.0", Some("c1")).is_none());
        assert!(reviewed.of("a", "1.0.0", None).is_none());
    }
}
