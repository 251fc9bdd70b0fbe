//! Timers, with a test in the kernel's place.
#![expect(unsafe_code, reason = "the test stands in for the kernel and mints its proof")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use spindle_clock::{Counter, EXPIRED, Expiry, Request, Timer, TimerError, frequency_hz, now_ns, serve};
use spindle_event::CoreId;
use spindle_sync::{Authority, GRACE};

static REQUESTS: Mutex<Vec<Request>> = Mutex::new(Vec::new());

fn authority() -> Authority {
    // SAFETY: a test stands in for the kernel; nothing here is an extension.
    unsafe { Authority::mint() }
}

fn queue(request: &Request) -> Result<(), TimerError> {
    if let Request::Start { delay_ns: period_ns @ 0, .. } = *request {
        return Err(TimerError::TooShort { period_ns, minimum_ns: 1 });
    }
    REQUESTS.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
    Ok(())
}

#[test]
fn a_timer_hears_of_its_own_expiries_until_it_is_dropped() {
    let _core = GRACE.register_thread();
    let core = CoreId::FIRST;
    assert_eq!(Timer::once(core, 5, |_| ()).map(|_| ()), Err(TimerError::NotServed));
    assert_eq!(now_ns(), 0);

    serve(&authority(), Counter { now_ticks: || 3, frequency_hz: 1_000 }, queue).unwrap();
    assert_eq!((now_ns(), frequency_hz()), (3_000_000, 1_000));

    static HEARD: AtomicU64 = AtomicU64::new(0);
    let timer = Timer::periodic(core, 20, |expiry| HEARD.store(expiry.count(), Ordering::Relaxed)).unwrap();
    let other = Timer::once(core, 10, |_| ()).unwrap();
    EXPIRED.raise(&Expiry::new(&authority(), timer.id(), core, 1));
    EXPIRED.raise(&Expiry::new(&authority(), other.id(), core, 9));
    assert_eq!(HEARD.load(Ordering::Relaxed), 1);

    let id = timer.id();
    timer.cancel();
    EXPIRED.raise(&Expiry::new(&authority(), id, core, 2));
    assert_eq!(HEARD.load(Ordering::Relaxed), 1);

    let requests = REQUESTS.lock().unwrap();
    assert!(matches!(requests[0], Request::Start { timer, period_ns: Some(20), .. } if timer == id));
    assert!(matches!(requests[1], Request::Start { period_ns: None, delay_ns: 10, .. }));
    assert_eq!(requests[2], Request::Cancel { timer: id });
    drop(requests);

    let refused = TimerError::TooShort { period_ns: 0, minimum_ns: 1 };
    assert_eq!(Timer::periodic(core, 0, |_| ()).map(|_| ()), Err(refused));
}
