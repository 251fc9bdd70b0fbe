//! Runs on the host, if it is let.

fn main() {
    std::fs::write("/tmp/spindle-published-script", "ran").unwrap();
}
