//! Slot: a value is taken out by one, who sees what was written before.

use loom::sync::Arc;
use loom::thread;
use spindle_sync::Slot;

#[test]
fn one_of_two_takes_a_value_out() {
    loom::model(|| {
        let slot = Arc::new(Slot::new());
        let (putter, taker) = (slot.clone(), slot.clone());
        let putter = thread::spawn(move || assert!(putter.put(Box::new(1)).is_ok()));
        let taker = thread::spawn(move || taker.take());
        let first = slot.take();
        putter.join().unwrap();
        let taken = [first, taker.join().unwrap(), slot.take()];
        assert_eq!(taken.into_iter().flatten().map(|value| *value).sum::<i32>(), 1);
    });
}

#[test]
fn one_of_two_puts_a_value_in_at_a_time() {
    loom::model(|| {
        let slot = Arc::new(Slot::new());
        let other = slot.clone();
        let putter = thread::spawn(move || other.put(Box::new(1)).is_ok());
        let put = slot.put(Box::new(2)).is_ok();
        let taken = slot.take().is_some();
        let count = usize::from(put) + usize::from(putter.join().unwrap());
        let rest = usize::from(slot.take().is_some());
        assert_eq!(usize::from(taken) + rest, count);
    });
}
