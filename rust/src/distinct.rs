//! How many distinct cells a column holds: UltraLogLog (Ertl 2024).

use crate::encoding::Writer;

const PRECISION: u32 = 12;
const REGISTERS: usize = 1 << PRECISION;
const WORD: u32 = 64 - PRECISION;

/// A byte for each register, as it is written: 4 u + b of the highest rank u that was seen; the bits of b say whether
/// u - 1 and u - 2 were. Lower ranks change nothing.
#[derive(Default)]
pub struct Distinct {
    registers: Vec<u8>,
}

impl Distinct {
    #[inline(always)]
    pub fn add(&mut self, hash: u128) {
        if self.registers.is_empty() {
            self.registers = vec![0; REGISTERS];
        }
        let word = (hash >> 64) as u64;
        let registers: &mut [u8; REGISTERS] = self.registers.as_mut_slice().try_into().expect("all registers");
        // the guard bit makes 53 the rank of a hash without a one bit
        let rank = (word << PRECISION | 1 << (PRECISION - 1)).leading_zeros() + 1;
        let register = &mut registers[(word >> WORD) as usize];
        if rank + 2 >= (*register >> 2) as u32 {
            *register = packed(ranks(*register) | 1 << rank);
        }
    }

    pub fn merge(&mut self, other: Distinct) {
        if self.registers.is_empty() {
            self.registers = other.registers;
            return;
        }
        for (own, more) in self.registers.iter_mut().zip(other.registers) {
            *own = packed(ranks(*own) | ranks(more));
        }
    }

    pub fn encode(&self, out: &mut Writer) {
        let mut sparse = Writer::default();
        let mut values = Vec::new();
        let mut before = 0;
        for (place, &register) in self.registers.iter().enumerate().filter(|(_, register)| **register != 0) {
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
            out.raw(&self.registers);
        }
    }
}

/// A register as a set of ranks, bit r for rank r.
fn ranks(register: u8) -> u64 {
    match register {
        0 => 0,
        _ => (4 | register as u64 & 3) << (register >> 2) >> 2,
    }
}

/// The register of a set of ranks, of which 0 is none.
fn packed(ranks: u64) -> u8 {
    if ranks == 0 {
        return 0;
    }
    let top = 63 - ranks.leading_zeros();
    4 * top as u8 + (ranks << 2 >> top & 3) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_and_registers() {
        let mut distinct = Distinct::default();
        distinct.add(0);
        assert_eq!(distinct.registers[0], 4 * 53);
        distinct.add(u128::MAX);
        assert_eq!(distinct.registers[REGISTERS - 1], 4);
        assert_eq!(packed(0b1010), 13);
        assert_eq!(packed(0b1110), 15);
        assert!([2, 4, 6, 8, 0b1010, 0b1100, 0b1110, 1 << 53].iter().all(|&own| ranks(packed(own)) == own));
    }
}
