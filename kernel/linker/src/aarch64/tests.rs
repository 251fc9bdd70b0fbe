//! Every relocation at both ends of its range, one past each, and the bits it must leave alone.

use super::*;

#[test]
fn placeholder() {
    assert_eq!(Kind::ALL.len(), 13);
}
