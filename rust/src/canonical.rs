//! Canonical values and their hashes: when two cells are the same, whatever type, engine or layout they came in.

use num_bigint::BigUint;

use crate::cells::Cell;
use crate::columns::{Column, Kind, Values};
use crate::exact::{fraction_of_float, Fraction};
use crate::xxh3::{self, Words};

/// Texts and binaries of more bytes travel as their first 256 bytes, their length and their hash.
pub const LONG_TEXT: usize = 256;

#[derive(Clone, Copy)]
#[repr(u64)]
pub enum Domain {
    Number = 1,
    Decimal = 2,
    Text = 3,
    Binary = 4,
    Boolean = 5,
    Timestamp = 6,
    TimestampZoned = 7,
    Date = 8,
    Time = 9,
    Duration = 10,
    Interval = 11,
    List = 12,
    Struct = 13,
    Map = 14,
    Null = 15,
    Nan = 16,
    Column = 17,
    Row = 18,
    Key = 19,
}

/// The seeds and constant hashes of one fingerprint.
#[derive(Clone, Copy)]
pub struct Hasher {
    seed: u64,
    number: Words,
    pub null: u128,
    nan: u128,
    boolean: [u128; 2],
}

impl Hasher {
    pub fn new(seed: u64) -> Self {
        let words = |domain| Words::new(domain_seed(seed, domain));
        Hasher {
            seed,
            number: words(Domain::Number),
            null: words(Domain::Null).hash(0),
            nan: words(Domain::Nan).hash(0),
            boolean: [words(Domain::Boolean).hash(0), words(Domain::Boolean).hash(1)],
        }
    }

    pub fn seed(&self, domain: Domain) -> u64 {
        domain_seed(self.seed, domain)
    }

    pub fn words(&self, domain: Domain) -> Words {
        Words::new(self.seed(domain))
    }

    /// The odd number by which a column's cells enter the hash of their row.
    pub fn multiplier(&self, name: &[u8]) -> u128 {
        xxh3::hash(name, self.seed(Domain::Column)) | 1
    }
}

fn domain_seed(seed: u64, domain: Domain) -> u64 {
    seed.wrapping_add((domain as u64).wrapping_mul(0x9E3779B97F4A7C15))
}

/// A two's complement integer of 256 bits; its order is that of the numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct I256 {
    high: i128,
    low: u128,
}

impl I256 {
    pub fn new(value: i128) -> Self {
        I256 { high: value >> 127, low: value as u128 }
    }

    pub fn of_words(words: &[u64]) -> Self {
        let low = words[0] as u128 | (words[1] as u128) << 64;
        match words.len() {
            2 => I256::new(low as i128),
            _ => I256 { high: (words[2] as u128 | (words[3] as u128) << 64) as i128, low },
        }
    }

    fn of_magnitude(magnitude: [u64; 4], negative: bool) -> Self {
        let join = |low: u64, high: u64| low as u128 | (high as u128) << 64;
        let (low, high) = (join(magnitude[0], magnitude[1]), join(magnitude[2], magnitude[3]));
        match negative {
            false => I256 { high: high as i128, low },
            true => I256 { high: (!high).wrapping_add((low == 0) as u128) as i128, low: low.wrapping_neg() },
        }
    }

    pub fn is_negative(self) -> bool {
        self.high < 0
    }

    /// The magnitude, lowest word first.
    pub fn magnitude(self) -> [u64; 4] {
        let (low, high) = match self.is_negative() {
            false => (self.low, self.high as u128),
            true => (self.low.wrapping_neg(), (!self.high as u128).wrapping_add((self.low == 0) as u128)),
        };
        [low as u64, (low >> 64) as u64, high as u64, (high >> 64) as u64]
    }

    pub fn big(self) -> BigUint {
        big(self.magnitude())
    }

    /// The value, where 128 bits hold it.
    pub fn narrow(self) -> i128 {
        self.low as i128
    }

    pub fn bytes(self) -> [u8; 32] {
        let mut out = [0; 32];
        out[..16].copy_from_slice(&self.low.to_le_bytes());
        out[16..].copy_from_slice(&self.high.to_le_bytes());
        out
    }
}

fn big(magnitude: [u64; 4]) -> BigUint {
    BigUint::from_slice(&magnitude.map(|word| [word as u32, (word >> 32) as u32]).concat())
}

fn divided(magnitude: [u64; 4], divisor: u64) -> ([u64; 4], u64) {
    let (mut quotient, mut rest) = ([0; 4], 0u128);
    for i in (0..4).rev() {
        let part = rest << 64 | magnitude[i] as u128;
        quotient[i] = (part / divisor as u128) as u64;
        rest = part % divisor as u128;
    }
    (quotient, rest as u64)
}

/// A number m * 10**e that float64 cannot hold (no exponent: an instant of more than 64 bits).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Wide {
    pub mantissa: I256,
    pub exponent: Option<i32>,
}

impl Wide {
    /// Exponent (int16), mantissa (int256): what is hashed and written.
    pub fn bytes(&self) -> [u8; 34] {
        let mut out = [0; 34];
        out[..2].copy_from_slice(&(self.exponent.unwrap_or(0) as i16).to_le_bytes());
        out[2..].copy_from_slice(&self.mantissa.bytes());
        out
    }

    fn hash(&self, seed: u64) -> u128 {
        let narrow = self.mantissa.low as i64;
        if self.mantissa == I256::new(narrow as i128) {
            return xxh3::hash_decimal(self.exponent.unwrap_or(0) as i16, narrow, seed);
        }
        xxh3::hash(&self.bytes(), seed)
    }

    fn instant(exact: i128) -> Self {
        Wide { mantissa: I256::new(exact), exponent: None }
    }

    /// The nearest float64; infinite beyond its range.
    pub fn nearest(&self) -> f64 {
        match self.exponent {
            None => self.mantissa.narrow() as f64,
            Some(exponent) => nearest_float(self.mantissa, exponent),
        }
    }

    pub fn magnitude(&self) -> Fraction {
        Fraction::decimal(self.mantissa.big(), self.exponent.unwrap_or(0))
    }

    /// Compared with a finite float64, exactly.
    pub fn cmp_float(&self, value: f64) -> std::cmp::Ordering {
        let negative = self.mantissa.is_negative();
        if negative != (value < 0.0) {
            return if negative { std::cmp::Ordering::Less } else { std::cmp::Ordering::Greater };
        }
        let order = self.magnitude().cmp(&fraction_of_float(value));
        if negative {
            order.reverse()
        } else {
            order
        }
    }

    pub fn cmp_value(&self, other: &Wide) -> std::cmp::Ordering {
        if self.exponent == other.exponent {
            return self.mantissa.cmp(&other.mantissa);
        }
        let (a, b) = (self.mantissa.is_negative(), other.mantissa.is_negative());
        match (a, b) {
            (true, false) => std::cmp::Ordering::Less,
            (false, true) => std::cmp::Ordering::Greater,
            _ => {
                let order = self.magnitude().cmp(&other.magnitude());
                if a {
                    order.reverse()
                } else {
                    order
                }
            }
        }
    }
}

fn nearest_float(mantissa: I256, exponent: i32) -> f64 {
    let sign = if mantissa.is_negative() { "-" } else { "" };
    // the parser of the standard library rounds correctly, whatever the number of digits
    format!("{sign}{}e{exponent}", mantissa.big()).parse().unwrap_or(f64::NAN)
}

const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// One scale of decimals: how a mantissa becomes a float64, or a wide number where float64 does not hold it.
#[derive(Clone, Copy)]
pub struct Decimals {
    exponent: i32,
    /// The inverse of 5**scale modulo 2**64, and the largest quotient: a product within it tells a multiple.
    inverse: u64,
    most: u64,
}

impl Decimals {
    pub fn new(scale: i32) -> Self {
        let five = if (0..=22).contains(&scale) { 5u64.pow(scale as u32) } else { 1 };
        let mut inverse = five;
        for _ in 0..5 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(five.wrapping_mul(inverse)));
        }
        Decimals { exponent: -scale, inverse, most: u64::MAX / five }
    }

    #[inline]
    pub fn number(&self, words: &[u64]) -> (f64, Option<Wide>) {
        let mantissa = I256::of_words(words);
        if mantissa == I256::new(mantissa.low as i64 as i128) {
            return self.narrow(mantissa.low as i64);
        }
        self.wide(mantissa)
    }

    #[inline]
    pub fn narrow(&self, mantissa: i64) -> (f64, Option<Wide>) {
        let magnitude = mantissa.unsigned_abs();
        if magnitude > 1 << 53 || !(-22..=0).contains(&self.exponent) {
            return self.wide(I256::new(mantissa as i128));
        }
        // both are exact in float64, so one division rounds correctly
        let nearest = mantissa as f64 / POWERS[-self.exponent as usize];
        if magnitude.wrapping_mul(self.inverse) <= self.most {
            return (nearest, None);
        }
        let (mut stripped, mut exponent) = (mantissa, self.exponent);
        while stripped % 2 == 0 && stripped % 10 == 0 {
            stripped /= 10;
            exponent += 1;
        }
        (nearest, Some(Wide { mantissa: I256::new(stripped as i128), exponent: Some(exponent) }))
    }

    #[cold]
    fn wide(&self, mantissa: I256) -> (f64, Option<Wide>) {
        let magnitude = mantissa.magnitude();
        if magnitude == [0; 4] {
            return (0.0, None);
        }
        let nearest = nearest_float(mantissa, self.exponent);
        if is_exact(magnitude, self.exponent) {
            return (nearest, None);
        }
        (nearest, Some(stripped(mantissa, self.exponent)))
    }
}

/// Whether float64 holds magnitude * 10**exponent, which is not 0.
fn is_exact(mut magnitude: [u64; 4], exponent: i32) -> bool {
    let mut fives = 1;
    if exponent < 0 {
        for _ in 0..exponent.unsigned_abs() {
            let (quotient, rest) = divided(magnitude, 5);
            if rest != 0 {
                return false;
            }
            magnitude = quotient;
        }
    } else if exponent > 22 {
        return false;
    } else {
        fives = 5u64.pow(exponent as u32);
    }
    let odd = big(magnitude) * fives;
    odd.bits() - odd.trailing_zeros().unwrap_or(0) <= 53
}

fn stripped(mantissa: I256, mut exponent: i32) -> Wide {
    let mut magnitude = mantissa.magnitude();
    loop {
        let (quotient, rest) = divided(magnitude, 10);
        if rest != 0 {
            break;
        }
        magnitude = quotient;
        exponent += 1;
    }
    Wide { mantissa: I256::of_magnitude(magnitude, mantissa.is_negative()), exponent: Some(exponent) }
}

#[cold]
fn wide_integer(exact: i128) -> Wide {
    stripped(I256::new(exact), 0)
}

pub fn half_to_float(half: u16) -> f64 {
    let (sign, exponent, fraction) = ((half >> 15) as u64, (half >> 10) as i32 & 0x1F, (half & 0x3FF) as f64);
    let magnitude = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    };
    f64::from_bits(magnitude.to_bits() | sign << 63)
}

/// Some rows of a column: their hashes, and what the summaries need besides. Buffers are reused.
#[derive(Default)]
pub struct Reading {
    /// One a row; of null where there is none.
    pub hashes: Vec<u128>,
    /// Numbers: the nearest float64, 0.0 under a null.
    pub floats: Vec<f64>,
    /// Times: nanoseconds or days, 0 under a null and where 64 bits do not hold them.
    pub instants: Vec<i64>,
    /// By ascending row.
    pub wides: Vec<(u32, Wide)>,
    pub nulls: usize,
}

impl Reading {
    #[inline]
    pub fn wide(&self, row: usize) -> Option<Wide> {
        if self.wides.is_empty() {
            return None;
        }
        self.wides.binary_search_by_key(&(row as u32), |(at, _)| *at).ok().map(|place| self.wides[place].1)
    }

    pub fn read(&mut self, column: &Column, start: usize, length: usize, hasher: &Hasher) {
        self.wides.clear();
        self.hashes.clear();
        let present = column.present(start, length);
        self.nulls = match present {
            _ if column.kind == Kind::Null => length,
            None => 0,
            Some(present) => present.iter().map(|&p| (p == 0) as usize).sum(),
        };
        match column.kind {
            Kind::Null | Kind::Unsupported => self.hashes.resize(length, hasher.null),
            Kind::Integer | Kind::Float | Kind::Decimal => self.read_numbers(column, start, length, present, hasher),
            Kind::Date | Kind::Time | Kind::Timestamp | Kind::Duration => {
                self.read_times(column, start, length, present, hasher)
            }
            _ => {
                hash_others(column, start, length, hasher, &mut self.hashes);
                self.hide_nulls(present, hasher);
            }
        }
    }

    fn hide_nulls(&mut self, present: Option<&[u8]>, hasher: &Hasher) {
        if let Some(present) = present.filter(|_| self.nulls > 0) {
            for (hash, &here) in self.hashes.iter_mut().zip(present) {
                *hash = if here != 0 { *hash } else { hasher.null };
            }
        }
    }

    fn read_numbers(
        &mut self,
        column: &Column,
        start: usize,
        length: usize,
        present: Option<&[u8]>,
        hasher: &Hasher,
    ) {
        self.floats.clear();
        let rows = start..start + length;
        macro_rules! narrow {
            ($values:expr) => {
                self.floats.extend($values[rows].iter().map(|&v| v as f64))
            };
        }
        macro_rules! long {
            ($values:expr) => {{
                let values = &$values[rows];
                self.floats.extend(values.iter().map(|&v| v as f64));
                // a cheap test of all first: few columns hold any
                if values.iter().any(|&v| v as i128 > 1 << 53 || (v as i128) < -(1 << 53)) {
                    for (row, &v) in values.iter().enumerate() {
                        if self.floats[row] as i128 != v as i128 && present.is_none_or(|p| p[row] != 0) {
                            self.wides.push((row as u32, wide_integer(v as i128)));
                        }
                    }
                }
            }};
        }
        match &column.values {
            Values::I8(v) => narrow!(v),
            Values::I16(v) => narrow!(v),
            Values::I32(v) => narrow!(v),
            Values::U8(v) => narrow!(v),
            Values::U16(v) => narrow!(v),
            Values::U32(v) => narrow!(v),
            Values::I64(v) => long!(v),
            Values::U64(v) => long!(v),
            Values::F16(v) => self.floats.extend(v[rows].iter().map(|&v| half_to_float(v) + 0.0)),
            Values::F32(v) => self.floats.extend(v[rows].iter().map(|&v| v as f64 + 0.0)),
            Values::F64(v) => self.floats.extend(v[rows].iter().map(|&v| v + 0.0)),
            Values::Words(v, width) => {
                let decimals = Decimals::new(column.scale);
                let (words, seed) = (hasher.number, hasher.seed(Domain::Decimal));
                for (row, mantissa) in v[start * width..(start + length) * width].chunks_exact(*width).enumerate() {
                    if present.is_some_and(|p| p[row] == 0) {
                        self.floats.push(0.0);
                        self.hashes.push(hasher.null);
                        continue;
                    }
                    let (nearest, wide) = decimals.number(mantissa);
                    self.floats.push(nearest);
                    match wide {
                        None => self.hashes.push(words.hash(nearest.to_bits())),
                        Some(wide) => {
                            self.hashes.push(wide.hash(seed));
                            self.wides.push((row as u32, wide));
                        }
                    }
                }
                return;
            }
            _ => self.floats.resize(length, 0.0),
        }
        if let Some(present) = present.filter(|_| self.nulls > 0) {
            for (value, &here) in self.floats.iter_mut().zip(present) {
                *value = if here != 0 { *value } else { 0.0 };
            }
        }
        let (words, nan) = (hasher.number, hasher.nan);
        self.hashes.extend(self.floats.iter().map(|value| words.hash(value.to_bits())));
        if column.kind == Kind::Float && self.floats.iter().any(|value| value.is_nan()) {
            for (hash, value) in self.hashes.iter_mut().zip(&self.floats) {
                *hash = if value.is_nan() { nan } else { *hash };
            }
        }
        for (row, wide) in &self.wides {
            self.hashes[*row as usize] = wide.hash(hasher.seed(Domain::Decimal));
        }
        self.hide_nulls(present, hasher);
    }

    fn read_times(&mut self, column: &Column, start: usize, length: usize, present: Option<&[u8]>, hasher: &Hasher) {
        self.instants.clear();
        let Values::Ticks(ticks) = &column.values else { return self.hashes.resize(length, hasher.null) };
        let ticks = &ticks[start..start + length];
        if column.unit == 1 {
            self.instants.extend_from_slice(ticks);
        } else {
            let limit = i64::MAX / column.unit;
            self.instants.extend(ticks.iter().map(|&t| t.wrapping_mul(column.unit)));
            if ticks.iter().any(|&t| t > limit || t < -limit) {
                for (row, &tick) in ticks.iter().enumerate() {
                    if (tick > limit || tick < -limit) && present.is_none_or(|p| p[row] != 0) {
                        self.instants[row] = 0;
                        self.wides.push((row as u32, Wide::instant(tick as i128 * column.unit as i128)));
                    }
                }
            }
        }
        if let Some(present) = present.filter(|_| self.nulls > 0) {
            for (value, &here) in self.instants.iter_mut().zip(present) {
                *value = if here != 0 { *value } else { 0 };
            }
        }
        let domain = time_domain(column);
        let words = hasher.words(domain);
        self.hashes.extend(self.instants.iter().map(|&value| words.hash(value as u64)));
        for (row, wide) in &self.wides {
            self.hashes[*row as usize] = hash_instant(wide, hasher.seed(domain));
        }
        self.hide_nulls(present, hasher);
    }
}

fn hash_instant(wide: &Wide, seed: u64) -> u128 {
    let exact = wide.mantissa.narrow();
    xxh3::hash_pair(exact as u64, (exact >> 64) as u64, seed)
}

fn time_domain(column: &Column) -> Domain {
    match column.kind {
        Kind::Date => Domain::Date,
        Kind::Time => Domain::Time,
        Kind::Duration => Domain::Duration,
        _ if column.zoned => Domain::TimestampZoned,
        _ => Domain::Timestamp,
    }
}

/// Hashes of some rows, nulls included.
pub fn hash_rows(column: &Column, start: usize, length: usize, hasher: &Hasher) -> Vec<u128> {
    let mut reading = Reading::default();
    reading.read(column, start, length, hasher);
    reading.hashes
}

fn hash_others(column: &Column, start: usize, length: usize, hasher: &Hasher, out: &mut Vec<u128>) {
    match (&column.values, column.kind) {
        (Values::Bool(values), _) => {
            let [no, yes] = hasher.boolean;
            out.extend(values[start..start + length].iter().map(|&v| if v != 0 { yes } else { no }));
        }
        (Values::Bytes(data), Kind::Text | Kind::Binary) => {
            let seed = hasher.seed(if column.kind == Kind::Text { Domain::Text } else { Domain::Binary });
            let Some(offsets) = &column.offsets else { return out.resize(length, hasher.null) };
            let present = column.present(start, length);
            let text = |(first, last): (i64, i64)| xxh3::hash(&data[first as usize..last as usize], seed);
            match present {
                None if offsets.stops.is_none() => {
                    let pairs = offsets.starts[start..start + length + 1].windows(2);
                    out.extend(pairs.map(|pair| text((pair[0], pair[1]))));
                }
                None => out.extend((start..start + length).map(|row| text(offsets.of(row)))),
                Some(present) => out.extend(present.iter().enumerate().map(|(row, &here)| match here {
                    0 => hasher.null,
                    _ => text(offsets.of(start + row)),
                })),
            }
        }
        (Values::Interval(values), _) => {
            let seed = hasher.seed(Domain::Interval);
            out.extend(values[3 * start..3 * (start + length)].chunks_exact(3).map(|fields| {
                let first = fields[0] as u32 as u64 | (fields[1] as u32 as u64) << 32;
                xxh3::hash_pair(first, fields[2] as u64, seed)
            }));
        }
        (_, Kind::List | Kind::Map) => hash_lists(column, start, length, hasher, out),
        (_, Kind::Struct) => {
            let seed = hasher.seed(Domain::Struct);
            let names: Vec<u128> =
                column.names.iter().map(|name| xxh3::hash(name, hasher.seed(Domain::Column))).collect();
            let children: Vec<Vec<u128>> =
                column.children.iter().map(|child| hash_rows(child, start, length, hasher)).collect();
            let mut bytes = Vec::with_capacity(32 * names.len());
            for row in 0..length {
                bytes.clear();
                for (name, child) in names.iter().zip(&children) {
                    bytes.extend_from_slice(&name.to_le_bytes());
                    bytes.extend_from_slice(&child[row].to_le_bytes());
                }
                out.push(xxh3::hash(&bytes, seed));
            }
        }
        _ => out.resize(length, hasher.null),
    }
}

fn hash_lists(column: &Column, start: usize, length: usize, hasher: &Hasher, out: &mut Vec<u128>) {
    let seed = hasher.seed(if column.kind == Kind::List { Domain::List } else { Domain::Map });
    let Some(offsets) = &column.offsets else { return out.resize(length, hasher.null) };
    let mut ends = Vec::with_capacity(length);
    for row in start..start + length {
        ends.push(match column.is_present(row) {
            true => {
                let (first, last) = offsets.of(row);
                (first as usize, last as usize)
            }
            false => (0, 0),
        });
    }
    let used = || ends.iter().filter(|(first, last)| first < last);
    let first = used().map(|(first, _)| *first).min().unwrap_or(0);
    let last = used().map(|(_, last)| *last).max().unwrap_or(0);
    let items = hash_rows(&column.children[0], first, last - first, hasher);
    let mut bytes = Vec::new();
    for (start, stop) in ends {
        bytes.clear();
        if start < stop {
            bytes.extend(items[start - first..stop - first].iter().flat_map(|item| item.to_le_bytes()));
        }
        out.push(xxh3::hash(&bytes, seed));
    }
}

/// The canonical cell of one row.
pub fn cell_at(column: &Column, row: usize, hasher: &Hasher) -> Cell {
    if !column.is_present(row) {
        return Cell::Null;
    }
    match column.kind {
        Kind::Text | Kind::Binary => {
            let bytes = column.bytes(row);
            if bytes.len() <= LONG_TEXT {
                return Cell::Text(bytes.into());
            }
            let domain = if column.kind == Kind::Text { Domain::Text } else { Domain::Binary };
            Cell::long(bytes, xxh3::hash(bytes, hasher.seed(domain)))
        }
        Kind::Boolean => match &column.values {
            Values::Bool(values) => Cell::Int((values[row] != 0) as i64),
            _ => Cell::Null,
        },
        _ => {
            let mut reading = Reading::default();
            reading.read(column, row, 1, hasher);
            reading_cell(&reading, column.kind, 0)
        }
    }
}

/// The canonical cell of one present row of a reading, of anything but texts and booleans.
#[inline]
pub fn reading_cell(reading: &Reading, kind: Kind, row: usize) -> Cell {
    if let Some(wide) = reading.wide(row) {
        return Cell::Wide(Box::new(wide));
    }
    if kind.is_number() {
        let value = reading.floats[row];
        return if value.is_nan() { Cell::Nan } else { Cell::Float(value) };
    }
    if kind.is_time() {
        return Cell::Int(reading.instants[row]);
    }
    Cell::hashed(reading.hashes[row])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_or_wide() {
        let number = |mantissa: i64, scale| Decimals::new(scale).narrow(mantissa);
        assert_eq!(number(50, 2), (0.5, None));
        assert_eq!(number(0, 400), (0.0, None));
        let (nearest, wide) = number(-10, 2);
        assert_eq!((nearest, wide.unwrap().exponent), (-0.1, Some(-1)));
        assert!(wide.unwrap().cmp_float(-0.1).is_gt());
        assert_eq!(number(1, -22), (1e22, None));
        assert!(number(1, -23).1.is_some());
        assert_eq!(number(i64::MIN, 0), (-(2f64.powi(63)), None));
        assert_eq!(number(1, -400).0, f64::INFINITY);
    }

    #[test]
    fn halves_are_read_exactly() {
        for (bits, value) in [(0x3C00, 1.0), (0xC000, -2.0), (0x0001, 2f64.powi(-24)), (0x7BFF, 65504.0)] {
            assert_eq!(half_to_float(bits), value);
        }
        assert!(half_to_float(0x7C00).is_infinite() && half_to_float(0xFE00).is_nan());
        assert_eq!(half_to_float(0x8000).to_bits(), (-0.0f64).to_bits());
    }

    #[test]
    fn magnitudes_survive_the_sign() {
        for value in [0, 1, -1, i128::MIN, i128::MAX] {
            let wide = I256::new(value);
            assert_eq!(I256::of_magnitude(wide.magnitude(), value < 0), wide);
        }
        let least = I256 { high: i128::MIN, low: 0 };
        assert_eq!(I256::of_magnitude(least.magnitude(), true), least);
    }
}
