//! Signed files: whole and signed by a trusted key, or refused.

use core::convert::Infallible;
use std::sync::LazyLock;

use ed25519_dalek::{Signer, SigningKey};
use proptest::prelude::*;
use spindle_linker::keys::encode;
use spindle_linker::signature::{FileError, MAGIC, PAYLOAD_OFFSET, PublicKey, SIGNED_OFFSET, assemble};
use spindle_linker::{KnownKeys, LinkError, Verified};

use crate::fixture::EVERY_KIND;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn public(key: &SigningKey) -> PublicKey {
    key.verifying_key().to_bytes()
}

fn signed(payload: &[u8], key: &SigningKey) -> Vec<u8> {
    assemble(payload, &public(key), |bytes| Ok::<_, Infallible>(key.sign(bytes).to_bytes())).expect("signed")
}

fn table(keys: &[PublicKey], is_revoked: bool) -> Vec<u8> {
    keys.iter().flat_map(|key| encode(key, "somebody", is_revoked).expect("a short name")).collect()
}

/// With these keys trusted and no others known.
fn verify<'f>(file: &'f [u8], trusted: &[PublicKey]) -> Result<Verified<'f>, FileError> {
    spindle_linker::verify(file, KnownKeys::new(&table(trusted, false)))
}

static FILE: LazyLock<Vec<u8>> = LazyLock::new(|| signed(EVERY_KIND, &key(1)));

#[test]
fn a_signed_file_gives_its_payload_and_key() {
    let trusted = [public(&key(2)), public(&key(1))];
    let verified = verify(&FILE, &trusted).expect("verified");
    assert_eq!(verified.payload(), EVERY_KIND);
    assert_eq!(*verified.key(), trusted[1]);
}

#[test]
fn the_layout_is_the_documented_one() {
    assert_eq!(FILE[..8], MAGIC);
    assert_eq!(FILE[72..80], [1, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(FILE[80..88], (EVERY_KIND.len() as u64).to_le_bytes());
    assert_eq!(FILE[88..120], public(&key(1)));
    assert_eq!((SIGNED_OFFSET, PAYLOAD_OFFSET), (72, 120));
}

#[test]
fn a_key_that_is_not_trusted_opens_nothing() {
    let other = public(&key(2));
    assert_eq!(verify(&FILE, &[other]).unwrap_err(), FileError::UntrustedKey { key: public(&key(1)) });
    assert!(verify(&FILE, &[]).is_err());
}

#[test]
fn a_revoked_key_opens_nothing_and_is_called_by_its_name() {
    let own = public(&key(1));
    let known = [table(&[own], false), table(&[own], true)].concat();
    let refused = spindle_linker::verify(&FILE, KnownKeys::new(&known)).unwrap_err();
    assert_eq!(refused, FileError::RevokedKey { key: own, name: "somebody".into() });
    assert!(refused.to_string().ends_with("which was revoked: it was `somebody`"), "{refused}");
}

#[test]
fn a_signature_by_another_key_is_bad() {
    let forged =
        assemble(EVERY_KIND, &public(&key(1)), |bytes| Ok::<_, Infallible>(key(2).sign(bytes).to_bytes()));
    let refused = verify(&forged.expect("assembled"), &[public(&key(1))]).unwrap_err();
    assert_eq!(refused, FileError::BadSignature { key: public(&key(1)) });
}

#[test]
fn a_trusted_key_of_small_order_signs_nothing() {
    // The identity as a key makes an all-zero scalar a valid signature of anything for a lenient verifier.
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut signature = [0; 64];
    signature[0] = 1;
    let forged = assemble(b"anything", &identity, |_| Ok::<_, Infallible>(signature)).expect("assembled");
    assert_eq!(verify(&forged, &[identity]).unwrap_err(), FileError::BadSignature { key: identity });
}

#[test]
fn bytes_that_are_no_point_are_no_key() {
    let mut key = [0xff; 32];
    key[0] = 2;
    let forged = assemble(b"anything", &key, |_| Ok::<_, Infallible>([0; 64])).expect("assembled");
    assert_eq!(verify(&forged, &[key]).unwrap_err(), FileError::MalformedKey { key });
}

#[test]
fn what_is_not_ours_is_called_what_it_is() {
    let trusted = [public(&key(1))];
    let refused = |bytes: &[u8]| verify(bytes, &trusted).unwrap_err().to_string();
    assert_eq!(refused(EVERY_KIND), "not signed: it is a bare ELF object");
    assert_eq!(refused(b"\x7fELF"), "not signed: it is a bare ELF object");
    assert_eq!(refused(b"#!/bin/sh\n"), "not a signed extension: begins with `#!/bin/s`");
    assert_eq!(refused(b""), "truncated: 0 bytes, the header alone takes 120");
}

#[test]
fn a_refusal_names_the_file() {
    let refused = LinkError::from(verify(EVERY_KIND, &[]).unwrap_err()).in_file("gatekeeper.spx");
    assert_eq!(refused.to_string(), "gatekeeper.spx: not signed: it is a bare ELF object");
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let trusted = [public(&key(1))];
    for length in 0..FILE.len() {
        let refused = verify(&FILE[..length], &trusted).unwrap_err();
        let is_cut = matches!(refused, FileError::Truncated { .. } | FileError::WrongLength { .. });
        assert!(is_cut, "cut at {length}: {refused}");
    }
}

#[test]
fn a_longer_file_is_refused() {
    let longer = [&FILE[..], &[0]].concat();
    let stated = EVERY_KIND.len();
    let expected = FileError::WrongLength { stated: stated as u64, found: stated + 1 };
    assert_eq!(verify(&longer, &[public(&key(1))]).unwrap_err(), expected);
}

#[test]
fn a_flipped_bit_in_each_byte_of_the_header_is_refused() {
    let trusted = [public(&key(1))];
    for at in 0..PAYLOAD_OFFSET {
        let mut altered = FILE.clone();
        altered[at] ^= 1 << (at % 8);
        assert!(verify(&altered, &trusted).is_err(), "byte {at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_altered_byte_anywhere_is_refused(at in 0..PAYLOAD_OFFSET + EVERY_KIND.len(), change in 1..=u8::MAX) {
        let mut altered = FILE.clone();
        altered[at] ^= change;
        prop_assert!(verify(&altered, &[public(&key(1))]).is_err());
    }

    #[test]
    fn random_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(verify(&bytes, &[public(&key(1))]).is_err());
    }
}
