//! Signatures (ed25519, RFC 8032): from the bytes of an object to the file that a kernel loads.

use std::convert::Infallible;

use ed25519_dalek::{Signer as _, SigningKey};
use spindle_linker::signature::assemble;

/// `payload` as a signed object file.
pub fn sign(payload: &[u8], key: &SigningKey) -> Vec<u8> {
    let signed = assemble(payload, &key.verifying_key().to_bytes(), |bytes| {
        Ok::<_, Infallible>(key.sign(bytes).to_bytes())
    });
    let Ok(file) = signed;
    file
}
