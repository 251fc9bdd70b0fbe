//! Flip: the machine is stopped in the middle of the victim's work, one bit is changed, and it goes on.
//!
//! The moment is a number of instructions behind a breakpoint, so a run under counted instructions has it again. Text is flipped where
//! the victim has just been: most of it is never run. Frames are the victim's from its function `rounds` down to the stack pointer;
//! that is looked at when it is in its own code.

use std::fmt;
use std::io::{Read, Write};

use super::plan::{Class, Plan};
use super::remote::{Registers, Remote, RemoteError};
use super::site::Site;

/// Most instructions until the victim is back from a function of the kernel.
const MOST_AWAY: u64 = 20_000;
/// Bytes of an instruction.
const INSTRUCTION_BYTES: u64 = 4;
/// The lower half of a number.
const LOWER: u64 = 0xffff_ffff;
/// Bytes of a slot: three words, and a parcel of seven (`kernel/sync/src/envelope.rs`, `parcel.rs`).
const SLOT_BYTES: u64 = 80;
/// Where in a word its highest byte lies.
const HIGHEST_BYTE: u64 = 7;
/// Where in a link (`kernel/sync/src/pool.rs`) that of the next of its core's slots stands; the slot comes first.
const AFTER: u64 = 8;
/// Words in which a core's two rings of slots are kept.
const HOME_WORDS: usize = 8;
/// More slots than a ring has.
const MOST_SLOTS: usize = 8192;
/// How many of the messages that were sent last are looked at.
const RECENT: u64 = 8;
/// Where in memory the kernel is, and nothing else.
const KERNEL: u64 = 0xffff << 48;

/// Why no bit was flipped.
#[derive(Debug)]
pub(crate) enum FlipError {
    /// The machine can't be asked.
    Remote(RemoteError),
    /// The victim did not come back to its own code.
    Away { pc: u64 },
    /// There are no bytes of this class.
    Nothing { class: Class },
    /// The byte isn't what was written.
    Unchanged { address: u64 },
}

impl fmt::Display for FlipError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remote(error) => error.fmt(f),
            Self::Away { pc } => write!(f, "the victim stays in others' code, at {pc:#x}"),
            Self::Nothing { class } => write!(f, "the victim has no {class}"),
            Self::Unchanged { address } => write!(f, "the byte at {address:#x} can't be changed"),
        }
    }
}

impl std::error::Error for FlipError {}

impl From<RemoteError> for FlipError {
    fn from(error: RemoteError) -> Self {
        Self::Remote(error)
    }
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flip {
    /// Where.
    pub(crate) address: u64,
    /// Where in the instruction, the variables, the frames or the message, in bytes.
    pub(crate) offset: u64,
    /// Which bit of the byte.
    pub(crate) bit: u8,
    /// Where the victim was, in bytes from the start of its text.
    pub(crate) at: u64,
}

/// Flips the bit that the plan says.
///
/// # Errors
/// When the machine can't be asked, or has not what is to be changed.
pub(crate) fn flip<S: Read + Write>(
    mut remote: Remote<S>,
    site: &Site,
    slots: u64,
    plan: &Plan,
) -> Result<Flip, FlipError> {
    let base = pass(&mut remote, site.rounds, 0)?.sp;
    pass(&mut remote, site.work, plan.rounds)?;
    let mut walked = Vec::new();
    for _ in 0..plan.steps {
        if plan.class == Class::Text {
            walked.push(remote.pc()?);
        }
        remote.step()?;
    }
    let now = at_home(&mut remote, site)?;
    walked.push(now.pc);
    walked.retain(|pc| site.text.contains(pc));
    let (start, length) = match plan.class {
        Class::Text => (walked[(plan.place & LOWER) as usize % walked.len()], INSTRUCTION_BYTES),
        Class::Data => (site.own.start, site.own.end - site.own.start),
        Class::Events => (site.data.start, site.own.start - site.data.start + (site.data.end - site.own.end)),
        Class::Stack => (now.sp, base.saturating_sub(now.sp)),
        Class::Inbox => (message(&mut remote, slots, plan)?, SLOT_BYTES),
        Class::Astray => {
            let message = message(&mut remote, slots, plan)?;
            (code_in(&mut remote, site, message)? + HIGHEST_BYTE, 1)
        }
    };
    // The lower half of the plan's number has chosen the instruction or message.
    let offset = (plan.place >> 32).checked_rem(length).ok_or(FlipError::Nothing { class: plan.class })?;
    let mut address = start + offset;
    if plan.class == Class::Events && address >= site.own.start {
        address += site.own.end - site.own.start;
    }
    let wanted = remote.read(address, 1)?[0] ^ 1 << plan.bit;
    remote.write(address, wanted)?;
    if remote.read(address, 1)? != [wanted] {
        return Err(FlipError::Unchanged { address });
    }
    remote.leave()?;
    Ok(Flip { address, offset, bit: plan.bit, at: now.pc - site.text.start })
}

/// Goes on to the instruction at `address`, and past it so many times; says where the core is then.
fn pass<S: Read + Write>(remote: &mut Remote<S>, address: u64, times: u64) -> Result<Registers, RemoteError> {
    for _ in 0..times {
        reach(remote, address)?;
        remote.step()?;
    }
    reach(remote, address)?;
    remote.registers()
}

fn reach<S: Read + Write>(remote: &mut Remote<S>, address: u64) -> Result<(), RemoteError> {
    remote.break_at(address)?;
    remote.resume()?;
    remote.stopped()?;
    remote.unbreak(address)
}

/// Goes on until the victim is in its own code.
fn at_home<S: Read + Write>(remote: &mut Remote<S>, site: &Site) -> Result<Registers, FlipError> {
    let mut now = remote.registers()?;
    for _ in 0..MOST_AWAY {
        if site.text.contains(&now.pc) {
            return Ok(now);
        }
        remote.step()?;
        now = remote.registers()?;
    }
    Err(FlipError::Away { pc: now.pc })
}

/// One of the messages that this core has sent last.
fn message<S: Read + Write>(remote: &mut Remote<S>, slots: u64, plan: &Plan) -> Result<u64, FlipError> {
    let home = remote.read(slots, HOME_WORDS * size_of::<u64>())?;
    let words = home
        .chunks(size_of::<u64>())
        .map(|word| word.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte)));
    let mut longest = Vec::new();
    for word in words.filter(|word| *word >= KERNEL && word.is_multiple_of(size_of::<u64>() as u64)) {
        let ring = ring(remote, word);
        if ring.len() > longest.len() {
            longest = ring;
        }
    }
    // The ring begins with the slot that comes next, so the last of it was taken last.
    let sent = RECENT.min(2 * (plan.rounds + 1));
    let back = 1 + (plan.place & LOWER) % sent;
    let chosen = longest.len().checked_sub(back as usize).and_then(|at| longest.get(at));
    Ok(remote.word(*chosen.ok_or(FlipError::Nothing { class: Class::Inbox })?)?)
}

/// Where in a message stands which code of the victim's is to be run.
fn code_in<S: Read + Write>(remote: &mut Remote<S>, site: &Site, message: u64) -> Result<u64, FlipError> {
    for at in (message..message + SLOT_BYTES).step_by(size_of::<u64>()) {
        if site.text.contains(&remote.word(at)?) {
            return Ok(at);
        }
    }
    Err(FlipError::Nothing { class: Class::Astray })
}

/// The links in a circle from `first` on; none if there is no circle.
fn ring<S: Read + Write>(remote: &mut Remote<S>, first: u64) -> Vec<u64> {
    let mut links = vec![first];
    while links.len() < MOST_SLOTS {
        let last = links[links.len() - 1];
        match remote.word(last + AFTER) {
            Ok(next) if next == first => return links,
            Ok(next) if next >= KERNEL => links.push(next),
            // The end of a list, or no link at all.
            _ => break,
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::super::remote::tests::Fake;
    use super::*;

    const SITE: Site = Site {
        text: 0x1000..0x1100,
        data: 0x2ff0..0x3020,
        own: 0x3000..0x3010,
        rounds: 0x1010,
        work: 0x1020,
    };

    fn registers(sp: u64, pc: u64) -> String {
        let word = |word: u64| word.to_le_bytes().map(|byte| format!("{byte:02x}")).concat();
        format!("{}{}{}", "00".repeat(31 * 8), word(sp), word(pc))
    }

    /// What is said up to the moment of the fault: no rounds before, `steps` instructions.
    fn up_to(steps: usize, sp: u64) -> Vec<(String, String)> {
        let stop = || "T05thread:01;".to_owned();
        let mut talk = vec![("?".to_owned(), stop())];
        for (address, at) in [(0x1010_u64, registers(0x8000, 0x1010)), (0x1020, registers(sp, 0x1020))] {
            talk.push((format!("Z1,{address:x},4"), "OK".to_owned()));
            talk.push(("c".to_owned(), stop()));
            talk.push((format!("z1,{address:x},4"), "OK".to_owned()));
            talk.push(("g".to_owned(), at));
        }
        talk.extend((0..steps).map(|_| ("s".to_owned(), stop())));
        talk
    }

    fn done(talk: &[(String, String)], plan: &Plan) -> Result<Flip, FlipError> {
        let talk: Vec<(&str, &str)> = talk.iter().map(|(one, other)| (&**one, &**other)).collect();
        flip(Remote::attach(Fake::new(&talk)).expect("stops"), &SITE, 0xffff_8000_0000_0000, plan)
    }

    fn more(talk: &mut Vec<(String, String)>, further: &[(&str, &str)]) {
        talk.extend(further.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())));
    }

    #[test]
    fn a_bit_of_a_variable_is_flipped_after_so_many_steps() {
        let mut talk = up_to(2, 0x7f00);
        let home = registers(0x7f00, 0x1028);
        more(
            &mut talk,
            &[("g", &home), ("m3003,1", "01"), ("M3003,1:21", "OK"), ("m3003,1", "21"), ("D", "OK")],
        );
        let plan = Plan { class: Class::Data, rounds: 0, steps: 2, place: 0x13 << 32, bit: 5 };
        let flip = done(&talk, &plan).expect("flipped");
        assert_eq!(flip, Flip { address: 0x3003, offset: 3, bit: 5, at: 0x28 });
    }

    #[test]
    fn what_the_interface_knows_lies_around_the_victim_s_own() {
        let mut talk = up_to(0, 0x7f00);
        let home = registers(0x7f00, 0x1020);
        more(
            &mut talk,
            &[("g", &home), ("m3012,1", "00"), ("M3012,1:01", "OK"), ("m3012,1", "01"), ("D", "OK")],
        );
        let plan = Plan { class: Class::Events, rounds: 0, steps: 0, place: 0x12 << 32, bit: 0 };
        assert_eq!(
            done(&talk, &plan).expect("flipped"),
            Flip { address: 0x3012, offset: 0x12, bit: 0, at: 0x20 }
        );
    }

    #[test]
    fn the_stack_is_looked_at_when_the_victim_is_back_in_its_own_code() {
        let mut talk = up_to(0, 0x7f00);
        let (away, home) = (registers(0x7e00, 0x9000), registers(0x7f00, 0x1024));
        more(&mut talk, &[("g", &away), ("s", "T05"), ("g", &home)]);
        more(&mut talk, &[("m7ffe,1", "00"), ("M7ffe,1:01", "OK"), ("m7ffe,1", "01"), ("D", "OK")]);
        let plan = Plan { class: Class::Stack, rounds: 0, steps: 0, place: 0xfe << 32, bit: 0 };
        assert_eq!(done(&talk, &plan).expect("flipped").address, 0x7ffe);
    }

    #[test]
    fn a_message_is_found_behind_the_place_where_the_ring_goes_on() {
        let mut talk = up_to(0, 0x7f00);
        let first = 0xffff_8000_0000_1000_u64;
        let word = |word: u64| word.to_le_bytes().map(|byte| format!("{byte:02x}")).concat();
        let home = registers(0x7f00, 0x1020);
        let kept = format!("{}{}", word(first), "00".repeat(7 * 8));
        more(&mut talk, &[("g", &home), ("mffff800000000000,40", &kept)]);
        more(&mut talk, &[("mffff800000001008,8", &word(first + 0x100))]);
        more(&mut talk, &[("mffff800000001108,8", &word(first + 0x200))]);
        more(&mut talk, &[("mffff800000001208,8", &word(first))]);
        more(&mut talk, &[("mffff800000001200,8", &word(first + 0x300))]);
        more(&mut talk, &[("mffff800000001318,1", "80"), ("Mffff800000001318,1:00", "OK")]);
        more(&mut talk, &[("mffff800000001318,1", "00"), ("D", "OK")]);
        let plan = Plan { class: Class::Inbox, rounds: 0, steps: 0, place: 24 << 32, bit: 7 };
        assert_eq!(done(&talk, &plan).expect("flipped").offset, 24);
    }

    #[test]
    fn the_code_of_a_message_is_the_word_that_lies_in_the_victim_s_text() {
        let word = |word: u64| word.to_le_bytes().map(|byte| format!("{byte:02x}")).concat();
        let mut talk = vec![("?".to_owned(), "T05".to_owned())];
        more(&mut talk, &[("m5000,8", &word(7)), ("m5008,8", &word(0x1100)), ("m5010,8", &word(0x10fc))]);
        let talk: Vec<(&str, &str)> = talk.iter().map(|(one, other)| (&**one, &**other)).collect();
        let mut remote = Remote::attach(Fake::new(&talk)).expect("stops");
        assert_eq!(code_in(&mut remote, &SITE, 0x5000).expect("found"), 0x5010);
    }

    #[test]
    fn text_is_flipped_where_the_victim_has_been() {
        let mut talk = up_to(0, 0x7f00);
        let (at, away, home) = ("2010000000000000", "0090000000000000", registers(0x7f00, 0x1028));
        more(&mut talk, &[("p20", at), ("s", "T05"), ("p20", away), ("s", "T05"), ("g", &home)]);
        more(&mut talk, &[("m102a,1", "00"), ("M102a,1:04", "OK"), ("m102a,1", "04"), ("D", "OK")]);
        let plan = Plan { class: Class::Text, rounds: 0, steps: 2, place: 2 << 32 | 1, bit: 2 };
        assert_eq!(done(&talk, &plan).expect("flipped").address, 0x102a);
    }

    #[test]
    fn a_byte_that_stays_is_told() {
        let mut talk = up_to(0, 0x7f00);
        let home = registers(0x7f00, 0x1000);
        more(&mut talk, &[("g", &home), ("m1000,1", "00"), ("M1000,1:01", "OK"), ("m1000,1", "00")]);
        let plan = Plan { class: Class::Text, rounds: 0, steps: 0, place: 0, bit: 0 };
        assert!(matches!(done(&talk, &plan), Err(FlipError::Unchanged { address: 0x1000 })));
    }
}
