//! How many distinct cells a column holds: UltraLogLog (Ertl 2024).

use crate::encoding::Writer;

const PRECISION: u32 = 12;
const REGISTERS: usize = 1 << PRECISION;
const WORD: u32 = 64 - PRECISION;

/// By register the set of ranks seen: bit r for rank r. Packed into bytes only when written.
#[derive(Default)]
pub struct Distinct {
    seen: Vec<u64>,
}

impl Distinct {
    #[inline(always)]
    pub fn add(&mut self, hash: u128) {
        if self.seen.is_empty() {
            self.seen = vec![0; REGISTERS];
        }
        let word = (hash >> 64) as u64;
        let seen: &mut [u64; REGISTERS] = self.seen.as_mut_slice().try_into().expect("all registers");
        // the guard bit makes 53 the rank of a hash without a one bit
        let rank = (word << PRECISION | 1 << (PRECISION - 1)).leading_zeros() + 1;
        seen[(word >> WORD) as usize] |= 1 << rank;
    }

    pub fn merge(&mut self, other: Distinct) {
        if self.seen.is_empty() {
            self.seen = other.seen;
            return;
        }
        for (own, more) in self.seen.iter_mut().zip(other.seen) {
            *own |= more;
        }
    }

    pub fn encode(&self, out: &mut Writer) {
        let registers: Vec<u8> = self.seen.iter().map(|&seen| packed(seen)).collect();
        let mut sparse = Writer::default();
        let mut values = Vec::new();
        let mut before = 0;
        for (place, &register) in registers.iter().enumerate().filter(|(_, register)| **register != 0) {
            sparse.varint((place - before) as u64);
            values.push(register);
            before = place;
        }
        sparse.raw(&values);
        if sparse.bytes.len() < REGISTERS {
            out.varint(values.len() as u64);
            out.raw(&sparse.bytes);
        } else {
            out.varint(REGISTERS as u64 + 1);
            out.raw(&registers);
        }
    }
}

/// 4 u + b of the highest rank u; the bits of b say whether u - 1 and u - 2 were seen.
fn packed(seen: u64) -> u8 {
    if seen == 0 {
        return 0;
    }
    let top = 63 - seen.leading_zeros();
    let below = |step: u32| (top > step) as u8 & (seen >> top.saturating_sub(step)) as u8 & 1;
    4 * top as u8 + 2 * below(1) + below(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_and_registers() {
        let mut distinct = Distinct::default();
        distinct.add(0);
        assert_eq!(distinct.seen[0], 1 << 53);
        distinct.add(u128::MAX);
        assert_eq!(distinct.seen[REGISTERS - 1], 2);
        assert_eq!(packed(2), 4);
        assert_eq!(packed(0b1010), 13);
        assert_eq!(packed(0b1110), 15);
    }
}
