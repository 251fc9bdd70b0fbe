//! Which tests run, and how they report.

use crate::setting::Setting;
use crate::{cores, faults, interrupts, memory};
use alloc::string::String;
use core::fmt::{self, Write};
use spindle_machine::{boot::FirstCore, early::Early, power};
use spindle_protocol::{Marker, STATUS_FAILED, STATUS_PASSED};

/// What a test finds: nothing, or why it fails.
pub(crate) type Outcome = Result<(), String>;

/// A test: its name and what it does.
pub(crate) type Test = (&'static str, fn(&mut Setting) -> Outcome);

/// Fails a test, with the reason as for `format!`, unless the condition holds.
macro_rules! check {
    ($condition:expr, $($why:tt)+) => {
        if !$condition {
            return Err(alloc::format!($($why)+));
        }
    };
}
pub(crate) use check;

/// The suites that leave the machine running, in an order in which each may build on the one before.
const RUNNING: [(&str, &[Test]); 3] =
    [("memory", memory::TESTS), ("cores", cores::TESTS), ("interrupts", interrupts::TESTS)];

/// The image's entry.
pub(crate) fn run(first: FirstCore) -> ! {
    let mut setting = match Setting::new(&first) {
        Ok(setting) => setting,
        Err(why) => {
            say(format_args!("no setting for tests: {why}"));
            power::exit(STATUS_FAILED)
        }
    };
    let wanted = String::from(setting.suite());
    if let Some((name, attempt)) = wanted.strip_prefix("faults/").and_then(faults::find) {
        mark(&Marker::Plan(1));
        mark(&Marker::Start(name));
        faults::expect(name);
        attempt(&mut setting);
        mark(&Marker::Fail(name, "nothing stopped it"));
        power::exit(STATUS_FAILED)
    }
    let chosen = || RUNNING.iter().filter(|(name, _)| wanted.is_empty() || *name == wanted);
    mark(&Marker::Plan(chosen().map(|(_, tests)| tests.len()).sum()));
    let mut failed = chosen().count() == 0;
    for (name, test) in chosen().flat_map(|(_, tests)| tests.iter()) {
        mark(&Marker::Start(name));
        match test(&mut setting) {
            Ok(()) => mark(&Marker::Pass(name)),
            Err(why) => {
                failed = true;
                mark(&Marker::Fail(name, &why));
            }
        }
    }
    mark(&Marker::Done);
    power::exit(if failed { STATUS_FAILED } else { STATUS_PASSED })
}

/// Prints a marker.
pub(crate) fn mark(marker: &Marker<'_>) {
    say(format_args!("{marker}"));
}

/// Prints a line.
pub(crate) fn say(line: fmt::Arguments<'_>) {
    // The early console does not fail.
    let _ = writeln!(Early, "{line}");
}
