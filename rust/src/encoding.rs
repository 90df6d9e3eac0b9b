//! Bytes out: variable-length integers, blocks, fractions, packed bits.

use crate::exact::Fraction;

#[derive(Default)]
pub struct Writer {
    pub bytes: Vec<u8>,
}

impl Writer {
    pub fn text(&mut self, utf8: &[u8]) {
        self.block(utf8);
    }

    pub fn raw(&mut self, data: &[u8]) {
        self.bytes.extend_from_slice(data);
    }

    pub fn varint(&mut self, mut value: u64) {
        while value > 0x7F {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    pub fn zigzag(&mut self, value: i64) {
        self.varint(zigzag(value));
    }

    pub fn block(&mut self, data: &[u8]) {
        self.varint(data.len() as u64);
        self.raw(data);
    }

    pub fn u128(&mut self, value: u128) {
        self.raw(&value.to_le_bytes());
    }

    /// n, a, b of n * 2**a / 5**b in lowest terms; the sign in the lowest bit of b.
    pub fn fraction(&mut self, value: &Fraction, negative: bool) {
        let (magnitude, two, five) = value.parts();
        self.varint((five as u64) << 1 | (negative && !magnitude.is_empty()) as u64);
        self.zigzag(two);
        self.block(&magnitude);
    }

    pub fn section(&mut self, encode: impl FnOnce(&mut Writer)) {
        let mut inner = Writer::default();
        encode(&mut inner);
        self.block(&inner.bytes);
    }
}

pub fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// Indices below 2**width, `width` bits each, lowest bit first.
pub fn pack_bits(out: &mut Writer, indices: &[u32], width: u32) {
    if width == 0 {
        return;
    }
    let (mut pending, mut bits) = (0u64, 0);
    for &index in indices {
        pending |= (index as u64) << bits;
        bits += width;
        while bits >= 8 {
            out.bytes.push(pending as u8);
            pending >>= 8;
            bits -= 8;
        }
    }
    if bits > 0 {
        out.bytes.push(pending as u8);
    }
}
