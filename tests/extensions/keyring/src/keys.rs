//! Keys: capabilities that are issued, used and revoked.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::error::Error;
use core::sync::atomic::{AtomicU32, Ordering};

use spindle_capability::{Capability, Issued, Issuer, Revoked};
use spindle_console::Console;
use spindle_event::{Binding, Event, InstallError, Last, cores};

use crate::{Keyring, OWNER};

static KEYS: Issuer = Issuer::new();

/// What a key stands for.
pub(crate) struct Door {
    pub(crate) number: u32,
}

/// One of two keys is revoked.
pub(crate) fn revoked(keyring: &Keyring) -> Result<(), Box<dyn Error>> {
    let doors = [7, 8].map(|number| KEYS.issue(Door { number }));
    let keys = doors.each_ref().map(Issued::capability);
    let use_them = || keys.each_ref().map(|key| key.with(|door| door.number));
    let before = use_them();
    let answers = [doors[0].revoke(), doors[0].revoke()];
    let behind = use_them();
    keyring.say(format_args!("keyring: revoke: {before:?}, {answers:?}, {behind:?}\n"));
    Ok(())
}

/// All are revoked whose means to do so one by one are lost.
pub(crate) fn all_revoked(keyring: &Keyring) -> Result<(), Box<dyn Error>> {
    static TEN: Issuer = Issuer::new();
    let keys: Vec<Capability<Door>> = (0..9).map(|number| TEN.issue(Door { number }).capability()).collect();
    let (number, kept) = (TEN.issue(10_u64), KEYS.issue(11_u64));
    let count = TEN.revoke_all();
    let used = keys.iter().filter(|key| key.with(|_| ()).is_ok()).count();
    let (gone, kept) = (number.capability().with(|it| *it), kept.capability().with(|it| *it));
    keyring.say(format_args!("keyring: all: {count} revoked, {used} still used, {gone:?}, {kept:?}\n"));
    Ok(())
}

/// What is revoked while it is used is whole until the use is over.
pub(crate) fn revoked_inside(keyring: &Keyring) -> Result<(), Box<dyn Error>> {
    let door = KEYS.issue(Door { number: 7 });
    let key = door.capability();
    let used = key.with(|inside| {
        door.revoke();
        (key.with(|door| door.number), inside.number)
    });
    keyring.say(format_args!("keyring: inside: {used:?}\n"));
    Ok(())
}

/// Says when it is dropped.
struct Wax(Console);

impl Drop for Wax {
    fn drop(&mut self) {
        let _ = writeln!(self.0, "keyring: dropped");
    }
}

/// A value is dropped after a grace period, not by who revokes it.
pub(crate) fn dropped(keyring: &Keyring) -> Result<(), Box<dyn Error>> {
    let wax = KEYS.issue(Wax(keyring.console()));
    wax.revoke();
    keyring.say(format_args!("keyring: revoked first\n"));
    Ok(())
}

static BELL: Event<u32, u32, Last> = Event::new("keyring-bell", &OWNER);

/// A `static` is lent: who has the capability can raise the event, and not bind to it.
pub(crate) fn lent_static(keyring: &Keyring) -> Result<(), Box<dyn Error>> {
    let issued = KEYS.issue_static(&BELL);
    let bell = issued.capability();
    let before = bell.with(|bell| bell.raise(&21));
    issued.revoke();
    let behind = bell.with(|bell| bell.raise(&21));
    keyring.say(format_args!("keyring: static: {before:?}, {behind:?}\n"));
    Ok(())
}

/// The console, for a while.
pub(crate) fn lent_console(keyring: &Keyring) -> Result<(), Box<dyn Error>> {
    let issued = KEYS.issue(keyring.console());
    let lent: Capability<Console> = issued.capability();
    lent.with(|console| writeln!(console, "keyring: console: written with a lent one"))??;
    issued.revoke();
    match lent.with(|console| writeln!(console, "keyring: console: written with a revoked one")) {
        Ok(written) => written?,
        Err(Revoked) => keyring.say(format_args!("keyring: console: revoked\n")),
    }
    Ok(())
}

/// Used by a core until it is told that it may not.
static ERRAND: Event<Errand> = Event::new("keyring-errand", &OWNER);

struct Errand {
    key: Capability<Door>,
    account: Arc<Account>,
}

/// How many cores have begun to use the key, and how many have ended.
#[derive(Default)]
struct Account {
    begun: AtomicU32,
    ended: AtomicU32,
}

pub(crate) fn serve() -> Result<(), InstallError> {
    let _: Binding = BELL.owned(&OWNER)?.install(|number| number * 2)?;
    let _: Binding = ERRAND.owned(&OWNER)?.install(|errand| {
        let mut has_begun = false;
        while errand.key.with(|door| assert!(door.number == 7)).is_ok() {
            if !core::mem::replace(&mut has_begun, true) {
                errand.account.begun.fetch_add(1, Ordering::Relaxed);
            }
            cores::relax();
        }
        errand.account.ended.fetch_add(1, Ordering::Relaxed);
    })?;
    Ok(())
}

/// All other cores use a key over and over, until it is revoked here.
pub(crate) fn on_other_cores(keyring: &Keyring) -> Result<(), Box<dyn Error>> {
    let door = KEYS.issue(Door { number: 7 });
    let account = Arc::new(Account::default());
    let others = cores::online().filter(|core| *core != cores::current());
    let mut sent = 0;
    for core in others {
        let errand = Errand { key: door.capability(), account: account.clone() };
        sent += u32::from(ERRAND.post(core, errand).is_ok());
    }
    while account.begun.load(Ordering::Relaxed) < sent {
        cores::relax();
    }
    let before = account.ended.load(Ordering::Relaxed);
    door.revoke();
    while account.ended.load(Ordering::Relaxed) < sent {
        cores::relax();
    }
    keyring.say(format_args!("keyring: cores: {before} of {sent} ended before, all behind\n"));
    Ok(())
}
