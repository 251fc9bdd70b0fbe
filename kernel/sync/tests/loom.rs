//! Models of what cores share, run by loom through every interleaving, with the source that ships.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p spindle-sync --test loom --release`. Empty otherwise.
//!
//! Two or three threads and as few steps as show the property: each more multiplies the interleavings. What a
//! model proves is proved for its few steps; `stress` repeats the same with many, on real threads.
#![cfg(loom)]
#![expect(unsafe_code, reason = "the models look into loom's cells")]

mod models {
    mod grace;
    mod inbox;
    mod pool;
}
