//! flicker: its destructors go on working while its domain ends.
//!
//! What its handler has captured installs and uninstalls when it is dropped, and that handler's capture does so in turn, so that
//! a table of the domain's is freed after each grace period for a while. The last of them posts a spark to the next core, whose
//! argument posts on when it is dropped, and so on. The kernel may free the domain's code only behind all of that.
#![no_std]

use spindle_console::INPUT;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, CoreId, Event, Owner, cores};

extension! { name: "flicker", init: init }

/// Owns the events of this extension.
static FLICKER: Owner = Owner::new();

/// How many tables are retired one after the other.
const FLICKERS: u32 = 5;
/// How many posts follow the last of them.
const SPARKS: u32 = 50;

/// Never installed on, so the kernel does not know of it.
static SPARK: Event<Spark> = Event::new("spark", &FLICKER);

/// A handler's state that installs its successor when it is dropped.
struct Flicker {
    left: u32,
}

impl Flicker {
    /// Keeps a handler busy with its state, so that it is not captured in vain.
    fn is_lit(&self) -> bool {
        self.left <= FLICKERS
    }
}

impl Drop for Flicker {
    fn drop(&mut self) {
        let Some(left) = self.left.checked_sub(1) else {
            return drop(Spark { left: SPARKS });
        };
        let next = Self { left };
        // An event of the kernel's: its tables are retired by code that stays.
        if let Ok(binding) = INPUT.install(move |_| assert!(next.is_lit())) {
            binding.uninstall_soon();
        }
    }
}

/// Posts its successor to the next core when it is dropped.
struct Spark {
    left: u32,
}

impl Drop for Spark {
    fn drop(&mut self) {
        let Some(left) = self.left.checked_sub(1) else { return };
        let next = CoreId::new(cores::current().index() + 1).filter(|core| core.is_online());
        // Refused, it comes back and is dropped here, with one less to go.
        let _ = SPARK.post(next.unwrap_or(CoreId::FIRST), Self { left });
    }
}

fn init(_me: &Identity) -> InitResult {
    let flicker = Flicker { left: FLICKERS };
    let _: Binding = INPUT.install(move |_| assert!(flicker.is_lit()))?;
    Ok(())
}
