//! Which rows differ, from two small summaries: invertible tables, signed counters and buckets of keys.

use crate::canonical::{Domain, Hasher, Reading};
use crate::columns::{Column, Kind};
use crate::encoding::{zigzag, Writer};
use crate::xxh3::{self, Words};

const FIELD: u64 = (1 << 61) - 1;
const CHECKS: u32 = (1 << 31) - 1;
const IDS: u64 = (1 << 60) - 1;
const ROW_CELLS: usize = 4 * 682;
const KEY_CELLS: usize = 4 * 512;
const LEVEL_CELLS: usize = 4 * 64;
const LEVELS: usize = 12;
const BUCKETS: usize = 4096;
const MOST_MARKED: usize = 64;
/// Marks are added so many at a time.
pub const LANE: usize = 8;

#[derive(Clone, Copy, Default, PartialEq)]
struct Cell {
    count: u32,
    check: u32,
    key: u64,
    row: u64,
}

impl Cell {
    #[inline(always)]
    fn add(&mut self, other: Cell) {
        self.count = self.count.wrapping_add(other.count);
        self.check = reduced(self.check as u64 + other.check as u64, CHECKS as u64) as u32;
        self.key = reduced(self.key + other.key, FIELD);
        self.row = reduced(self.row + other.row, FIELD);
    }
}

/// A sum of two numbers below the modulus, without a branch.
#[inline(always)]
fn reduced(sum: u64, modulus: u64) -> u64 {
    sum.min(sum.wrapping_sub(modulus))
}

/// A number of 64 bits modulo 2^bits - 1, bits at least 33.
#[inline(always)]
fn folded(value: u64, bits: u32) -> u64 {
    let modulus = (1 << bits) - 1;
    reduced((value & modulus) + (value >> bits), modulus)
}

struct Table {
    cells: Vec<Cell>,
    /// By cell, then by column, padded to whole lanes: sums of 16 bits of the cells' hashes.
    marks: Vec<[u16; LANE]>,
    columns: usize,
    lanes: usize,
    with_rows: bool,
}

impl Table {
    fn new(cells: usize, columns: usize, with_rows: bool) -> Self {
        let lanes = columns.div_ceil(LANE);
        Table { cells: vec![Cell::default(); cells], marks: vec![[0; LANE]; cells * lanes], columns, lanes, with_rows }
    }

    #[inline(always)]
    fn add(&mut self, element: u128, key: u64, row: u64, marks: &[[u16; LANE]]) {
        let (high, low) = ((element >> 64) as u64, element as u64);
        let check = (high.wrapping_add(low).wrapping_mul(0x9E3779B97F4A7C15) >> 33) as u32;
        let own = Cell { count: 1, check: if check == CHECKS { 0 } else { check }, key, row };
        let quarter = self.cells.len() / 4;
        for (i, word) in [high >> 32, high & 0xFFFFFFFF, low >> 32, low & 0xFFFFFFFF].into_iter().enumerate() {
            let place = i * quarter + ((word * quarter as u64) >> 32) as usize;
            self.cells[place].add(own);
            let sums = &mut self.marks[place * marks.len()..(place + 1) * marks.len()];
            for (sums, marks) in sums.iter_mut().zip(marks) {
                sums.iter_mut().zip(marks).for_each(|(sum, &mark)| *sum = sum.wrapping_add(mark));
            }
        }
    }

    fn merge(&mut self, other: &Table) {
        self.cells.iter_mut().zip(&other.cells).for_each(|(own, more)| own.add(*more));
        let marks = self.marks.iter_mut().flatten().zip(other.marks.iter().flatten());
        marks.for_each(|(own, more)| *own = own.wrapping_add(*more));
    }

    fn encode(&self, out: &mut Writer) {
        let marks = |place: usize| &self.marks.as_flattened()[place * self.lanes * LANE..][..self.columns];
        let used: Vec<bool> = (0..self.cells.len())
            .map(|place| self.cells[place] != Cell::default() || marks(place).iter().any(|&mark| mark != 0))
            .collect();
        write_used(out, &used);
        let each = || (0..used.len()).filter(|&place| used[place]);
        each().for_each(|place| out.raw(&self.cells[place].count.to_le_bytes()));
        each().for_each(|place| out.raw(&self.cells[place].key.to_le_bytes()));
        if self.with_rows {
            each().for_each(|place| out.raw(&self.cells[place].row.to_le_bytes()));
        }
        each().for_each(|place| out.raw(&self.cells[place].check.to_le_bytes()));
        each().for_each(|place| marks(place).iter().for_each(|mark| out.raw(&mark.to_le_bytes())));
    }
}

fn write_used(out: &mut Writer, used: &[bool]) {
    for byte in used.chunks(8) {
        out.bytes.push(byte.iter().enumerate().fold(0, |bits, (i, &one)| bits | (one as u8) << i));
    }
}

/// What travels beside the sample about which rows there are.
pub struct Reconciliation {
    rows: Table,
    keys: Option<Table>,
    row_signs: Vec<i64>,
    key_signs: Vec<i64>,
    bucket_rows: Vec<u64>,
    bucket_sums: Vec<u32>,
    levels: Vec<Table>,
    element_seed: u64,
    key_words: Words,
    by_value: bool,
}

impl Reconciliation {
    /// `columns`: how many are kept.
    pub fn new(columns: usize, keyed: bool, by_value: bool, hasher: &Hasher) -> Self {
        let marked = if columns <= MOST_MARKED { columns } else { 0 };
        Reconciliation {
            rows: Table::new(ROW_CELLS, marked, true),
            keys: keyed.then(|| Table::new(KEY_CELLS, 0, false)),
            row_signs: vec![0; BUCKETS],
            key_signs: vec![0; BUCKETS],
            bucket_rows: vec![0; BUCKETS],
            bucket_sums: vec![0; BUCKETS],
            levels: (0..LEVELS).map(|_| Table::new(LEVEL_CELLS, 0, true)).collect(),
            element_seed: hasher.seed(Domain::Element),
            key_words: hasher.words(Domain::KeyElement),
            by_value,
        }
    }

    /// Whether keys may travel as values.
    pub fn by_value(&self) -> bool {
        self.by_value
    }

    /// How many lanes of marks a row has.
    pub fn lanes(&self) -> usize {
        self.rows.lanes
    }

    /// owners: the hashes of the keys, of the rows without a key. plain: the keys as values, empty where all are ids.
    pub fn add(&mut self, owners: &[u128], rows: &[u128], marks: &[[u16; LANE]], plain: &[i64]) {
        let lanes = self.rows.lanes;
        for (i, (&owner, &row)) in owners.iter().zip(rows).enumerate() {
            let key = match plain.get(i) {
                Some(&value) if value != NO_VALUE => 2 * zigzag(value),
                _ => folded((owner >> 64) as u64, 60) * 2 + 1,
            };
            let content = folded(row as u64, 61);
            let element = xxh3::hash_pair(key, content, self.element_seed);
            self.rows.add(element, key, content, &marks[i * lanes..(i + 1) * lanes]);
            count(&mut self.row_signs, element);
            if let Some(keys) = &mut self.keys {
                let own = self.key_words.hash(key);
                keys.add(own, key, 0, &[]);
                count(&mut self.key_signs, own);
            }
            let bucket = (owner >> 116) as usize;
            self.bucket_rows[bucket] += 1;
            self.bucket_sums[bucket] = self.bucket_sums[bucket].wrapping_add(row as u32);
            let levels = ((owner as u64).trailing_zeros() as usize / 2).min(LEVELS);
            self.levels[..levels].iter_mut().for_each(|level| level.add(element, key, content, &[]));
        }
    }

    pub fn merge(&mut self, other: &Reconciliation) {
        self.rows.merge(&other.rows);
        if let (Some(own), Some(more)) = (&mut self.keys, &other.keys) {
            own.merge(more);
        }
        self.row_signs.iter_mut().zip(&other.row_signs).for_each(|(own, more)| *own += more);
        self.key_signs.iter_mut().zip(&other.key_signs).for_each(|(own, more)| *own += more);
        self.bucket_rows.iter_mut().zip(&other.bucket_rows).for_each(|(own, more)| *own += more);
        self.bucket_sums.iter_mut().zip(&other.bucket_sums).for_each(|(own, more)| *own = own.wrapping_add(*more));
        self.levels.iter_mut().zip(&other.levels).for_each(|(own, more)| own.merge(more));
    }

    pub fn encode(&self, out: &mut Writer) {
        out.varint(1);
        out.varint(self.by_value as u64);
        out.varint(self.rows.columns as u64);
        self.rows.encode(out);
        if let Some(keys) = &self.keys {
            keys.encode(out);
        }
        let signs = [&self.row_signs, &self.key_signs];
        for signs in &signs[..1 + self.keys.is_some() as usize] {
            write_used(out, &signs.iter().map(|&sign| sign != 0).collect::<Vec<_>>());
            signs.iter().filter(|&&sign| sign != 0).for_each(|&sign| out.zigzag(sign));
        }
        write_used(out, &self.bucket_rows.iter().map(|&rows| rows != 0).collect::<Vec<_>>());
        let used = || (0..BUCKETS).filter(|&bucket| self.bucket_rows[bucket] != 0);
        used().for_each(|bucket| out.varint(self.bucket_rows[bucket]));
        used().for_each(|bucket| out.raw(&self.bucket_sums[bucket].to_le_bytes()));
        self.levels.iter().for_each(|level| level.encode(out));
    }
}

#[inline(always)]
fn count(signs: &mut [i64], element: u128) {
    signs[(element >> 116) as usize] += 2 * (element & 1) as i64 - 1;
}

const _: () = assert!(IDS == (1 << 60) - 1 && 2 * (IDS - 1) + 1 < FIELD);

/// Stands for a key that travels as an id.
pub const NO_VALUE: i64 = i64::MIN;

/// Keys that are whole numbers or times as integers, `NO_VALUE` for others; of rows that were read.
pub fn plain_keys(column: &Column, reading: &Reading, start: usize, length: usize, out: &mut Vec<i64>) {
    const MOST: f64 = 9007199254740992.0; // 2^53
    let present = column.present(start, length);
    let here = |row: usize| present.is_none_or(|present| present[row] != 0) && !reading.is_wide(row);
    out.extend((0..length).map(|row| match column.kind {
        Kind::Integer | Kind::Float | Kind::Decimal => {
            let value = reading.floats[row];
            let plain = value.abs() <= MOST && value == value as i64 as f64 && here(row);
            if plain {
                value as i64
            } else {
                NO_VALUE
            }
        }
        Kind::Date => {
            let days = reading.instants[row];
            if days.unsigned_abs() <= 1 << 53 && here(row) {
                days
            } else {
                NO_VALUE
            }
        }
        Kind::Time | Kind::Timestamp => {
            let ticks = reading.instants[row];
            if ticks % 1000 == 0 && here(row) {
                ticks / 1000
            } else {
                NO_VALUE
            }
        }
        _ => NO_VALUE,
    }));
}
