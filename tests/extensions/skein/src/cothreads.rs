//! Who has the baton.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use cothreads_interface::{BatonError, Group, Member, MemberId};
use spindle_clock::now_ns;
use spindle_domain::Mutex;
use spindle_strand::Me;

use crate::{Claims, MS};

/// Adds a digit behind those that are there.
fn write(order: &AtomicU64, digit: u64) {
    let _ = order.fetch_update(Ordering::AcqRel, Ordering::Acquire, |seen| Some(seen * 10 + digit));
}

/// Adds one that writes its digit three times, and panics instead in the round `fails`.
fn passer(
    group: &Group<u64>,
    order: &Arc<AtomicU64>,
    digit: u64,
    fails: Option<u32>,
) -> Result<Member, BatonError> {
    let order = order.clone();
    group.add(move |me, baton| {
        for round in 0..3 {
            if fails == Some(round) {
                panic!("a coroutine panics");
            }
            write(&order, digit);
            if baton.pass(me).is_err() {
                write(&order, 0);
            }
        }
    })
}

fn wait_for_all(me: &mut Me, members: &[Result<Member, BatonError>]) {
    for member in members.iter().flatten() {
        let _ = me.wait_for_end(&member.strand);
    }
}

pub(crate) fn ring(me: &mut Me, claims: &Claims) {
    let group = Group::new();
    let order = Arc::new(AtomicU64::new(0));
    let members: Vec<_> = (1..=3).map(|digit| passer(&group, &order, digit, None)).collect();
    me.sleep_until(now_ns() + 5 * MS);
    let is_still = order.load(Ordering::Acquire) == 0;
    claims.claim("nobody runs before the group begins", is_still && members.iter().all(Result::is_ok));
    claims.claim("it begins", group.begin().is_ok());
    wait_for_all(me, &members);
    let seen = order.load(Ordering::Acquire);
    claims.claim(format_args!("the baton goes round: {seen}"), seen == 123_123_123);
    transfer(me, claims);
}

/// A value goes with the baton, past who would be next.
fn transfer(me: &mut Me, claims: &Claims) {
    let group = Group::<u64>::new();
    let order = Arc::new(AtomicU64::new(0));
    let answered = Arc::new(AtomicU64::new(0));
    // The one who asks is told whom to ask by a member that is added behind him.
    let answerer = Arc::new(Mutex::new(None::<MemberId>));
    let (known, answer) = (answerer.clone(), answered.clone());
    let asker = group.add(move |me, baton| {
        let Ok(Some(answerer)) = known.with(|known| *known) else { return };
        if let Ok(Some(value)) = baton.transfer(me, answerer, 20) {
            answer.store(value, Ordering::Release);
        }
    });
    let Ok(asker) = asker else { return claims.claim("there is one who asks", false) };
    let bystander = passer(&group, &order, 1, None);
    let (seen, before) = (order.clone(), Arc::new(AtomicU64::new(9)));
    let at = before.clone();
    let answers = group.add(move |me, baton| {
        at.store(seen.load(Ordering::Acquire), Ordering::Release);
        if let Some(value) = baton.take() {
            let _ = baton.transfer(me, asker.id, value + 1);
        }
    });
    let known = answers.as_ref().ok().map(|member| member.id);
    let is_known = answerer.with(|answerer| *answerer = known).is_ok() && known.is_some();
    claims.claim("three are there", bystander.is_ok() && is_known && group.begin().is_ok());
    wait_for_all(me, &[Ok(asker), bystander, answers]);
    claims.claim("the answer came back", answered.load(Ordering::Acquire) == 21);
    claims.claim("past the one between", before.load(Ordering::Acquire) == 0);
    let gone = Arc::new(AtomicU32::new(0));
    let says = gone.clone();
    let last = group.add(move |me, baton| {
        let is_gone = baton.give_to(me, asker.id) == Err(BatonError::Gone { member: asker.id });
        says.store(u32::from(is_gone) + 1, Ordering::Release);
    });
    claims.claim("a group begins again", last.is_ok() && group.begin().is_ok());
    wait_for_all(me, &[last]);
    claims.claim("nothing is given to one that has left", gone.load(Ordering::Acquire) == 2);
}

pub(crate) fn leave(me: &mut Me, claims: &Claims) {
    let group = Group::new();
    let order = Arc::new(AtomicU64::new(0));
    let members: Vec<_> =
        (1..=3).map(|digit| passer(&group, &order, digit, (digit == 2).then_some(1))).collect();
    claims.claim("it begins", members.iter().all(Result::is_ok) && group.begin().is_ok());
    wait_for_all(me, &members);
    let seen = order.load(Ordering::Acquire);
    claims.claim(format_args!("without the one that panics: {seen}"), seen == 1_231_313);
    ended(me, claims);
}

/// One that computes with the baton is ended, without destructors; one that waits is ended, with them.
fn ended(me: &mut Me, claims: &Claims) {
    let group = Group::<u64>::new();
    let order = Arc::new(AtomicU64::new(0));
    let begun = Arc::new(AtomicU32::new(0));
    let begins = begun.clone();
    let computes = group.add(move |_, _| {
        begins.store(1, Ordering::Release);
        loop {
            core::hint::spin_loop();
        }
    });
    let waits = passer(&group, &order, 5, None);
    let last = passer(&group, &order, 7, None);
    let (Ok(computes), Ok(waits), Ok(last)) = (computes, waits, last) else {
        return claims.claim("three are there", false);
    };
    claims.claim("the first one computes", group.begin().is_ok());
    while begun.load(Ordering::Acquire) == 0 {
        me.sleep_until(now_ns() + MS);
    }
    let has_ended = waits.strand.end().is_ok() && me.wait_for_end(&waits.strand).is_ok();
    claims.claim("one that waits can be ended", has_ended);
    claims.claim("the others wait", order.load(Ordering::Acquire) == 0);
    let has_ended = computes.strand.end().is_ok() && me.wait_for_end(&computes.strand).is_ok();
    claims.claim("so can the one that runs", has_ended);
    let _ = me.wait_for_end(&last.strand);
    let seen = order.load(Ordering::Acquire);
    claims.claim(format_args!("who is left goes on: {seen}"), seen == 777);
}
