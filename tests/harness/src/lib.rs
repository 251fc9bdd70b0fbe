//! Starts QEMU, reads what it says, judges.
