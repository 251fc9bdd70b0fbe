//! The tokens of a file of Rust, as rustc's own lexer tells them apart.
//!
//! What is code and what is a string or a comment has to be judged as the compiler judges it: where another lexer sees a
//! string, code could hide. Where the compiler's own answer hangs on the edition of the crate, or on whether a first line is
//! skipped, the token is [`Kind::Ambiguous`], or the file can't be read.
//!
//! `ra-ap-rustc_lexer` is `rustc_lexer` as the compiler's repository publishes it; the version in `Cargo.toml` is that of the
//! pinned compiler. How rustc splits tokens for older editions: `rustc_parse`, `lexer/mod.rs`.

use ra_ap_rustc_lexer::{FrontmatterAllowed, LiteralKind, TokenKind, strip_shebang, tokenize};

/// What kind of token it is, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or keyword, without what marks it as raw.
    Word,
    /// A string.
    Text,
    /// An opening bracket.
    Open,
    /// A closing bracket.
    Close,
    /// Something that editions of the language read in different ways.
    Ambiguous,
    /// All else.
    Other,
}

/// A token that is neither blank nor comment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'t> {
    /// What it is.
    pub(super) kind: Kind,
    /// How it is spelt.
    pub(super) text: &'t str,
    /// Where it begins, in bytes.
    pub(super) at: usize,
}

/// The tokens of `text`.
///
/// # Errors
/// Where it stops being readable, in bytes: something isn't closed, is no token, or might be skipped by rustc.
pub(super) fn of(text: &str) -> Result<Vec<Token<'_>>, usize> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    if strip_shebang(body).is_some() {
        return Err(0);
    }
    let mut at = text.len() - body.len();
    let mut tokens = Vec::new();
    let mut open = Vec::new();
    for token in tokenize(body, FrontmatterAllowed::No) {
        let end = at + token.len as usize;
        let spelt = text.get(at..end).ok_or(at)?;
        let found = |kind, skipped: &str| {
            let text = spelt.strip_prefix(skipped).unwrap_or(spelt);
            Token { kind, text, at }
        };
        match token.kind {
            TokenKind::Whitespace | TokenKind::LineComment { .. } => {}
            TokenKind::BlockComment { terminated: true, .. } => {}
            TokenKind::Ident | TokenKind::InvalidIdent | TokenKind::UnknownPrefix => {
                tokens.push(found(Kind::Word, ""));
            }
            TokenKind::RawIdent => tokens.push(found(Kind::Word, "r#")),
            // Until edition 2021 it is a lifetime, a hash and a word.
            TokenKind::RawLifetime => tokens.push(found(Kind::Word, "'r#")),
            // Until edition 2021 `cr` is a name, and what follows a string with escapes; `#"` and `##` are two tokens.
            TokenKind::GuardedStrPrefix | TokenKind::Literal { kind: LiteralKind::RawCStr { .. }, .. } => {
                tokens.push(found(Kind::Ambiguous, ""));
            }
            TokenKind::Literal { kind, .. } if is_closed(kind) => tokens.push(found(literal(kind), "")),
            TokenKind::OpenBrace | TokenKind::OpenBracket | TokenKind::OpenParen => {
                open.push(token.kind);
                tokens.push(found(Kind::Open, ""));
            }
            TokenKind::CloseBrace | TokenKind::CloseBracket | TokenKind::CloseParen => {
                if open.pop().map(closing) != Some(token.kind) {
                    return Err(at);
                }
                tokens.push(found(Kind::Close, ""));
            }
            TokenKind::BlockComment { .. }
            | TokenKind::Literal { .. }
            | TokenKind::Unknown
            | TokenKind::Frontmatter { .. } => return Err(at),
            _ => tokens.push(found(Kind::Other, "")),
        }
        at = end;
    }
    if open.is_empty() { Ok(tokens) } else { Err(at) }
}

fn closing(open: TokenKind) -> TokenKind {
    match open {
        TokenKind::OpenBrace => TokenKind::CloseBrace,
        TokenKind::OpenBracket => TokenKind::CloseBracket,
        _ => TokenKind::CloseParen,
    }
}

fn literal(kind: LiteralKind) -> Kind {
    match kind {
        LiteralKind::Str { .. } | LiteralKind::RawStr { .. } => Kind::Text,
        _ => Kind::Other,
    }
}

fn is_closed(kind: LiteralKind) -> bool {
    match kind {
        LiteralKind::Char { terminated }
        | LiteralKind::Byte { terminated }
        | LiteralKind::Str { terminated }
        | LiteralKind::ByteStr { terminated }
        | LiteralKind::CStr { terminated } => terminated,
        LiteralKind::RawStr { n_hashes }
        | LiteralKind::RawByteStr { n_hashes }
        | LiteralKind::RawCStr { n_hashes } => n_hashes.is_some(),
        LiteralKind::Int { .. } | LiteralKind::Float { .. } => true,
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, of};

    fn words(text: &str) -> Vec<&str> {
        let tokens = of(text).expect("readable");
        tokens.into_iter().filter(|token| token.kind == Kind::Word).map(|token| token.text).collect()
    }

    #[test]
    fn strings_and_comments_end_where_the_compiler_ends_them() {
        assert_eq!(words("/* a /* b */ c */ d // e\nf"), ["d", "f"]);
        assert_eq!(words(r##"r#"a"# b "c\"d" e '"' f "##), ["b", "e", "f"]);
        // A lifetime before a string is no raw string.
        assert_eq!(words(r#"'r"\" , " a "b""#), ["a"]);
    }

    #[test]
    fn raw_spellings_are_words_all_the_same() {
        assert_eq!(words("r#unsafe 'r#unsafe unsafe#a"), ["unsafe", "unsafe", "unsafe", "a"]);
    }

    #[test]
    fn what_editions_read_in_different_ways_is_told() {
        for text in [r#"m!(cr"a")"#, r#"m!(#"a")"#, "m!(##)"] {
            let tokens = of(text);
            assert!(tokens.is_err() || tokens.is_ok_and(|all| all.iter().any(|t| t.kind == Kind::Ambiguous)));
        }
    }

    #[test]
    fn what_is_not_closed_or_might_be_skipped_is_not_read() {
        for text in ["fn f( {", "fn f(} ", "\"a", "/* a", "r#\"a\"", "#!\"\na\n// \"", "#!/bin/sh", "\u{0}"] {
            assert!(of(text).is_err(), "{text:?}");
        }
        assert!(of("#![no_std]").is_ok() && of("\u{feff}#! [no_std]").is_ok());
    }
}
