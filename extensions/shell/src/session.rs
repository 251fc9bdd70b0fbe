//! Session: from one prompt to the next.
//!
//! A command is either done when it returns, or its end is awaited; until then no prompt is shown, and what is typed is
//! kept. While an object is received, what comes is the receiver's and not the editor's. Any command that fails is
//! remembered: it makes the status with which `halt` ends the machine.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use spindle_transfer::{Answer, Heard, Received, Receiver};

use crate::command::{self, Command, Terms};
use crate::editor::{Editor, PROMPT};

/// How many bytes may be typed ahead while a command's end is awaited. More are left out.
const TYPED_AHEAD: usize = 4096;

/// Who does what the commands say.
pub(crate) trait Operate {
    /// What is awaited when a command is not done at once.
    type Awaited;
    /// Why a command failed.
    type Failure: fmt::Display;
    /// Keeps what comes from everybody else, and has [`Session::tick`] called, until it is dropped.
    type Hold;

    /// Puts `text` on the screen.
    fn write(&self, text: &str);
    /// Runs `command`; `status` is what `halt` would end with.
    fn run(&self, command: Command, status: u8) -> Result<After<Self::Awaited>, Self::Failure>;
    /// Loads what was received; returns what there is to say of it.
    fn load_received(&self, received: Received, terms: &Terms) -> Result<String, Self::Failure>;
    /// Begins to keep what comes from everybody else, and to have [`Session::tick`] called, once a
    /// [`TICK`](spindle_transfer::TICK).
    fn hold(&self) -> Result<Self::Hold, Self::Failure>;
    /// Whether what was awaited has come already.
    fn is_over(&self, awaited: &Self::Awaited) -> bool;
}

/// What comes after a command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum After<A> {
    /// The next prompt.
    Prompt,
    /// The next prompt, once this has come.
    Await(A),
    /// The next prompt, once an object was received and loaded, or wasn't.
    Receive {
        /// What it may have.
        terms: Terms,
    },
}

/// An object on its way in.
struct Reception<S> {
    receiver: Receiver,
    terms: Terms,
    _hold: S,
}

/// The operator's dialogue with the kernel.
pub(crate) struct Session<O: Operate> {
    operator: O,
    editor: Editor,
    typed: VecDeque<u8>,
    awaited: Option<O::Awaited>,
    reception: Option<Reception<O::Hold>>,
    has_failed: bool,
}

impl<O: Operate> Session<O> {
    pub(crate) fn new(operator: O) -> Self {
        // All of it at once: what a shell takes does not depend on how fast somebody types.
        let typed = VecDeque::with_capacity(TYPED_AHEAD);
        Self { operator, editor: Editor::new(), typed, awaited: None, reception: None, has_failed: false }
    }

    /// Shows the first prompt.
    pub(crate) fn begin(&mut self) {
        self.operator.write(PROMPT);
    }

    /// Takes what was typed.
    pub(crate) fn take(&mut self, typed: &[u8]) {
        let room = TYPED_AHEAD.saturating_sub(self.typed.len());
        self.typed.extend(typed.iter().take(room));
        if self.awaited.take_if(|awaited| self.operator.is_over(awaited)).is_some() {
            self.operator.write(PROMPT);
        }
        self.go_on();
    }

    /// Hears that something has ended: what is awaited may be over.
    pub(crate) fn ended(&mut self) {
        if self.awaited.take_if(|awaited| self.operator.is_over(awaited)).is_some() {
            self.operator.write(PROMPT);
            self.go_on();
        }
    }

    /// Hears that another tick has passed.
    pub(crate) fn tick(&mut self) {
        let heard = self.reception.as_mut().and_then(|reception| reception.receiver.tick());
        self.hear(heard);
        self.go_on();
    }

    fn go_on(&mut self) {
        let mut screen = String::new();
        while self.awaited.is_none()
            && let Some(byte) = self.typed.pop_front()
        {
            if let Some(reception) = &mut self.reception {
                let heard = reception.receiver.take(byte);
                self.hear(heard);
            } else if let Some(line) = self.editor.take(byte, &mut screen) {
                // Shown before the command writes anything of its own.
                self.show(&mut screen);
                self.run(&line);
            }
        }
        self.show(&mut screen);
    }

    fn show(&self, screen: &mut String) {
        if !screen.is_empty() {
            self.operator.write(screen);
            screen.clear();
        }
    }

    fn run(&mut self, line: &str) {
        match command::parse(line) {
            Ok(None) => {}
            Ok(Some(command)) => match self.operator.run(command, u8::from(self.has_failed)) {
                Ok(After::Prompt) => {}
                Ok(After::Await(awaited)) => {
                    self.awaited = Some(awaited);
                    return;
                }
                Ok(After::Receive { terms }) => match self.operator.hold() {
                    Ok(hold) => return self.receive(terms, hold),
                    Err(failure) => self.fail(&failure),
                },
                Err(failure) => self.fail(&failure),
            },
            Err(error) => self.fail(&error),
        }
        self.operator.write(PROMPT);
    }

    fn receive(&mut self, terms: Terms, hold: O::Hold) {
        self.reception = Some(Reception { receiver: Receiver::new(), terms, _hold: hold });
        self.operator.write(&Answer::Ready.to_string());
    }

    /// Acts on what the receiver has heard, and ends it when it is over.
    fn hear(&mut self, heard: Option<Heard>) {
        let Some(mut reception) = self.reception.take() else { return };
        let answer = match heard {
            None => None,
            Some(Heard::Answer(answer)) => Some(answer),
            Some(Heard::Whole(received)) => {
                let outcome = self.operator.load_received(received, &reception.terms);
                Some(reception.receiver.settle(self.verdict(outcome)))
            }
            Some(Heard::Failed(error)) => {
                let why = format!("nothing was received: {error}");
                self.fail(&why);
                Some(reception.receiver.settle(Answer::Refused(why)))
            }
        };
        if let Some(answer) = answer {
            self.operator.write(&answer.to_string());
        }
        if reception.receiver.is_over() {
            self.operator.write(PROMPT);
        } else {
            self.reception = Some(reception);
        }
    }

    /// Shows the operator what came of a load, and says the same to the sender.
    fn verdict(&mut self, outcome: Result<String, O::Failure>) -> Answer {
        match outcome {
            Ok(text) => {
                self.operator.write(&text);
                Answer::Done(text.trim_end().into())
            }
            Err(failure) => {
                self.fail(&failure);
                Answer::Refused(failure.to_string())
            }
        }
    }

    fn fail(&mut self, why: &dyn fmt::Display) {
        self.has_failed = true;
        self.operator.write(&format!("error: {why}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::{After, Operate, Session};
    use crate::command::{Command, Terms};
    use alloc::rc::Rc;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;
    use core::cell::{Cell, RefCell};
    use spindle_transfer::{Answer, Packet, QUIET_TICKS, Received};

    #[derive(Default)]
    struct Fake {
        screen: RefCell<String>,
        ran: RefCell<Vec<(Command, u8)>>,
        is_over: Cell<bool>,
        loaded: RefCell<Vec<(String, Vec<u8>, Option<String>)>>,
        holds: Rc<()>,
    }

    impl Operate for Fake {
        type Awaited = u32;
        type Failure = &'static str;
        type Hold = Rc<()>;

        fn write(&self, text: &str) {
            self.screen.borrow_mut().push_str(text);
        }

        fn run(&self, command: Command, status: u8) -> Result<After<u32>, &'static str> {
            self.ran.borrow_mut().push((command.clone(), status));
            match command {
                Command::Unload { .. } => Ok(After::Await(7)),
                Command::Log => Err("no log"),
                Command::Receive { terms } => Ok(After::Receive { terms }),
                _ => Ok(After::Prompt),
            }
        }

        fn load_received(&self, received: Received, terms: &Terms) -> Result<String, &'static str> {
            let Received { name, bytes } = received;
            let outcome = if bytes == b"bad" { Err("no") } else { Ok("loaded\n".into()) };
            self.loaded.borrow_mut().push((name, bytes, terms.with.clone()));
            outcome
        }

        fn hold(&self) -> Result<Rc<()>, &'static str> {
            Ok(self.holds.clone())
        }

        fn is_over(&self, _: &u32) -> bool {
            self.is_over.get()
        }
    }

    fn session() -> Session<Fake> {
        let mut session = Session::new(Fake::default());
        session.begin();
        session
    }

    fn screen(session: &Session<Fake>) -> String {
        session.operator.screen.take()
    }

    #[test]
    fn each_line_is_run_and_followed_by_one_prompt() {
        let mut session = session();
        session.take(b"cor");
        session.take(b"es\r\n\rmem\r");
        assert_eq!(screen(&session), "spindle> cores\nspindle> \nspindle> mem\nspindle> ");
        assert_eq!(session.operator.ran.take(), [(Command::Cores, 0), (Command::Memory, 0)]);
    }

    #[test]
    fn any_failure_makes_the_status_one() {
        for failing in ["log", "nonsense", "load", "raise x 'y"] {
            let mut session = session();
            session.take(b"halt\r");
            session.take(failing.as_bytes());
            session.take(b"\rhalt\r");
            assert!(screen(&session).contains("error: "), "{failing}");
            let ran = session.operator.ran.take();
            assert_eq!(ran.first(), Some(&(Command::Halt, 0)), "{failing}");
            assert_eq!(ran.last(), Some(&(Command::Halt, 1)), "{failing}");
        }
    }

    #[test]
    fn the_next_prompt_comes_when_what_is_awaited_has_ended() {
        let mut session = session();
        session.take(b"unload echo\rmem\r");
        assert_eq!(screen(&session), "spindle> unload echo\n");
        session.ended();
        session.take(b"co");
        assert_eq!(screen(&session), "");
        session.operator.is_over.set(true);
        session.ended();
        assert_eq!(screen(&session), "spindle> mem\nspindle> co");
        session.ended();
        assert_eq!(screen(&session), "");
    }

    #[test]
    fn an_end_nobody_told_of_is_found_with_the_next_key() {
        let mut session = session();
        session.take(b"unload echo\r");
        screen(&session);
        session.operator.is_over.set(true);
        session.take(b"c");
        assert_eq!(screen(&session), "spindle> c");
    }

    /// What a sender sends, its leave apart.
    fn packets(object: &[u8]) -> Vec<u8> {
        // CRC-32 of the two objects below.
        let sum = if object == b"bad" { 0x822b_39fb } else { 0x8c73_6521 };
        let begin = Packet::Begin { name: "echo".into(), bytes: object.len() as u32 };
        [begin.encode(0), Packet::Piece(object.into()).encode(1), Packet::End { sum }.encode(2)].concat()
    }

    fn is_held(session: &Session<Fake>) -> bool {
        Rc::strong_count(&session.operator.holds) > 1
    }

    #[test]
    fn what_is_received_is_loaded_and_the_line_given_back() {
        let mut session = session();
        session.take(b"receive with Few\r");
        assert_eq!(screen(&session), format!("spindle> receive with Few\n{}", Answer::Ready));
        assert!(is_held(&session));
        session.take(&packets(b"foo"));
        let loaded = ("echo".to_string(), b"foo".to_vec(), Some("Few".to_string()));
        assert_eq!(session.operator.loaded.take(), [loaded]);
        let [begun, piece] = [0, 1].map(Answer::Got);
        assert_eq!(screen(&session), format!("{begun}{piece}loaded\n{}", Answer::Done("loaded".into())));
        session.take(&[&Packet::Leave.encode(3), &b"mem\r"[..]].concat());
        assert_eq!(screen(&session), "spindle> mem\nspindle> ");
        assert!(!is_held(&session));
    }

    #[test]
    fn what_is_refused_is_a_command_that_failed() {
        let mut session = session();
        session.take(b"receive\r");
        session.take(&packets(b"bad"));
        assert!(screen(&session).ends_with(&format!("error: no\n{}", Answer::Refused("no".into()))));
        session.take(&[&Packet::Leave.encode(3), &b"halt\r"[..]].concat());
        assert_eq!(session.operator.ran.take().last(), Some(&(Command::Halt, 1)));
    }

    #[test]
    fn a_sender_that_vanishes_leaves_a_prompt_behind() {
        let mut session = session();
        session.take(b"receive\r");
        session.take(&packets(b"foo")[..20]);
        screen(&session);
        // What comes meanwhile is no line for the editor.
        session.take(b"halt\r");
        (0..QUIET_TICKS + 1).for_each(|_| session.tick());
        let shown = screen(&session);
        assert!(shown.contains("error: nothing was received: nothing sound came for 10 s\n"), "{shown}");
        assert!(shown.ends_with("spindle> "), "{shown}");
        assert!(!is_held(&session));
        assert_eq!(session.operator.ran.take().len(), 1);
        assert_eq!(session.operator.loaded.take(), []);
    }
}
