//! Models of what cores share, run by loom through every interleaving, with the source that ships.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p spindle-sync --test loom --release`. Empty otherwise.
//!
//! Two or three threads and as few steps as show the property: each more multiplies the interleavings. What a
//! model shows is shown for its few steps; `stress` repeats the same with many, on real threads.
//!
//! Loom 0.7 looks for races with the last access of a word only. A thread that loads a word just before it
//! stores there therefore hides the loads of others from it; the source avoids that where an order rests on
//! it. Nor does it order a store by an exchange that another thread has made just before it: a later exchange
//! may then find either. What several may change at once is changed by exchanges only. Whether a model would
//! notice a weaker order is found out by weakening it.
#![cfg(loom)]
#![expect(unsafe_code, reason = "the models look into loom's cells")]

mod models {
    mod atomic_ref;
    mod delivery;
    mod front;
    mod grace;
    mod inbox;
    mod mutex;
    mod parking;
    mod pool;
    mod ready;
    mod revocable;
    mod ring;
    mod slot;
    mod surplus;
    mod switch;
}
