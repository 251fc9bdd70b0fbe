//! Revocable: nobody uses a target that has ended, and each ends once.

use std::sync::Arc as Plain;

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use spindle_sync::{Grace, Revocable};

/// Memory that outlives its value, so that loom sees a use after the end as a race and not as a crash.
struct Memory(UnsafeCell<u32>);

// SAFETY: the test is whether accesses are exclusive; loom watches each.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

/// A target; its end writes to its memory.
struct Target {
    memory: Plain<Memory>,
    ended: Arc<AtomicUsize>,
}

impl Target {
    fn read(&self) -> u32 {
        // SAFETY: loom checks that no write is concurrent.
        self.memory.0.with(|content| unsafe { *content })
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        // SAFETY: loom checks that this is exclusive.
        self.memory.0.with_mut(|content| unsafe { *content = 0 });
        self.ended.fetch_add(1, Ordering::Relaxed);
    }
}

fn setting() -> (&'static Grace, Revocable<Target>, Arc<AtomicUsize>) {
    // Leaked, as a static would be; loom keeps nothing of it beyond one run.
    let grace: &'static Grace = Box::leak(Box::new(Grace::new()));
    let ended = Arc::new(AtomicUsize::new(0));
    let memory = Plain::new(Memory(UnsafeCell::new(0)));
    // SAFETY: nobody else has it yet.
    memory.0.with_mut(|empty| unsafe { *empty = 7 });
    let target = Target { memory, ended: Arc::clone(&ended) };
    (grace, Revocable::new(grace, Plain::new(target), || ()), ended)
}

/// What a user sees is whole, or nothing at all.
fn use_it(handle: &Revocable<Target>) -> bool {
    handle.with(|target| assert_eq!(target.read(), 7)).is_some()
}

fn revoke(grace: &Grace, handle: &Revocable<Target>) -> bool {
    let was_first = handle.erase().revoke();
    // The first begins the period, the second ends it if every core has been quiet by then.
    grace.reclaim();
    grace.reclaim();
    was_first
}

#[test]
fn a_user_beside_one_who_revokes_never_uses_what_has_ended() {
    loom::model(|| {
        let (grace, handle, ended) = setting();
        let mut core = grace.register_thread();
        let revoker = {
            let handle = handle.clone();
            thread::spawn(move || assert!(revoke(grace, &handle)))
        };
        let before = use_it(&handle);
        core.quiet();
        let behind = use_it(&handle);
        assert!(before || !behind, "what was revoked does not come back");
        revoker.join().unwrap();
        assert!(!use_it(&handle));
        drop(core);
        grace.reclaim();
        grace.reclaim();
        assert_eq!(ended.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn a_user_that_was_idle_never_uses_what_has_ended() {
    loom::model(|| {
        let (grace, handle, ended) = setting();
        let revoker = {
            let handle = handle.clone();
            thread::spawn(move || assert!(revoke(grace, &handle)))
        };
        let mut core = grace.register_thread();
        use_it(&handle);
        core.idle();
        use_it(&handle);
        revoker.join().unwrap();
        drop(core);
        grace.reclaim();
        grace.reclaim();
        assert_eq!(ended.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn of_two_who_revoke_one_does_and_the_target_ends_once() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let (grace, handle, ended) = setting();
        let revokers: [_; 2] = core::array::from_fn(|_| {
            let handle = handle.clone();
            thread::spawn(move || revoke(grace, &handle))
        });
        let firsts = revokers.map(|revoker| u32::from(revoker.join().unwrap()));
        assert_eq!(firsts.iter().sum::<u32>(), 1);
        for _ in 0..3 {
            grace.reclaim();
        }
        assert_eq!(ended.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn a_target_that_nobody_holds_ends_once_on_whichever_core() {
    loom::model(|| {
        let (grace, handle, ended) = setting();
        let other = {
            let handle = handle.clone();
            thread::spawn(move || {
                let _core = grace.register_thread();
                use_it(&handle);
            })
        };
        grace.reclaim();
        other.join().unwrap();
        drop(handle);
        for _ in 0..3 {
            grace.reclaim();
        }
        assert_eq!(ended.load(Ordering::Relaxed), 1);
    });
}
