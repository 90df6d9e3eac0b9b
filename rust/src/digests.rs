//! Order-free digests of a column: which values it holds, and which value stands beside which key.

use crate::encoding::Writer;

#[derive(Default)]
pub struct Digests {
    values: u128,
    pairs: u128,
}

impl Digests {
    /// Adds the cells to the digests of their column, and to the hashes of their rows.
    pub fn add(&mut self, hashes: &[u128], keys: Option<&[u128]>, rows: &mut [u128], multiplier: u128) {
        let mut values = self.values;
        match keys {
            None => {
                for (&hash, row) in hashes.iter().zip(rows) {
                    values = values.wrapping_add(hash);
                    *row = row.wrapping_add(hash.wrapping_mul(multiplier));
                }
            }
            Some(keys) => {
                let mut pairs = self.pairs;
                for ((&hash, row), &key) in hashes.iter().zip(rows).zip(keys) {
                    values = values.wrapping_add(hash);
                    pairs = pairs.wrapping_add(hash.wrapping_mul(key | 1));
                    *row = row.wrapping_add(hash.wrapping_mul(multiplier));
                }
                self.pairs = pairs;
            }
        }
        self.values = values;
    }

    pub fn merge(&mut self, other: Digests) {
        self.values = self.values.wrapping_add(other.values);
        self.pairs = self.pairs.wrapping_add(other.pairs);
    }

    pub fn encode(&self, out: &mut Writer, keyed: bool) {
        out.u128(self.values);
        out.varint(keyed as u64);
        if keyed {
            out.u128(self.pairs);
        }
    }
}
