//! Locks: what fails while it holds two, and what the next taker finds.

use core::hint::black_box;

use spindle_console::Console;
use spindle_domain::Mutex;
use spindle_event::Exclusive;

use crate::patched;

/// Both halves are the same as long as nobody is ended in the middle.
static HALVES: Mutex<[u64; 2]> = Mutex::new([0; 2]);
/// Held around the other one.
static OUTER: Exclusive<()> = Exclusive::new(());

/// Changes half of the value, and then fails by `way`.
fn fail_half_way(way: impl FnOnce() + Send) {
    let _ = OUTER.with(|()| {
        HALVES.with(|halves| {
            halves[0] += 1;
            way();
        })
    });
}

/// Panics with the locks held.
pub(crate) fn panic() {
    fail_half_way(|| panic!("asked to, with a lock held"));
}

/// Goes on for ever with the locks held.
pub(crate) fn go_on_for_ever() {
    fail_half_way(|| _ = crate::failures::forever());
}

/// Does with the locks held what no safe program can.
pub(crate) fn abort() {
    fail_half_way(|| _ = black_box(patched::abort()));
}

/// Takes both after a failure, says what it was told, and puts that right.
pub(crate) fn take_after(console: &Console) {
    match HALVES.with(|halves| halves[0] == halves[1]) {
        Ok(is_whole) => {
            let _ = writeln!(console, "culprit: nobody was ended with the lock held ({is_whole})");
        }
        Err(why) => {
            let _ = writeln!(console, "culprit: {why}");
        }
    }
    if let Err(why) = OUTER.with(|()| ()) {
        let _ = writeln!(console, "culprit: around it, {why}");
    }
    let renewed = (HALVES.renew([0; 2]), OUTER.renew(()));
    let is_whole = OUTER.with(|()| HALVES.with(|halves| halves[0] == halves[1]));
    let is_right = renewed == (Ok(None), Ok(None)) && is_whole == Ok(Ok(true));
    let _ = writeln!(console, "culprit: renewed ({is_right})");
}
