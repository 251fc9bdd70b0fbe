//! Sender and receiver over a line that loses, repeats, changes and reorders bytes, in both directions.
//!
//! Time is counted, not waited for: it passes when the sender waits and nothing comes.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop, prop_assert, prop_assert_eq, proptest};
use spindle_transfer::{
    Answer, Heard, LARGEST_BYTES, QUIET_TICKS, ReceiveError, Received, Receiver, SendError, Sent, TICK, Wire,
    send,
};

/// What befalls a byte.
#[derive(Clone, Copy, Debug)]
enum Mishap {
    Lost,
    Twice,
    Flipped(u8),
    /// It comes behind the next one.
    Late,
}

fn mishap() -> impl Strategy<Value = Mishap> {
    prop::strategy::Union::new([
        Just(Mishap::Lost).boxed(),
        Just(Mishap::Twice).boxed(),
        (0..8_u8).prop_map(Mishap::Flipped).boxed(),
        Just(Mishap::Late).boxed(),
    ])
}

/// One direction. Each mishap befalls a byte so many bytes behind the last one's.
#[derive(Debug, Default)]
struct Direction {
    mishaps: VecDeque<(usize, Mishap)>,
    late: Option<u8>,
}

impl Direction {
    fn new(mishaps: Vec<(usize, Mishap)>) -> Self {
        Self { mishaps: mishaps.into(), late: None }
    }

    fn carry(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut carried = Vec::new();
        for byte in bytes {
            let mishap = match self.mishaps.front_mut() {
                Some((0, mishap)) => Some(*mishap),
                Some((distance, _)) => {
                    *distance -= 1;
                    None
                }
                None => None,
            };
            if mishap.is_some() {
                self.mishaps.pop_front();
            }
            match mishap {
                None => carried.push(*byte),
                Some(Mishap::Lost) => {}
                Some(Mishap::Twice) => carried.extend([*byte; 2]),
                Some(Mishap::Flipped(bit)) => carried.push(byte ^ 1 << bit),
                Some(Mishap::Late) => {
                    self.late = Some(*byte);
                    continue;
                }
            }
            carried.extend(self.late.take());
        }
        carried
    }
}

/// A kernel whose shell can nothing but receive, at the end of two wires.
#[derive(Default)]
struct Kernel {
    there: Direction,
    back: Direction,
    typed: Vec<u8>,
    receiver: Option<Receiver>,
    said: Vec<u8>,
    received: Vec<Received>,
    errors: Vec<ReceiveError>,
    now: Duration,
    last_tick: Duration,
}

impl Kernel {
    fn take(&mut self, byte: u8) {
        let Some(receiver) = &mut self.receiver else {
            self.typed.push(byte);
            if self.typed.ends_with(b"receive\r") || self.typed.ends_with(b"receive with Few slots=3\r") {
                self.typed.clear();
                self.receiver = Some(Receiver::new());
                self.say(&Answer::Ready);
            }
            return;
        };
        let heard = receiver.take(byte);
        self.hear(heard);
    }

    fn tick(&mut self) {
        let heard = self.receiver.as_mut().and_then(Receiver::tick);
        self.hear(heard);
    }

    fn hear(&mut self, heard: Option<Heard>) {
        let Some(receiver) = &mut self.receiver else { return };
        let answer = match heard {
            None => None,
            Some(Heard::Answer(answer)) => Some(answer),
            Some(Heard::Whole(received)) => {
                self.received.push(received);
                Some(receiver.settle(Answer::Done("loaded".into())))
            }
            Some(Heard::Failed(error)) => {
                self.errors.push(error.clone());
                Some(receiver.settle(Answer::Refused(error.to_string())))
            }
        };
        if receiver.is_over() {
            self.receiver = None;
        }
        if let Some(answer) = answer {
            self.say(&answer);
        }
    }

    fn say(&mut self, answer: &Answer) {
        let said = self.back.carry(answer.to_string().as_bytes());
        self.said.extend(said);
    }

    /// Lets the line be quiet for as long as any receiver waits.
    fn rest(&mut self) {
        (0..QUIET_TICKS + 2).for_each(|_| self.tick());
    }
}

impl Wire for Kernel {
    type Failure = Infallible;

    fn write(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.there.carry(bytes).into_iter().for_each(|byte| self.take(byte));
        Ok(())
    }

    fn read(&mut self, patience: Duration) -> Result<Vec<u8>, Infallible> {
        if self.said.is_empty() {
            self.now += patience;
            while self.now - self.last_tick >= TICK {
                self.last_tick += TICK;
                self.tick();
            }
        }
        Ok(std::mem::take(&mut self.said))
    }

    fn elapsed(&self) -> Duration {
        self.now
    }
}

fn sent<'a>(bytes: &'a [u8]) -> Sent<'a> {
    Sent { name: "echo", bytes, with: None, quotas: &[] }
}

fn object() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..5000)
}

fn mishaps(
    distance: std::ops::Range<usize>,
    count: std::ops::Range<usize>,
) -> impl Strategy<Value = Vec<(usize, Mishap)>> {
    prop::collection::vec((distance, mishap()), count)
}

#[test]
fn over_a_good_line_everything_arrives_in_one_go() {
    let bytes: Vec<u8> = (0..70_000_u32).map(|number| (number % 251 * 7) as u8).collect();
    let mut kernel = Kernel::default();
    let mut progress = Vec::new();
    let quotas = ["slots=3".to_owned()];
    let sent = Sent { with: Some("Few"), quotas: &quotas, ..sent(&bytes) };
    assert_eq!(send(&mut kernel, &sent, &mut |bytes| progress.push(bytes)), Ok("loaded".into()));
    assert_eq!(kernel.received, [Received { name: "echo".into(), bytes }]);
    assert!(kernel.receiver.is_none(), "the line was not given back");
    assert_eq!(kernel.now, Duration::ZERO);
    assert!(progress.is_sorted());
    assert_eq!(progress.last(), Some(&70_000));
}

#[test]
fn what_an_earlier_sender_left_is_interrupted() {
    let mut kernel = Kernel { receiver: Some(Receiver::new()), ..Kernel::default() };
    b"half a packet".iter().for_each(|byte| kernel.take(*byte));
    assert_eq!(send(&mut kernel, &sent(b"object"), &mut |_| {}), Ok("loaded".into()));
    assert_eq!(kernel.errors, [ReceiveError::Interrupted]);
}

#[test]
fn a_dead_line_is_given_up() {
    let lost = || Direction::new(vec![(0, Mishap::Lost); 100_000]);
    let mut kernel = Kernel { there: lost(), ..Kernel::default() };
    assert_eq!(send(&mut kernel, &sent(b"object"), &mut |_| {}), Err(SendError::NoShell));
    let mut wire = vec![(Answer::Ready.to_string().len(), Mishap::Lost)];
    wire.resize(100_000, (0, Mishap::Lost));
    let mut kernel = Kernel { back: Direction::new(wire), ..Kernel::default() };
    let error = send(&mut kernel, &sent(b"object"), &mut |_| {}).expect_err("nobody answers");
    assert!(matches!(error, SendError::NoAnswer { number: 0, .. }), "{error}");
    kernel.rest();
    assert_eq!(kernel.errors, [ReceiveError::Quiet { seconds: 10 }]);
    assert!(kernel.receiver.is_none());
}

#[test]
fn what_is_too_large_is_not_even_begun() {
    let bytes = vec![0; LARGEST_BYTES + 1];
    let mut kernel = Kernel::default();
    let error = SendError::TooLarge { bytes: LARGEST_BYTES + 1 };
    assert_eq!(send(&mut kernel, &sent(&bytes), &mut |_| {}), Err(error));
    assert!(kernel.typed.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// A few mishaps: it arrives all the same, once and whole.
    #[test]
    fn what_is_damaged_here_and_there_arrives_whole(
        bytes in object(), there in mishaps(600..3000, 0..6), back in mishaps(200..3000, 0..3)
    ) {
        let mut kernel = Kernel { there: Direction::new(there), back: Direction::new(back), ..Kernel::default() };
        prop_assert_eq!(send(&mut kernel, &sent(&bytes), &mut |_| {}), Ok("loaded".to_owned()));
        prop_assert_eq!(&kernel.received, &[Received { name: "echo".into(), bytes }]);
        kernel.rest();
        prop_assert!(kernel.receiver.is_none());
    }

    /// Any line at all: what arrives is what was sent, at most once, and both sides come to an end.
    #[test]
    fn what_arrives_is_what_was_sent_or_nothing(
        bytes in object(), there in mishaps(0..300, 0..400), back in mishaps(0..100, 0..200)
    ) {
        let mut kernel = Kernel { there: Direction::new(there), back: Direction::new(back), ..Kernel::default() };
        let outcome = send(&mut kernel, &sent(&bytes), &mut |_| {});
        kernel.rest();
        prop_assert!(kernel.receiver.is_none());
        prop_assert!(kernel.received.len() <= 1);
        for received in &kernel.received {
            prop_assert_eq!(&received.bytes, &bytes);
            prop_assert_eq!(&*received.name, "echo");
        }
        prop_assert!(outcome.is_err() || kernel.received.len() == 1);
    }

    /// Bytes that nobody meant: a receiver ends, and keeps nothing.
    #[test]
    fn garbage_ends(bytes in prop::collection::vec(any::<u8>(), 0..20_000)) {
        let mut kernel = Kernel { receiver: Some(Receiver::new()), ..Kernel::default() };
        for part in bytes.chunks(900) {
            part.iter().for_each(|byte| kernel.take(*byte));
            kernel.tick();
        }
        kernel.rest();
        prop_assert!(kernel.receiver.is_none());
        prop_assert!(kernel.received.is_empty());
    }
}
