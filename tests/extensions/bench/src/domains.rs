//! Area `domains`: what it costs to call across domains, to use what is another's, to load one and to end it.

mod call;
mod capability;
mod life;

use spindle_console::Console;
use spindle_domain::Identity;

use crate::complain;

pub(crate) fn run(console: &Console, me: &Identity) {
    call::run(console);
    if capability::run(console).is_none() {
        complain(console, "no capability was measured; is bench-handlers loaded?");
    }
    if life::run(console, me).is_none() {
        complain(console, "the life of a domain was not measured");
    }
}

pub(crate) use life::serve;
