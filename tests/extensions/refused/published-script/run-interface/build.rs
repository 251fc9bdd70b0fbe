fn main() {
    std::fs::write("/tmp/spindle-published-script", "ran").unwrap();
}
