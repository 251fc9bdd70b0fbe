//! Ready: nobody is lost or taken twice, and no core sleeps beside somebody who is ready.
//!
//! Two threads each: of three, two that wait for the lock would hand the turn to each other without end, and loom would follow them.

use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use spindle_sync::{AtomicRef, End, Inbox, Opportunity, PRIORITIES, Parking, Queued, Ready};

const LOW: usize = 0;
const HIGH: usize = PRIORITIES - 1;

struct Item {
    number: usize,
    link: AtomicRef<Item>,
    parking: Parking,
    /// Written before it is put in, read by who takes it out. Loom sees an access that is not ordered.
    content: UnsafeCell<usize>,
    /// How often it was taken out.
    taken: AtomicUsize,
}

// SAFETY: that the cell is read and written by one thread at a time is what the models check.
unsafe impl Sync for Item {}
// SAFETY: as above.
unsafe impl Send for Item {}

impl Queued for Item {
    fn link(&self) -> &AtomicRef<Self> {
        &self.link
    }
}

impl Item {
    fn new(number: usize) -> &'static Self {
        Box::leak(Box::new(Self {
            number,
            link: AtomicRef::none(),
            parking: Parking::new(),
            content: UnsafeCell::new(0),
            taken: AtomicUsize::new(0),
        }))
    }

    /// Puts it in, with something to read.
    fn put_in(&'static self, ready: &Ready<Self>, priority: usize, end: End) {
        // SAFETY: the model checks that nobody else is at it.
        self.content.with_mut(|content| unsafe { *content = self.number });
        ready.push(self, priority, end);
    }

    /// It was taken out: there is to read what was written.
    fn take(&self) {
        // SAFETY: the model checks that nobody writes.
        assert_eq!(self.content.with(|content| unsafe { *content }), self.number);
        self.taken.fetch_add(1, Ordering::Relaxed);
    }
}

fn queue() -> &'static Ready<Item> {
    Box::leak(Box::new(Ready::new()))
}

/// Takes out all that is left, and checks that each of `items` has come out once.
fn each_has_come_out_once(ready: &Ready<Item>, items: &[&'static Item]) {
    while let Some(item) = ready.pop() {
        item.take();
    }
    assert!(ready.is_empty() && ready.highest().is_none());
    for item in items {
        assert_eq!(item.taken.load(Ordering::Relaxed), 1, "of {}", item.number);
    }
}

/// Two that put in, each at its priority, of which one takes out as well.
fn two_pushers(priorities: [usize; 2], ends: [End; 2]) {
    loom::model(move || {
        let ready = queue();
        let items = [Item::new(1), Item::new(2)];
        let pusher = thread::spawn(move || items[1].put_in(ready, priorities[1], ends[1]));
        items[0].put_in(ready, priorities[0], ends[0]);
        let first = ready.pop().expect("it has put in one itself");
        first.take();
        pusher.join().unwrap();
        each_has_come_out_once(ready, &items);
    });
}

#[test]
fn what_two_put_in_at_one_priority_comes_out_once_and_whole() {
    two_pushers([LOW, LOW], [End::Back, End::Back]);
    two_pushers([LOW, LOW], [End::Front, End::Back]);
}

#[test]
fn what_two_put_in_at_two_priorities_comes_out_once_and_whole() {
    two_pushers([LOW, HIGH], [End::Back, End::Back]);
}

/// The core puts in another meanwhile.
#[test]
fn what_a_core_takes_and_a_thief_steals_are_not_the_same() {
    loom::model(|| {
        let ready = queue();
        let items = [Item::new(1), Item::new(2), Item::new(3)];
        items[0].put_in(ready, LOW, End::Back);
        items[1].put_in(ready, LOW, End::Back);
        let thief = thread::spawn(move || {
            // Not the first, so that what is before it is linked to what is behind.
            let stolen = ready.steal(|item| item.number != 1);
            if let Some(item) = stolen {
                item.take();
            }
            stolen.is_some()
        });
        items[2].put_in(ready, LOW, End::Back);
        let first = ready.pop().expect("the thief takes one of three");
        first.take();
        assert_eq!(first.number, 1, "the first is not for the thief");
        assert!(thief.join().unwrap(), "there was always one for the thief");
        each_has_come_out_once(ready, &items);
    });
}

#[test]
fn the_last_one_goes_to_the_core_or_to_the_thief() {
    loom::model(|| {
        let ready = queue();
        let items = [Item::new(1)];
        items[0].put_in(ready, HIGH, End::Back);
        let thief = thread::spawn(move || ready.steal(|_| true).inspect(|item| item.take()).is_some());
        let is_own = ready.pop().inspect(|item| item.take()).is_some();
        assert!(is_own != thief.join().unwrap());
        each_has_come_out_once(ready, &items);
    });
}

#[test]
fn either_the_sleeper_sees_who_is_ready_or_it_is_woken() {
    loom::model(|| {
        let ready = queue();
        let inbox: &'static Inbox<u32> = Box::leak(Box::new(Inbox::new()));
        let item = Item::new(1);
        let pusher = thread::spawn(move || {
            item.put_in(ready, LOW, End::Back);
            inbox.is_asleep()
        });
        let mut consumer = inbox.take_consumer().expect("nobody has it");
        let sleeps = consumer.try_sleep() && ready.is_empty();
        let is_woken = pusher.join().unwrap();
        assert!(!sleeps || is_woken);
        each_has_come_out_once(ready, &[item]);
    });
}

/// Somebody stood behind it in the queue that it comes from, and must not follow it into another.
#[test]
fn who_parks_on_one_core_and_is_woken_from_another_goes_on_in_one_place() {
    const ITS: usize = 1;
    loom::model(|| {
        let queues = [queue(), queue()];
        let items @ [strand, behind] = [Item::new(1), Item::new(2)];
        strand.parking.prepare(ITS);
        queues[0].push(strand, LOW, End::Back);
        behind.put_in(queues[0], LOW, End::Back);
        assert!(queues[0].pop().is_some_and(|first| first.number == 1 && first.parking.begin()));
        let waker = thread::spawn(move || {
            if strand.parking.unpark(ITS) {
                queues[1].push(strand, LOW, End::Back);
            }
            // With nobody in its own queue it looks into the other.
            let found = queues[1].pop().or_else(|| queues[0].steal(|item| item.number == 1));
            if let Some(found) = found {
                assert!(found.parking.begin());
                found.take();
            }
        });
        // SAFETY: the model checks that nobody else is at it.
        strand.content.with_mut(|content| unsafe { *content = strand.number });
        match strand.parking.at_opportunity(true) {
            Opportunity::GoesOn => strand.take(),
            Opportunity::Parks if strand.parking.settle_parked() => queues[0].push(strand, LOW, End::Back),
            Opportunity::Parks => {}
            Opportunity::Ends => panic!("nobody has ended it"),
        }
        waker.join().unwrap();
        // Its core may have put it in after the waker had looked.
        assert!(queues[1].is_empty());
        each_has_come_out_once(queues[0], &items);
    });
}
