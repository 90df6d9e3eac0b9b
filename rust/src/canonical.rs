//! Canonical values and their hashes: when two cells are the same, whatever type, engine or layout they came in.

use crate::cells::Cell;
use crate::columns::{Column, Kind, Values, SMALL_CODES};
use crate::numbers::{half_to_float, wide_integer, Decimals, Wide, PLAIN};
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
    Element = 20,
    KeyElement = 21,
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

/// Some rows of a column: their hashes, and what the summaries need besides. Buffers are reused.
#[derive(Default)]
pub struct Reading {
    /// One a row; of null where there is none.
    pub hashes: Vec<u128>,
    /// Numbers: the nearest float64, 0.0 under a null.
    pub floats: Vec<f64>,
    /// Times: nanoseconds or days, 0 under a null and where 64 bits do not hold them.
    pub instants: Vec<i64>,
    /// Integers and times that are wide, by ascending row.
    pub wides: Vec<(u32, Wide)>,
    /// Decimals: the exponent of a wide number, `PLAIN` where float64 holds it; there are many, so no more is kept.
    pub exponents: Vec<i32>,
    pub nulls: usize,
    /// The place of each cell in the value table of its column, `NO_PLACE` of a null. Empty where that is not complete.
    pub places: Vec<u16>,
}

/// In place of a place in a value table: there is no cell.
pub const NO_PLACE: u16 = u16::MAX;

impl Reading {
    #[inline]
    pub fn wide(&self, row: usize) -> Option<Wide> {
        if self.wides.is_empty() {
            return None;
        }
        self.wides.binary_search_by_key(&(row as u32), |(at, _)| *at).ok().map(|place| self.wides[place].1)
    }

    /// Whether a number or time is not held by its float or its 64 bits.
    #[inline]
    pub fn is_wide(&self, row: usize) -> bool {
        self.wide(row).is_some() || self.exponents.get(row).is_some_and(|&exponent| exponent != PLAIN)
    }

    pub fn read(&mut self, column: &Column, start: usize, length: usize, hasher: &Hasher) {
        self.wides.clear();
        self.exponents.clear();
        self.hashes.clear();
        self.places.clear();
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

    fn read_numbers(&mut self, column: &Column, start: usize, length: usize, present: Option<&[u8]>, hasher: &Hasher) {
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
                        self.exponents.push(PLAIN);
                        self.hashes.push(hasher.null);
                        continue;
                    }
                    let (nearest, exponent, hash) = decimals.read(mantissa, &words, seed);
                    self.floats.push(nearest);
                    self.exponents.push(exponent);
                    self.hashes.push(hash);
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
        if let (Kind::Float, [exact]) = (column.kind, &column.children[..]) {
            self.read_exact(exact, start, length);
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

    /// The numbers among floats that float64 does not hold.
    fn read_exact(&mut self, exact: &Column, start: usize, length: usize) {
        let Values::Words(words, width) = &exact.values else { return };
        let decimals = Decimals::new(exact.scale);
        for row in (0..length).filter(|row| exact.is_present(start + row)) {
            let at = (start + row) * width;
            let (nearest, wide) = decimals.number(&words[at..at + width]);
            self.floats[row] = nearest;
            self.wides.extend(wide.map(|wide| (row as u32, wide)));
        }
    }

    fn read_times(&mut self, column: &Column, start: usize, length: usize, present: Option<&[u8]>, hasher: &Hasher) {
        self.instants.clear();
        let Values::Ticks(ticks) = &column.values else {
            return self.hashes.resize(length, hasher.null);
        };
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
            let Some(offsets) = &column.offsets else {
                return out.resize(length, hasher.null);
            };
            let present = column.present(start, length);
            let text = |(first, last): (i64, i64)| xxh3::hash(&data[first as usize..last as usize], seed);
            if let Some(codes) = column.small_codes(start, length) {
                return hash_coded(codes, present, hasher, |row| text(offsets.of(start + row)), out);
            }
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
            let fields = column.fields();
            let names: Vec<u128> =
                fields.iter().map(|(name, _)| xxh3::hash(name, hasher.seed(Domain::Column))).collect();
            let children: Vec<Vec<u128>> =
                fields.iter().map(|(_, child)| hash_rows(child, start, length, hasher)).collect();
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

/// One hash for each code that occurs.
fn hash_coded(
    codes: &[usize],
    present: Option<&[u8]>,
    hasher: &Hasher,
    hash: impl Fn(usize) -> u128,
    out: &mut Vec<u128>,
) {
    let mut known = [None; SMALL_CODES];
    out.extend(codes.iter().enumerate().map(|(row, &code)| match present {
        Some(present) if present[row] == 0 => hasher.null,
        _ => *known[code].get_or_insert_with(|| hash(row)),
    }));
}

fn hash_lists(column: &Column, start: usize, length: usize, hasher: &Hasher, out: &mut Vec<u128>) {
    let seed = hasher.seed(if column.kind == Kind::List { Domain::List } else { Domain::Map });
    let Some(offsets) = &column.offsets else {
        return out.resize(length, hasher.null);
    };
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
    if !column.is_present(row) || column.kind == Kind::Unsupported {
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
        _ => plain_cell(column, row).unwrap_or_else(|| {
            let mut reading = Reading::default();
            reading.read(column, row, 1, hasher);
            reading_cell(&reading, column, row, 0)
        }),
    }
}

/// The cell of a present number or time of the common layouts, without the buffers of a reading; None of the others.
fn plain_cell(column: &Column, row: usize) -> Option<Cell> {
    match (&column.values, column.kind) {
        (Values::I32(values), Kind::Integer) => Some(Cell::Float(values[row] as f64)),
        (Values::I64(values), Kind::Integer) => {
            let value = values[row];
            (value.unsigned_abs() <= 1 << 53).then_some(Cell::Float(value as f64))
        }
        (Values::F64(values), Kind::Float) if column.children.is_empty() => {
            let value = values[row] + 0.0; // no -0.0
            Some(if value.is_nan() { Cell::Nan } else { Cell::Float(value) })
        }
        (Values::Words(words, width), Kind::Decimal) => {
            let (nearest, wide) = Decimals::new(column.scale).number(&words[row * width..(row + 1) * width]);
            Some(wide.map_or(Cell::Float(nearest), |wide| Cell::Wide(Box::new(wide))))
        }
        (Values::Ticks(ticks), kind) if kind.is_time() => {
            let held = ticks[row].unsigned_abs() <= (i64::MAX / column.unit) as u64;
            held.then(|| Cell::Int(ticks[row] * column.unit))
        }
        _ => None,
    }
}

/// The canonical cell of one present row of a reading, of anything but texts and booleans.
#[inline]
pub fn reading_cell(reading: &Reading, column: &Column, start: usize, row: usize) -> Cell {
    let kind = column.kind;
    if let Some(wide) = reading.wide(row) {
        return Cell::Wide(Box::new(wide));
    }
    if let (Values::Words(words, width), true) = (&column.values, kind == Kind::Decimal) {
        let at = (start + row) * width;
        if let (_, Some(wide)) = Decimals::new(column.scale).number(&words[at..at + width]) {
            return Cell::Wide(Box::new(wide));
        }
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
