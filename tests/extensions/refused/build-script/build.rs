//! Would write code.
fn main() {}
