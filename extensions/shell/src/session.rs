//! Session: from one prompt to the next.
//!
//! A command is either done when it returns, or its end is awaited; until then no prompt is shown, and what is typed is
//! kept. Any command that fails is remembered: it makes the status with which `halt` ends the machine.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::String;
use core::fmt;

use crate::command::{self, Command};
use crate::editor::{Editor, PROMPT};

/// How many bytes may be typed ahead while a command's end is awaited. More are left out.
const TYPED_AHEAD: usize = 4096;

/// Who does what the commands say.
pub(crate) trait Operate {
    /// What is awaited when a command is not done at once.
    type Awaited;
    /// Why a command failed.
    type Failure: fmt::Display;

    /// Puts `text` on the screen.
    fn write(&self, text: &str);
    /// Runs `command`; `status` is what `halt` would end with.
    fn run(&self, command: Command, status: u8) -> Result<After<Self::Awaited>, Self::Failure>;
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
}

/// The operator's dialogue with the kernel.
pub(crate) struct Session<O: Operate> {
    operator: O,
    editor: Editor,
    typed: VecDeque<u8>,
    awaited: Option<O::Awaited>,
    has_failed: bool,
}

impl<O: Operate> Session<O> {
    pub(crate) fn new(operator: O) -> Self {
        // All of it at once: what a shell takes does not depend on how fast somebody types.
        let typed = VecDeque::with_capacity(TYPED_AHEAD);
        Self { operator, editor: Editor::new(), typed, awaited: None, has_failed: false }
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

    fn go_on(&mut self) {
        let mut screen = String::new();
        while self.awaited.is_none()
            && let Some(byte) = self.typed.pop_front()
        {
            if let Some(line) = self.editor.take(byte, &mut screen) {
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
                Err(failure) => self.fail(&failure),
            },
            Err(error) => self.fail(&error),
        }
        self.operator.write(PROMPT);
    }

    fn fail(&mut self, why: &dyn fmt::Display) {
        self.has_failed = true;
        self.operator.write(&format!("error: {why}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::{After, Operate, Session};
    use crate::command::Command;
    use alloc::string::String;
    use alloc::vec::Vec;
    use core::cell::{Cell, RefCell};

    #[derive(Default)]
    struct Fake {
        screen: RefCell<String>,
        ran: RefCell<Vec<(Command, u8)>>,
        is_over: Cell<bool>,
    }

    impl Operate for Fake {
        type Awaited = u32;
        type Failure = &'static str;

        fn write(&self, text: &str) {
            self.screen.borrow_mut().push_str(text);
        }

        fn run(&self, command: Command, status: u8) -> Result<After<u32>, &'static str> {
            self.ran.borrow_mut().push((command.clone(), status));
            match command {
                Command::Unload { .. } => Ok(After::Await(7)),
                Command::Log => Err("no log"),
                _ => Ok(After::Prompt),
            }
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
}
