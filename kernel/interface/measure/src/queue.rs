//! A queue with no purpose but to be measured: an inbox and slots of the kernel's own kind, for one core.
//!
//! What is counted is the code that posts go through, with a message of one word in place of a parcel.

use core::fmt;
use core::hint::black_box;

use spindle_sync::{Consumer, Inbox, Pool, Wake, this_core};

/// More than one, so that each round takes another slot.
const SLOT_COUNT: usize = 32;

static INBOX: Inbox<u64> = Inbox::new();
static SLOTS: Pool<u64> = Pool::new();

/// Both ends of the queue. There is one at a time.
pub struct Queue {
    slots: &'static Pool<u64>,
    inbox: &'static Inbox<u64>,
    consumer: Consumer<u64>,
}

impl Queue {
    /// The queue, unless someone has it. Makes slots for this core when it has none.
    ///
    /// # Context
    /// Not in interrupt context. Allocates.
    pub fn open() -> Option<Self> {
        let consumer = INBOX.take_consumer()?;
        if SLOTS.vacancy().is_none() {
            SLOTS.open(this_core::index(), SLOT_COUNT);
        }
        Some(Self { slots: &SLOTS, inbox: &INBOX, consumer })
    }

    /// Sends `count` numbers through the queue, one by one, and gives back their sum: takes a slot, moves the number in,
    /// pushes, pops, moves it out and ends the message. None when there was no slot.
    ///
    /// # Context
    /// Any, on the core that opened the queue.
    #[inline(never)]
    pub fn rounds(&mut self, count: u64) -> Option<u64> {
        let mut sum = 0;
        for number in 0..count {
            sum += self.round(black_box(number))?;
        }
        Some(sum)
    }

    /// As [`rounds`](Self::rounds), without the queue.
    #[inline(never)]
    pub fn no_rounds(&mut self, count: u64) -> Option<u64> {
        let mut sum = 0;
        for number in 0..count {
            sum += black_box(number);
        }
        Some(sum)
    }

    #[inline(always)]
    fn round(&mut self, number: u64) -> Option<u64> {
        let envelope = self.slots.take(number).ok()?;
        if self.inbox.push(envelope) == Wake::Yes {
            return None;
        }
        self.consumer.pop().map(|envelope| envelope.open())
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use spindle_sync::GRACE;

    use super::Queue;

    #[test]
    fn what_goes_in_comes_out_and_there_is_one_queue_at_a_time() {
        let _core = GRACE.register_thread();
        for _ in 0..2 {
            let mut queue = Queue::open().expect("nobody has it");
            assert!(Queue::open().is_none());
            assert_eq!(queue.rounds(2_000), queue.no_rounds(2_000));
        }
    }
}
