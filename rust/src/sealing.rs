//! Authenticated encryption of what a record may hold only for those who know the secret: AES-256-GCM-SIV (RFC 8452).
//!
//! The nonce is fixed, so that equal tables give equal records: this scheme is made to reveal nothing else by that.

use aes_gcm_siv::aead::{Aead, KeyInit};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};

const NONCE: [u8; 12] = *b"parityline 1";

/// The data with its tag, 16 bytes longer; None beyond what the scheme allows (64 GiB).
pub fn sealed(key: &[u8; 32], data: &[u8]) -> Option<Vec<u8>> {
    Aes256GcmSiv::new(key.into()).encrypt(Nonce::from_slice(&NONCE), data).ok()
}

/// The inverse of `sealed`; None for another key and for anything that was not sealed.
pub fn opened(key: &[u8; 32], sealed: &[u8]) -> Option<Vec<u8>> {
    Aes256GcmSiv::new(key.into()).decrypt(Nonce::from_slice(&NONCE), sealed).ok()
}
