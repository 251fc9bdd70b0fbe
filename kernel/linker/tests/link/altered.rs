//! Objects altered at random or cut: whatever the linker says, it says it without panicking and before writing.

use proptest::prelude::*;
use spindle_linker::{LinkError, Note};

use crate::fixture::{BASES, EVERY_KIND, HELLO, Kernel, kernel, link, parse};

#[test]
fn an_object_cut_anywhere_is_refused() {
    for object in [EVERY_KIND, HELLO] {
        for length in 0..object.len() {
            let refused = parse(&object[..length]).map(|_| ()).unwrap_err();
            assert!(matches!(refused, LinkError::Object(_)), "cut at {length}: {refused}");
        }
    }
}

#[test]
fn each_byte_can_be_altered_without_harm() {
    let kernel = kernel();
    let mut outcomes = [0; 2];
    let mut object = EVERY_KIND.to_vec();
    for at in 0..object.len() {
        for change in [0x01, 0x80, 0xff] {
            object[at] ^= change;
            outcomes[usize::from(link(&object, &kernel, &BASES).is_ok())] += 1;
            object[at] ^= change;
        }
    }
    let [refused, linked] = outcomes;
    assert!(refused > 1000 && linked > 1000, "{refused} refused, {linked} linked");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn many_bytes_can_be_altered_without_harm(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..24),
    ) {
        let mut object = HELLO.to_vec();
        for (at, value) in changes {
            let at = at.index(object.len());
            object[at] = value;
        }
        if let Ok(parsed) = parse(&object) {
            let _either_way = link(&object, &Kernel::for_imports_of(&parsed), &BASES);
        }
    }

    #[test]
    fn any_bytes_are_a_note_or_not(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut note = b"SPDX\x02\0\0\0\x01\x01r".to_vec();
        note.extend(&bytes);
        let _either_way = (Note::parse(&bytes).is_ok(), Note::parse(&note).is_ok());
    }
}
