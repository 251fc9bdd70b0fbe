//! The front door behind `./x`.
fn main() {}
