//! What goes on issuing while its domain ends: each value issues its successor when it is dropped.
//!
//! So there is one more to be dropped after each grace period for a while. The kernel may free this code only behind the last.

use spindle_capability::{Issued, Issuer};

/// How many values are dropped one after the other.
const LIVES: u32 = 6;

static AFTERLIFE: Issuer = Issuer::new();

/// The first of them.
pub(crate) struct Life {
    left: u32,
}

pub(crate) fn begin() -> Issued<Life> {
    AFTERLIFE.issue(Life { left: LIVES })
}

impl Drop for Life {
    fn drop(&mut self) {
        let Some(left) = self.left.checked_sub(1) else { return };
        let next = AFTERLIFE.issue(Life { left });
        // One is revoked, the next is not held by anybody any more.
        if left.is_multiple_of(2) {
            next.revoke();
        }
    }
}
