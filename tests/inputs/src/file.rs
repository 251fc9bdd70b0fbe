//! Signed files: the first byte says whether the rest is a file as it is, or a payload to be signed and then altered.

use core::convert::Infallible;

use ed25519_dalek::{Signer, SigningKey};
use spindle_linker::KnownKeys;
use spindle_linker::keys::encode;
use spindle_linker::signature::{assemble, verify};

/// Takes `input` as such.
///
/// # Panics
/// When something doesn't hold that has to.
pub fn run(input: &[u8]) {
    let key = SigningKey::from_bytes(&[7; 32]);
    let public = key.verifying_key().to_bytes();
    let table = encode(&public, "fuzz", false).expect("a short name");
    let trusted = KnownKeys::new(&table);
    let [how, a, b, rest @ ..] = input else { return };
    if *how == 0 {
        if let Err(refused) = verify(rest, trusted) {
            let _message = refused.to_string();
        }
        let _known = KnownKeys::new(rest).find(&public);
        // With its own key trusted, a file gets as far as the curve.
        if let Some(own) = rest.get(88..).and_then(<[u8]>::first_chunk::<32>) {
            let own = encode(own, "own", false).expect("a short name");
            let _either_way = verify(rest, KnownKeys::new(&own));
        }
        return;
    }
    let sign = |bytes: &[u8]| Ok::<_, Infallible>(key.sign(bytes).to_bytes());
    let mut file = assemble(rest, &public, sign).expect("signing cannot fail");
    assert_eq!(verify(&file, trusted).expect("just signed").payload(), rest);
    let at = usize::from(u16::from_le_bytes([*a, *b])) % file.len();
    file[at] ^= how;
    assert!(verify(&file, trusted).is_err(), "byte {at} altered and accepted");
}
