//! Locks: what fails while it holds one, and what the next taker finds.

use core::hint::black_box;

use spindle_console::Console;
use spindle_domain::Mutex;

use crate::patched;

/// Both halves are the same as long as nobody is ended in the middle.
static HALVES: Mutex<[u64; 2]> = Mutex::new([0; 2]);
/// Held around the other one.
static OUTER: Mutex<()> = Mutex::new(());

/// Changes half of the value, and panics.
pub(crate) fn panic() {
    let _ = HALVES.with(|halves| {
        halves[0] += 1;
        panic!("asked to, with a lock held");
    });
}

/// Changes half of the value, and goes on for ever.
pub(crate) fn go_on_for_ever() {
    let _ = HALVES.with(|halves| {
        halves[0] += 1;
        crate::failures::forever()
    });
}

/// Changes half of the value, and does what no safe program can.
pub(crate) fn abort() {
    let _ = OUTER.with(|()| {
        HALVES.with(|halves| {
            halves[0] += 1;
            black_box(patched::abort())
        })
    });
}

/// Takes both after a failure, says what it was told, and mends the value.
pub(crate) fn take_after(console: &Console) {
    match HALVES.with(|halves| halves[0] == halves[1]) {
        Ok(is_whole) => {
            let _ = writeln!(console, "culprit: nobody was ended with the lock held ({is_whole})");
        }
        Err(why) => {
            let _ = writeln!(console, "culprit: {why}");
        }
    }
    let _ = HALVES.mend(|halves| halves[1] = halves[0]);
    let _ = OUTER.mend(|()| ());
    let is_whole = OUTER.with(|()| HALVES.with(|halves| halves[0] == halves[1]));
    let _ = writeln!(console, "culprit: mended ({})", is_whole == Ok(Ok(true)));
}
