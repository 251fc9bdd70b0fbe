//! overreach: a well-made extension that wants more than it is granted. It names the control interface, which only a shell gets.
#![no_std]

use spindle_control::Control;
use spindle_domain::{Identity, InitResult, extension};

extension! { name: "overreach", init: init }

fn init(_me: &Identity) -> InitResult {
    Control::open()?.halt(0)
}
