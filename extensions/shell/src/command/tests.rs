//! How lines are read.

use super::{Command, CoreId, Deed, HELP, ParseError, Priority, QuotaError, Quotas, Terms, parse};

fn command(line: &str) -> Command {
    parse(line).expect("readable").expect("not blank")
}

#[test]
fn a_blank_line_says_nothing() {
    assert_eq!(parse("  \t"), Ok(None));
}

#[test]
fn commands_take_their_words() {
    assert_eq!(command(" cores "), Command::Cores);
    let load = |with: Option<&str>| Command::Load {
        names: "echo".into(),
        terms: Terms { with: with.map(Into::into), quotas: Quotas::default() },
    };
    let receive =
        |with: Option<&str>, quotas| Command::Receive { terms: Terms { with: with.map(Into::into), quotas } };
    assert_eq!(command("load echo"), load(None));
    assert_eq!(command("load echo with SpinTrusted"), load(Some("SpinTrusted")));
    assert_eq!(command("receive"), receive(None, Quotas::default()));
    assert_eq!(command("receive with A,B"), receive(Some("A,B"), Quotas::default()));
    let slots = Quotas { slots: Some(3), ..Quotas::default() };
    assert_eq!(command("receive with A,B slots=3"), receive(Some("A,B"), slots));
    assert_eq!(command("receive slots=3"), receive(None, slots));
    let unload = |with_users| Command::Unload { name: "echo".into(), with_users };
    assert_eq!(command("unload echo"), unload(false));
    assert_eq!(command("unload echo --with-users"), unload(true));
    let replace = Command::Replace { old: "echo".into(), new: "echo-2".into() };
    assert_eq!(command("replace echo echo-2"), replace);
    assert_eq!(command("scheduler"), Command::Schedulers);
    let appoint = |core| Command::Appoint { name: "fair".into(), core };
    assert_eq!(command("scheduler fair"), appoint(None));
    assert_eq!(command("scheduler fair 1"), appoint(CoreId::new(1)));
    assert_eq!(command("event typed"), Command::Event { name: "typed".into() });
    assert_eq!(command("trace typed"), Command::Trace { name: "typed".into() });
    assert_eq!(command("names"), Command::Names { path: "/".into() });
    assert_eq!(command("names /svc"), Command::Names { path: "/svc".into() });
    for (line, is_on) in [("trace typed on", true), ("trace typed off", false)] {
        assert_eq!(command(line), Command::SetTrace { name: "typed".into(), is_on });
    }
}

#[test]
fn a_load_says_how_much_there_may_be() {
    let load = |with: Option<&str>, bytes| Command::Load {
        names: "echo".into(),
        terms: Terms {
            with: with.map(Into::into),
            quotas: Quotas { heap_bytes: Some(bytes), ..Quotas::default() },
        },
    };
    assert_eq!(command("load echo heap=256K"), load(None, 256 << 10));
    assert_eq!(command("load echo with A,B heap=2M"), load(Some("A,B"), 2 << 20));
    assert_eq!(command("load echo heap=77"), load(None, 77));
    let refused = Err(ParseError::Quota(QuotaError::NoSize("much".into())));
    assert_eq!(parse("load echo heap=much"), refused);
    let refused = Err(ParseError::Quota(QuotaError::NoShare("200%".into())));
    assert_eq!(parse("load echo slots=3 share=200%"), refused);
    let unexpected = Err(ParseError::Unexpected { command: "load", word: "colour=red".into() });
    assert_eq!(parse("load echo slots=3 colour=red"), unexpected);
    let unexpected = Err(ParseError::Unexpected { command: "load", word: "with".into() });
    assert_eq!(parse("load echo heap=1 with A"), unexpected);
}

#[test]
fn the_text_of_a_raise_is_the_rest_of_the_line_with_or_without_quotes() {
    let raise = |text: &str| Command::Raise { name: "metronome".into(), text: text.into() };
    assert_eq!(command("raise metronome 2 100"), raise("2 100"));
    assert_eq!(command("raise metronome \"2 100\""), raise("2 100"));
    assert_eq!(command("raise metronome 'it is'\" it\""), raise("it is it"));
    assert_eq!(command("raise metronome"), raise(""));
}

#[test]
fn a_strand_is_named_by_its_number() {
    assert_eq!(command("strand 16385"), Command::Strand { number: 16385 });
    let set = |deed| Command::SetStrand { number: 7, deed };
    assert_eq!(command("strand 7 end"), set(Deed::End));
    assert_eq!(command("strand 7 unblock"), set(Deed::Unblock));
    assert_eq!(command("strand 7 priority 31"), set(Deed::Priority(Priority::HIGHEST)));
    let no_number = |word: &str| Err(ParseError::NoNumber { command: "strand", word: word.into() });
    assert_eq!(parse("strand seven"), no_number("seven"));
    assert_eq!(parse("strand 7 priority 32"), no_number("32"));
    let unexpected = |word: &str| Err(ParseError::Unexpected { command: "strand", word: word.into() });
    assert_eq!(parse("strand 7 stop"), unexpected("stop"));
    assert_eq!(parse("strand 7 end now"), unexpected("now"));
    assert!(matches!(parse("strand"), Err(ParseError::Missing { command: "strand", .. })));
}

#[test]
fn every_command_that_help_lists_is_one() {
    for (form, _) in HELP {
        let word = form.split(' ').next().expect("a word");
        let unknown = Err(ParseError::Unknown { word: word.into() });
        assert_ne!(parse(word), unknown, "{word}");
    }
}

#[test]
fn an_error_names_the_word_that_is_wrong() {
    assert_eq!(parse("laod echo"), Err(ParseError::Unknown { word: "laod".into() }));
    let unexpected = |command, word: &str| Err(ParseError::Unexpected { command, word: word.into() });
    assert_eq!(parse("cores 3"), unexpected("cores", "3"));
    assert_eq!(parse("load echo as SpinTrusted"), unexpected("load", "as"));
    assert_eq!(parse("load echo with A B"), unexpected("load", "B"));
    assert_eq!(parse("receive echo"), unexpected("receive", "echo"));
    assert_eq!(parse("unload a b"), unexpected("unload", "b"));
    assert_eq!(parse("event a b"), unexpected("event", "b"));
    assert_eq!(parse("trace a loudly"), unexpected("trace", "loudly"));
    assert_eq!(parse("names / /svc"), unexpected("names", "/svc"));
    assert_eq!(parse("trace a on b"), unexpected("trace", "b"));
    assert!(matches!(parse("event"), Err(ParseError::Missing { command: "event", .. })));
    assert!(matches!(parse("trace"), Err(ParseError::Missing { command: "trace", .. })));
    assert!(matches!(parse("load"), Err(ParseError::Missing { command: "load", .. })));
    assert!(matches!(parse("load a with"), Err(ParseError::Missing { command: "load NAME with", .. })));
    assert!(matches!(parse("receive with"), Err(ParseError::Missing { command: "receive with", .. })));
    assert!(matches!(parse("raise"), Err(ParseError::Missing { command: "raise", .. })));
    assert_eq!(parse("raise a 'b c"), Err(ParseError::OpenQuote { quote: '\'', rest: "b c".into() }));
}
