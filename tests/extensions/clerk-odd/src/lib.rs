//! clerk-odd: would take the place of `clerk-1`, but keeps other books.
#![no_std]

use spindle_domain::{Identity, InitResult, extension, hand_over};

extension! { name: "clerk-odd", init: init, state: Books, give: give, take: take }

hand_over! {
    /// Not those of the others, for all that they are called so.
    pub struct Books {
        letters: u64,
    }
}

fn init(_: &Identity) -> InitResult {
    Ok(())
}

fn give() -> Books {
    Books { letters: 0 }
}

fn take(_: &Identity, books: Books) -> InitResult {
    if books.letters == 0 { Ok(()) } else { Err("these are not mine".into()) }
}
