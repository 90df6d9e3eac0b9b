//! Summaries of whole rows: the multiset, the order, the partitions, and a sample by key.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher as StdHasher};

use crate::canonical::{cell_at, hash_rows, Domain, Hasher};
use crate::cells::{self, Cell};
use crate::columns::{Batch, Column, Kind, Values};
use crate::encoding::Writer;
use crate::xxh3;

pub const BASE: u128 = 0x9E3779B97F4A7C15F39CC0605CEDC835; // odd; the golden ratio's bits
/// BASE * INVERSE = 1 modulo 2^128, by Newton's iteration, which doubles the bits that are right: three at first.
const INVERSE: u128 = {
    let (mut inverse, mut right) = (BASE, 3);
    while right < 128 {
        inverse = inverse.wrapping_mul(2u128.wrapping_sub(BASE.wrapping_mul(inverse)));
        right *= 2;
    }
    inverse
};
const ROWS_PER_KEY: usize = 8;
const MOST_PARTITIONS: usize = 4096;

/// Keys are hashes already.
#[derive(Default)]
pub struct Ready(u64);

impl StdHasher for Ready {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // a hash of 128 bits gives itself as native bytes; other inputs do not occur
        for word in bytes.chunks_exact(8) {
            self.0 ^= u64::from_ne_bytes(word.try_into().expect("eight bytes"));
        }
    }

    fn write_u128(&mut self, value: u128) {
        self.0 = value as u64;
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value.wrapping_mul(0x9E3779B97F4A7C15);
    }
}

pub type ByHash<T> = HashMap<u128, T, BuildHasherDefault<Ready>>;

/// From sums over columns to hashes of rows.
pub fn finish_rows(sums: &mut [u128], hasher: &Hasher) {
    let seed = hasher.seed(Domain::Row);
    for sum in sums {
        *sum = xxh3::hash_pair(*sum as u64, (*sum >> 64) as u64, seed);
    }
}

/// The hash of every row's key. A key of one column has the hash of its cell.
pub fn key_hashes(columns: &[&Column], start: usize, length: usize, hasher: &Hasher) -> Vec<u128> {
    let mut hashes: Vec<Vec<u128>> = columns.iter().map(|column| hash_rows(column, start, length, hasher)).collect();
    if hashes.len() == 1 {
        return hashes.remove(0);
    }
    let seed = hasher.seed(Domain::Key);
    let mut bytes = Vec::with_capacity(16 * hashes.len());
    (0..length)
        .map(|row| {
            bytes.clear();
            hashes.iter().for_each(|column| bytes.extend_from_slice(&column[row].to_le_bytes()));
            xxh3::hash(&bytes, seed)
        })
        .collect()
}

/// A digest of the sequence of rows: sum of hash(row i) * base**(rows - 1 - i). What is added up is hash(row i) *
/// base**-(i + 1), so that rows may come in any order.
#[derive(Default)]
pub struct Order {
    rows: u64,
    digest: u128,
}

impl Order {
    /// Rows one after the other, before which there are `before` rows.
    pub fn add(&mut self, before: u64, hashes: &[u128]) {
        let rows = hashes.len() as u64;
        let own = hashes.iter().fold(0u128, |digest, hash| digest.wrapping_mul(BASE).wrapping_add(*hash));
        self.rows += rows;
        self.digest = self.digest.wrapping_add(own.wrapping_mul(power(INVERSE, before + rows)));
    }

    pub fn merge(&mut self, other: Order) {
        self.rows += other.rows;
        self.digest = self.digest.wrapping_add(other.digest);
    }

    pub fn encode(&self, out: &mut Writer) {
        out.varint(self.rows);
        out.u128(self.digest.wrapping_mul(power(BASE, self.rows)));
    }
}

fn power(mut factor: u128, mut exponent: u64) -> u128 {
    let mut power = 1u128;
    while exponent > 0 {
        if exponent & 1 == 1 {
            power = power.wrapping_mul(factor);
        }
        factor = factor.wrapping_mul(factor);
        exponent >>= 1;
    }
    power
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Value,
    Day,
    Month,
}

struct Part {
    cell: Cell,
    rows: u64,
    digest: u128,
}

/// Rows and row digest by value of the partition column.
pub struct Partitions {
    complete: bool,
    threshold: u128,
    entries: ByHash<Part>,
    months: Months,
}

impl Default for Partitions {
    fn default() -> Self {
        Partitions { complete: true, threshold: u128::MAX, entries: HashMap::default(), months: Months::default() }
    }
}

impl Partitions {
    pub fn add(&mut self, column: &Column, unit: Unit, start: usize, rows: &[u128], hasher: &Hasher) {
        let dates;
        let (column, start) = match unit {
            _ if column.kind == Kind::Null => (column, start),
            Unit::Value => (column, start),
            _ => {
                dates = first_days(column, unit, start, rows.len(), &mut self.months);
                (&dates, 0)
            }
        };
        let own = hash_rows(column, start, rows.len(), hasher);
        for (i, (&hash, &row)) in own.iter().zip(rows).enumerate() {
            if hash > self.threshold {
                continue;
            }
            if let Some(part) = self.entries.get_mut(&hash) {
                part.rows += 1;
                part.digest = part.digest.wrapping_add(row);
                continue;
            }
            self.entries.insert(hash, Part { cell: cell_at(column, start + i, hasher), rows: 1, digest: row });
            if self.entries.len() > 2 * MOST_PARTITIONS {
                self.prune();
            }
        }
    }

    fn prune(&mut self) {
        if self.entries.len() > MOST_PARTITIONS {
            self.complete = false;
            self.threshold = nth_smallest(self.entries.keys(), MOST_PARTITIONS);
            let threshold = self.threshold;
            self.entries.retain(|hash, _| *hash <= threshold);
        }
    }

    pub fn merge(&mut self, other: Partitions) {
        self.complete &= other.complete;
        for (hash, more) in other.entries {
            let part = self.entries.entry(hash).or_insert(Part { cell: more.cell, rows: 0, digest: 0 });
            part.rows += more.rows;
            part.digest = part.digest.wrapping_add(more.digest);
        }
    }

    pub fn encode(&mut self, out: &mut Writer) {
        self.prune();
        let mut entries: Vec<(&u128, &Part)> = self.entries.iter().collect();
        entries.sort_unstable_by_key(|(hash, _)| **hash);
        out.varint(self.complete as u64);
        let cells: Vec<&Cell> = entries.iter().map(|(_, part)| &part.cell).collect();
        cells::encode(out, &cells);
        for (hash, part) in entries {
            out.u128(*hash);
            out.varint(part.rows);
            out.u128(part.digest);
        }
    }
}

pub fn nth_smallest<'a>(hashes: impl Iterator<Item = &'a u128>, n: usize) -> u128 {
    let mut all: Vec<u128> = hashes.copied().collect();
    *all.select_nth_unstable(n - 1).1
}

/// The date on which the day or month of each time begins.
fn first_days<'a>(column: &'a Column, unit: Unit, start: usize, length: usize, months: &mut Months) -> Column<'a> {
    let mut dates = Column::new(Kind::Date, length);
    dates.valid = column.present(start, length).map(|present| present.into());
    let per_day = if column.kind == Kind::Date { 1 } else { 86_400_000_000_000 / column.unit };
    if let Values::Ticks(ticks) = &column.values {
        let days = ticks[start..start + length].iter().map(|tick| tick.div_euclid(per_day));
        dates.values = Values::Ticks(match unit {
            Unit::Month => days.map(|day| months.first(day)).collect(),
            _ => days.collect(),
        });
    }
    dates
}

/// Years since 1 March 0000, months since that March, and days of that month, in the proleptic Gregorian calendar.
fn civil(day: i64) -> (i128, i64, i64) {
    // the era of 400 years that begins on a 1st of March (Hinnant 2013, days from civil)
    let shifted = day as i128 + 719_468;
    // dividing 128 bits is slow, and days hardly ever need them
    let era =
        i64::try_from(shifted).map_or_else(|_| shifted.div_euclid(146_097), |days| days.div_euclid(146_097) as i128);
    let of_era = (shifted - era * 146_097) as i64;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    (era * 400 + year as i128, month, of_year - (153 * month + 2) / 5)
}

/// Days since 1970 of the first day of the month.
fn first_of_month(day: i64) -> i64 {
    day.wrapping_sub(civil(day).2)
}

/// The first days of months that were asked for lately, by day.
#[derive(Default)]
struct Months {
    known: Vec<(i64, i64)>,
}

impl Months {
    const KNOWN: u32 = 12;

    #[inline]
    fn first(&mut self, day: i64) -> i64 {
        if self.known.is_empty() {
            self.known = vec![(0, 0); 1 << Self::KNOWN];
        }
        let at = &mut self.known[((day as u64).wrapping_mul(0x9E3779B97F4A7C15) >> (64 - Self::KNOWN)) as usize];
        if at.0 != day {
            *at = (day, first_of_month(day));
        }
        at.1
    }
}

/// Months since January 1970.
pub fn month_of(day: i64) -> i64 {
    let (years, months, _) = civil(day);
    (years as i64) * 12 + months + 2 - 1970 * 12
}

struct SampledRow {
    hash: u128,
    count: u64,
    /// How many rows stand before the first of these.
    position: u64,
    cells: Box<[Cell]>,
}

#[derive(Default)]
struct SampledKey {
    rows: u64,
    /// By ascending hash.
    kept: Vec<SampledRow>,
}

impl SampledKey {
    fn add(&mut self, hash: u128, count: u64, position: u64, cells: impl FnOnce() -> Box<[Cell]>) {
        match self.kept.binary_search_by_key(&hash, |row| row.hash) {
            Ok(place) => {
                self.kept[place].count += count;
                self.kept[place].position = self.kept[place].position.min(position);
            }
            Err(place) if place < ROWS_PER_KEY => {
                self.kept.insert(place, SampledRow { hash, count, position, cells: cells() });
                self.kept.truncate(ROWS_PER_KEY);
            }
            Err(_) => {}
        }
    }
}

/// The rows of the keys with the smallest hashes.
pub struct Sample {
    limit: usize,
    complete: bool,
    threshold: u128,
    keys: ByHash<SampledKey>,
}

impl Sample {
    pub fn new(limit: usize) -> Self {
        Sample { limit, complete: true, threshold: u128::MAX, keys: HashMap::default() }
    }

    /// Rows of a batch from `start` on, the first of them at `position`; `columns` are those that are kept, by name.
    #[allow(clippy::too_many_arguments)]
    pub fn add(
        &mut self,
        keys: &[u128],
        rows: &[u128],
        batch: &Batch,
        columns: &[usize],
        start: usize,
        position: u64,
        hasher: &Hasher,
    ) {
        for (i, (&key, &row)) in keys.iter().zip(rows).enumerate() {
            if key > self.threshold {
                continue;
            }
            let own = self.keys.entry(key).or_default();
            own.rows += 1;
            own.add(row, 1, position + i as u64, || {
                columns.iter().map(|&at| cell_at(&batch.columns[at], start + i, hasher)).collect()
            });
            if self.keys.len() > 2 * self.limit {
                self.prune();
            }
        }
    }

    fn prune(&mut self) {
        if self.keys.len() > self.limit {
            self.complete = false;
            self.threshold = nth_smallest(self.keys.keys(), self.limit);
            let threshold = self.threshold;
            self.keys.retain(|hash, _| *hash <= threshold);
        }
    }

    pub fn merge(&mut self, other: Sample) {
        self.complete &= other.complete;
        for (key, more) in other.keys {
            let own = self.keys.entry(key).or_default();
            own.rows += more.rows;
            for row in more.kept {
                own.add(row.hash, row.count, row.position, || row.cells);
            }
        }
    }

    /// `table`: how many rows there are, where their order is recorded.
    pub fn encode(&mut self, out: &mut Writer, columns: usize, table: Option<u64>) {
        self.prune();
        let mut keys: Vec<(&u128, &SampledKey)> = self.keys.iter().collect();
        keys.sort_unstable_by_key(|(hash, _)| **hash);
        let rows: Vec<(usize, &SampledRow)> = keys
            .iter()
            .enumerate()
            .flat_map(|(owner, (_, key))| key.kept.iter().map(move |row| (owner, row)))
            .collect();
        out.varint(self.complete as u64);
        out.varint(keys.len() as u64);
        keys.iter().for_each(|(hash, _)| out.raw(&hash.to_be_bytes()));
        keys.iter().for_each(|(_, key)| out.varint(key.rows));
        out.varint(rows.len() as u64);
        let mut before = 0;
        for (owner, _) in &rows {
            out.varint((owner - before) as u64);
            before = *owner;
        }
        // without a key a row is its own key, and its hash is there already
        let own = rows.iter().map(|(_, row)| &row.hash).eq(keys.iter().map(|(hash, _)| *hash));
        out.varint(own as u64);
        if !own {
            rows.iter().for_each(|(_, row)| out.raw(&row.hash.to_be_bytes()));
        }
        rows.iter().for_each(|(_, row)| out.varint(row.count));
        for column in 0..columns {
            let cells: Vec<&Cell> = rows.iter().map(|(_, row)| &row.cells[column]).collect();
            cells::encode(out, &cells);
        }
        out.varint(table.unwrap_or(0));
        if table.is_some() {
            rows.iter().for_each(|(_, row)| out.varint(row.position));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_begin_on_their_first_day() {
        for (day, first) in
            [(0, 0), (30, 0), (31, 31), (-1, -31), (11_016, 10_988), (19_782, 19_754), (-719_528, -719_528)]
        {
            assert_eq!(first_of_month(day), first, "{day}");
        }
    }

    #[test]
    fn the_order_of_the_whole_is_that_of_its_parts_in_any_order() {
        let hashes: Vec<u128> = (1..100u128).map(|i| i * i * BASE).collect();
        let (mut left, mut right) = (Order::default(), Order::default());
        right.add(37, &hashes[37..]);
        left.add(0, &hashes[..37]);
        right.merge(left);
        let whole = hashes.iter().fold(0u128, |digest, hash| digest.wrapping_mul(BASE).wrapping_add(*hash));
        assert_eq!((right.rows, right.digest.wrapping_mul(power(BASE, 99))), (99, whole));
    }
}
