//! Must not run.

fn main() {
    panic!("it ran");
}
