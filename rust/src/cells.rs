//! Vectors of canonical cells: what a value table, a range or a row sample holds, and their bytes.

use std::cmp::Ordering;

use crate::canonical::LONG_TEXT;
use crate::encoding::{pack_bits, zigzag, Writer};
use crate::numbers::Wide;

/// Decimal places up to which a number is written as a scaled integer, and counted apart in `form`.
pub const PLACES: usize = 6;
const SCALES: [f64; PLACES + 1] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6];
const SCALED_LIMIT: f64 = (1u64 << 51) as f64;

/// The first 256 bytes of a text, its length in bytes, and its hash.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct LongText {
    pub start: Box<[u8]>,
    pub length: u64,
    pub hash: u128,
}

/// Variants stand in the order in which the distinct cells are written.
#[derive(Clone, PartialEq, Debug)]
pub enum Cell {
    Null,
    Nan,
    Float(f64),
    Int(i64),
    Text(Box<[u8]>),
    Wide(Box<Wide>),
    Long(Box<LongText>),
    Hashed([u64; 2]),
}

impl Cell {
    pub fn long(text: &[u8], hash: u128) -> Self {
        Cell::Long(Box::new(LongText { start: text[..LONG_TEXT].into(), length: text.len() as u64, hash }))
    }

    pub fn hashed(hash: u128) -> Self {
        Cell::Hashed([(hash >> 64) as u64, hash as u64])
    }

    fn rank(&self) -> u8 {
        match self {
            Cell::Null => 0,
            Cell::Nan => 1,
            Cell::Float(_) => 2,
            Cell::Int(_) => 3,
            Cell::Text(_) => 4,
            Cell::Wide(_) => 5,
            Cell::Long(_) => 6,
            Cell::Hashed(_) => 7,
        }
    }

    /// The order in which distinct cells are written.
    fn written_order(&self, other: &Cell) -> Ordering {
        match (self, other) {
            (Cell::Float(a), Cell::Float(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
            (Cell::Int(a), Cell::Int(b)) => a.cmp(b),
            (Cell::Text(a), Cell::Text(b)) => a.cmp(b),
            (Cell::Wide(a), Cell::Wide(b)) => a.cmp(b),
            (Cell::Long(a), Cell::Long(b)) => a.cmp(b),
            (Cell::Hashed(a), Cell::Hashed(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

/// The bytes of a vector of cells.
pub fn encode(out: &mut Writer, cells: &[&Cell]) {
    let mut order: Vec<u32> = (0..cells.len() as u32).collect();
    order.sort_unstable_by(|&a, &b| cells[a as usize].written_order(cells[b as usize]));
    let mut distinct: Vec<&Cell> = Vec::new();
    let mut index = vec![0u32; cells.len()];
    for row in order {
        let cell = cells[row as usize];
        if distinct.last().is_none_or(|last| last.written_order(cell).is_ne()) {
            distinct.push(cell);
        }
        index[row as usize] = distinct.len() as u32 - 1;
    }
    let (mut flags, mut floats, mut ints) = (0, Vec::new(), Vec::new());
    let (mut texts, mut wides, mut longs, mut hashed): (Vec<&[u8]>, Vec<_>, Vec<_>, Vec<_>) = Default::default();
    for cell in &distinct {
        match cell {
            Cell::Null => flags |= 1,
            Cell::Nan => flags |= 2,
            Cell::Float(value) => floats.push(*value),
            Cell::Int(value) => ints.push(*value),
            Cell::Text(text) => texts.push(text),
            Cell::Wide(wide) => wides.push(wide),
            Cell::Long(long) => longs.push(long),
            Cell::Hashed(hash) => hashed.push(hash),
        }
    }
    out.varint(cells.len() as u64);
    out.varint(flags);
    out.varint(floats.len() as u64);
    write_floats(out, &floats);
    out.varint(ints.len() as u64);
    write_ints(out, &ints);
    out.varint(texts.len() as u64);
    let mut before: &[u8] = &[];
    for text in texts {
        let shared = before.iter().zip(text).take_while(|(a, b)| a == b).count();
        out.varint(shared as u64);
        out.block(&text[shared..]);
        before = text;
    }
    out.varint(wides.len() as u64);
    for wide in wides {
        out.varint(wide.exponent.is_some() as u64);
        out.raw(&wide.bytes());
    }
    out.varint(longs.len() as u64);
    for long in longs {
        out.raw(&long.start);
        out.varint(long.length);
        out.u128(long.hash);
    }
    out.varint(hashed.len() as u64);
    for [high, low] in hashed {
        out.raw(&low.to_le_bytes());
        out.raw(&high.to_le_bytes());
    }
    let most = distinct.len().saturating_sub(1) as u64;
    pack_bits(out, &index, 64 - most.leading_zeros());
}

/// The integer nearest to the value, ties to even; exact for magnitudes below 2**51, without a call of the C library.
#[inline(always)]
fn rounded(value: f64) -> f64 {
    const SHIFT: f64 = 6755399441055744.0; // 1.5 * 2**52
    (value + SHIFT) - SHIFT
}

#[inline(always)]
fn is_whole(value: f64) -> bool {
    match value.abs() < SCALED_LIMIT {
        true => rounded(value) == value,
        false => value.is_finite() && value.trunc() == value,
    }
}

/// The least d in 0..6 such that the value is the float64 nearest to a multiple of 10**-d; 7 where there is none.
///
/// Values of 2**51 / 10**d and more are not asked for d > 0. Below that, a multiple of 10**-d is a multiple of any finer
/// power with zeros at the end, and the other way round, since a product with a power of ten is off by less than half a
/// unit: so the finest power that may be asked decides.
#[inline]
pub fn decimal_places(value: f64) -> usize {
    if is_whole(value) {
        return 0;
    }
    for d in (1..=PLACES).rev() {
        let product = value * SCALES[d];
        let scaled = rounded(product);
        if product.abs() < SCALED_LIMIT && scaled.abs() < SCALED_LIMIT {
            return if scaled / SCALES[d] == value { d - ending_zeros(scaled as i64) } else { PLACES + 1 };
        }
    }
    PLACES + 1
}

/// How often ten divides a number that is not a multiple of 10**6.
#[inline(always)]
fn ending_zeros(value: i64) -> usize {
    // the product with the inverse modulo 2**64 is small for multiples only; 5**4, then 5**2, then 5
    const INVERSES: [(u64, u64, usize); 3] = [
        (0xD288CE703AFB7E91, u64::MAX / 625, 4),
        (0x8F5C28F5C28F5C29, u64::MAX / 25, 2),
        (0xCCCCCCCCCCCCCCCD, u64::MAX / 5, 1),
    ];
    let magnitude = value.unsigned_abs();
    let (mut rest, mut fives) = (magnitude, 0);
    for (inverse, most, power) in INVERSES {
        let quotient = rest.wrapping_mul(inverse);
        let divides = quotient <= most;
        rest = if divides { quotient } else { rest };
        fives += if divides { power } else { 0 };
    }
    fives.min(magnitude.trailing_zeros() as usize)
}

/// Counts of `decimal_places` over finite values: many at a time, most of them rejected or accepted without a branch.
pub fn count_places(values: &[f64], counts: &mut [u64; PLACES + 2]) {
    let mut scaled = [0.0; 64];
    for chunk in values.chunks(64) {
        let (mut whole, mut held, mut large) = (0u64, 0u64, 0u64);
        for (i, (&value, scaled)) in chunk.iter().zip(&mut scaled).enumerate() {
            *scaled = rounded(value * SCALES[PLACES]);
            let holds = (scaled.abs() < SCALED_LIMIT) & (*scaled / SCALES[PLACES] == value);
            whole |= (((rounded(value) == value) & (value.abs() < SCALED_LIMIT)) as u64) << i;
            held |= (holds as u64) << i;
            large |= ((value.abs() >= 2e9) as u64) << i;
        }
        counts[0] += whole.count_ones() as u64;
        let mut slow = large & !whole;
        let mut open = held & !whole & !slow;
        counts[PLACES + 1] += chunk.len() as u64 - (whole | slow | open).count_ones() as u64;
        while open != 0 {
            counts[PLACES - ending_zeros(scaled[open.trailing_zeros() as usize] as i64)] += 1;
            open &= open - 1;
        }
        while slow != 0 {
            counts[decimal_places(chunk[slow.trailing_zeros() as usize])] += 1;
            slow &= slow - 1;
        }
    }
}

/// Scaled integers where every value has at most six places and is below 2**51, else the eight bytes of each.
fn write_floats(out: &mut Writer, values: &[f64]) {
    if values.is_empty() {
        return;
    }
    let scale = values.iter().map(|&value| decimal_places(value)).max().unwrap_or(0);
    if scale <= PLACES {
        let scaled: Vec<f64> = values.iter().map(|&value| (value * SCALES[scale]).round_ties_even()).collect();
        if scaled.iter().zip(values).all(|(s, &value)| s.abs() < SCALED_LIMIT && s / SCALES[scale] == value) {
            out.varint(scale as u64);
            let scaled: Vec<i64> = scaled.into_iter().map(|s| s as i64).collect();
            return write_deltas(out, &scaled);
        }
    }
    out.varint(PLACES as u64 + 1);
    values.iter().for_each(|value| out.raw(&value.to_le_bytes()));
}

fn write_ints(out: &mut Writer, values: &[i64]) {
    if values.is_empty() {
        return;
    }
    let divisor = values.iter().fold(0, |divisor, value| gcd(divisor, value.unsigned_abs()));
    // 2**63, the divisor of the smallest int64 alone, is no int64
    let step = i64::try_from(divisor).unwrap_or(1).max(1);
    out.varint(step as u64);
    let steps: Vec<i64> = values.iter().map(|value| value / step).collect();
    write_deltas(out, &steps);
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn write_deltas(out: &mut Writer, values: &[i64]) {
    out.varint(zigzag(values[0]));
    for pair in values.windows(2) {
        out.varint(pair[1].wrapping_sub(pair[0]) as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the reference says it.
    fn slow_places(value: f64) -> usize {
        let mut places = PLACES + 1;
        for d in (1..=PLACES).rev() {
            let scaled = (value * SCALES[d]).round_ties_even();
            if scaled.abs() < SCALED_LIMIT && scaled / SCALES[d] == value {
                places = d;
            }
        }
        if value.is_finite() && value == value.round_ties_even() {
            places = 0;
        }
        places
    }

    #[test]
    fn places_are_those_of_the_reference() {
        let mut state = 88172645463325252u64;
        let mut values = vec![0.0, 0.5, 1e300, -1e15, 2251799813.685247, 2251799813.685248, 4503599627370495.5, 5e-324];
        values.extend([
            4294967296.1,
            2.2517998136852e14 + 0.25,
            225179981368524.8,
            2251799813685247.5,
            2251799813685248.5,
            1125899906842624.2,
            -2251799813685248.5,
            -0.1,
            1e-7,
            1e-6,
            9e8 + 0.123456,
        ]);
        for i in 0..400_000 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let scale = SCALES[i % 7];
            let bits = state >> (13 + i % 50);
            values.push(match i % 3 {
                0 => bits as f64 / scale,
                1 => -(bits as f64 / scale),
                _ => f64::from_bits(state),
            });
        }
        values.retain(|value| value.is_finite());
        let (mut slow, mut fast) = ([0; PLACES + 2], [0; PLACES + 2]);
        for &value in &values {
            assert_eq!(decimal_places(value), slow_places(value), "{value:?}");
            slow[slow_places(value)] += 1;
        }
        count_places(&values, &mut fast);
        assert_eq!(slow, fast);
    }

    #[test]
    fn steps_of_the_smallest_integer() {
        let mut out = Writer::default();
        write_ints(&mut out, &[i64::MIN]);
        assert_eq!(out.bytes[0], 1);
    }
}
