//! What handlers of one raise see, and which of them there are.

use core::sync::atomic::{AtomicU64, Ordering};

use spindle_console::Console;
use spindle_event::{Event, InstallError, Key, Last, Pattern, Sum, swap};

use crate::{OWNER, say};

static LEFT: Event<u64, u64, Sum> = Event::new("rulebook-left", &OWNER);
static RIGHT: Event<u64, u64, Sum> = Event::new("rulebook-right", &OWNER);

/// Two bindings of two events are exchanged for two others, and back.
pub(crate) fn swaps(console: &Console) -> Result<(), InstallError> {
    let (left, right) = (LEFT.owned(&OWNER)?, RIGHT.owned(&OWNER)?);
    let day = [left.install(|_| 1)?, right.install(|_| 2)?];
    let night = [left.bind().create(|_| 10)?, right.bind().create(|_| 20)?];
    let raise = || (LEFT.raise(&0), RIGHT.raise(&0));
    let before = raise();
    let there = swap(&[&day[0], &day[1]], &[&night[0], &night[1]]).is_ok();
    let during = raise();
    let back = swap(&[&night[0], &night[1]], &[&day[0], &day[1]]).is_ok();
    let states = [day[0].state(), night[0].state()];
    let after = raise();
    day.iter().chain(&night).for_each(|binding| {
        binding.uninstall_soon();
    });
    say(
        console,
        format_args!("rulebook: swap: {before:?} {there} {during:?} {back} {after:?}, {states:?}\n"),
    );
    Ok(())
}

static ALTERED: Event<u64, u64, Last> = Event::new("rulebook-altered", &OWNER);
static SEEN_BEFORE: AtomicU64 = AtomicU64::new(0);

/// A filter stands between two handlers: the second sees what it made of the arguments.
pub(crate) fn filters(console: &Console) -> Result<(), InstallError> {
    let owned = ALTERED.owned(&OWNER)?;
    let before = owned.install(|number| {
        SEEN_BEFORE.store(*number, Ordering::Relaxed);
        *number
    })?;
    let filter = owned.bind().install_filter(|number| *number *= 6)?;
    let behind = owned.install(|number| *number)?;
    let mine = 7;
    let seen = ALTERED.raise(&mine);
    let first = SEEN_BEFORE.load(Ordering::Relaxed);
    [before, filter, behind].iter().for_each(|binding| {
        binding.uninstall_soon();
    });
    say(console, format_args!("rulebook: filter: {first}, then {seen:?}, mine still {mine}\n"));
    Ok(())
}

static PORT: Key<u64> = Key::new("port", |port: &u64| *port);
static KEYED: Event<u64, u64, Sum> = Event::new("rulebook-keyed", &OWNER).with_keys(&[&PORT]);
/// Bits of the two prefixes.
const SHORT_PREFIX: u32 = 52;
const LONG_PREFIX: u32 = 56;

/// Handlers for a key, a set, a range and two prefixes: each power of two says who ran.
pub(crate) fn keys(console: &Console) -> Result<(), InstallError> {
    let owned = KEYED.owned(&OWNER)?;
    let patterns = [
        Ok(Pattern::equal(80)),
        Pattern::one_of([22, 80, 443]),
        Pattern::range(70..=90),
        Pattern::longest_prefix(0x1000, SHORT_PREFIX),
        Pattern::longest_prefix(0x1100, LONG_PREFIX),
    ];
    let mut bindings = [const { None }; 5];
    for (at, pattern) in patterns.into_iter().enumerate() {
        let Ok(pattern) = pattern else { continue };
        bindings[at] = Some(owned.bind().when(&PORT, pattern).install(move |_| 1 << at)?);
    }
    let ran = [80, 443, 70, 91, 0x1034, 0x1134].map(|port| KEYED.raise(&port));
    bindings.iter().flatten().for_each(|binding| {
        binding.uninstall_soon();
    });
    say(console, format_args!("rulebook: keys: {ran:?}\n"));
    Ok(())
}
