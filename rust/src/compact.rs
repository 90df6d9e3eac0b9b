//! Compact fingerprints of columns by group of rows: what windows of time and classes of a target are compared by.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash};

use crate::canonical::{cell_at, reading_cell, Hasher, Reading};
use crate::cells::{self, Cell};
use crate::columns::{Column, Kind};
use crate::distribution::float_key;
use crate::encoding::Writer;
use crate::rows::{ByHash, Ready};
use crate::totals::Totals;

const MOST_VALUES: usize = 256;
const MOST_BINS: usize = 64;
/// Of tables of more columns, groups have their rows alone.
pub const MOST_GROUPED: usize = 64;
/// The slot of a row that is in no group.
pub const NONE: u32 = u32::MAX;

/// Counts by slot; those beyond the end are 0.
type Counts = Vec<u64>;

#[inline]
fn bump(counts: &mut Counts, slot: usize, times: u64) {
    if counts.len() <= slot {
        counts.resize(slot + 1, 0);
    }
    counts[slot] += times;
}

fn moved(counts: &[u64], places: &[usize]) -> Counts {
    let mut placed = Counts::new();
    counts.iter().zip(places).filter(|(count, _)| **count > 0).for_each(|(&count, &at)| bump(&mut placed, at, count));
    placed
}

/// A bit for each count that is not 0, lowest first, then those counts.
fn write_sparse(out: &mut Writer, counts: &[u64], order: &[usize]) {
    let found: Vec<u64> = order.iter().map(|&slot| counts.get(slot).copied().unwrap_or(0)).collect();
    for eight in found.chunks(8) {
        out.bytes.push(eight.iter().enumerate().fold(0, |bits, (i, &count)| bits | ((count != 0) as u8) << i));
    }
    found.iter().filter(|&&count| count != 0).for_each(|&count| out.varint(count));
}

/// The canonical cell of one present row of a block that was read.
pub fn cell_of(column: &Column, start: usize, reading: &Reading, row: usize, hasher: &Hasher) -> Cell {
    match column.kind {
        Kind::Text | Kind::Binary | Kind::Boolean | Kind::Unsupported => cell_at(column, start + row, hasher),
        _ => reading_cell(reading, column, start, row),
    }
}

/// What remains of a column of many values.
#[derive(Default)]
struct Bins {
    totals: Vec<Totals>,
    shift: u32,
    bins: HashMap<u64, Counts, BuildHasherDefault<Ready>>,
}

impl Bins {
    fn total(&mut self, slot: usize) -> &mut Totals {
        while self.totals.len() <= slot {
            self.totals.push(Totals::default());
        }
        &mut self.totals[slot]
    }

    #[inline]
    fn add_bin(&mut self, value: f64, slot: usize, times: u64) {
        bump(self.bins.entry(float_key(value) >> self.shift).or_default(), slot, times);
        self.bound();
    }

    fn bound(&mut self) {
        while self.bins.len() > MOST_BINS {
            let shift = self.shift + 1;
            self.coarsen(shift);
        }
    }

    fn coarsen(&mut self, shift: u32) {
        let dropped = shift - self.shift;
        self.shift = shift;
        for (prefix, counts) in std::mem::take(&mut self.bins) {
            let own = self.bins.entry(prefix >> dropped).or_default();
            counts.iter().enumerate().filter(|(_, count)| **count > 0).for_each(|(at, &count)| bump(own, at, count));
        }
    }

    fn add(&mut self, cell: &Cell, slot: usize, times: u64) {
        match cell {
            Cell::Float(value) if value.is_finite() => {
                self.total(slot).add_float(*value, times);
                self.add_bin(*value, slot, times);
            }
            Cell::Int(value) => self.add_bin(*value as f64, slot, times),
            Cell::Wide(wide) => {
                if wide.exponent.is_some() {
                    self.total(slot).add_wide(wide, times);
                }
                self.add_bin(wide.nearest(), slot, times);
            }
            _ => {}
        }
    }

    fn moved(self, places: &[usize]) -> Bins {
        let mut placed = Bins { shift: self.shift, ..Bins::default() };
        self.totals.into_iter().zip(places).for_each(|(own, &at)| placed.total(at).merge(own));
        placed.bins = self.bins.into_iter().map(|(prefix, counts)| (prefix, moved(&counts, places))).collect();
        placed
    }

    fn merge(&mut self, mut other: Bins) {
        let shift = self.shift.max(other.shift);
        self.coarsen(shift);
        other.coarsen(shift);
        other.totals.into_iter().enumerate().for_each(|(slot, own)| self.total(slot).merge(own));
        for (prefix, counts) in other.bins {
            let own = self.bins.entry(prefix).or_default();
            counts.iter().enumerate().for_each(|(slot, &count)| bump(own, slot, count));
        }
        self.bound();
    }

    fn encode(&self, out: &mut Writer, order: &[usize]) {
        let none = Totals::default();
        order.iter().for_each(|&slot| self.totals.get(slot).unwrap_or(&none).encode(out));
        let mut bins: Vec<(&u64, &Counts)> = self.bins.iter().collect();
        bins.sort_unstable_by_key(|(prefix, _)| **prefix);
        out.varint(self.shift as u64);
        out.varint(bins.len() as u64);
        let mut before = 0;
        for (prefix, _) in &bins {
            out.varint(*prefix - before);
            before = **prefix;
        }
        bins.iter().for_each(|(_, counts)| write_sparse(out, counts, order));
    }
}

enum Content {
    Values(ByHash<(Cell, Counts)>),
    Bins(Bins),
}

/// One column by group.
struct Compact {
    nulls: Counts,
    nans: Counts,
    content: Content,
}

impl Compact {
    fn new() -> Self {
        Compact { nulls: Counts::new(), nans: Counts::new(), content: Content::Values(HashMap::default()) }
    }

    fn add(&mut self, column: &Column, start: usize, reading: &Reading, slots: &[u32], hasher: &Hasher) {
        let present = column.present(start, slots.len());
        for (row, &slot) in slots.iter().enumerate() {
            let at = slot as usize;
            if slot == NONE {
                continue;
            }
            if column.kind == Kind::Null || present.is_some_and(|present| present[row] == 0) {
                bump(&mut self.nulls, at, 1);
                continue;
            }
            if column.kind.is_number() && reading.floats[row].is_nan() {
                bump(&mut self.nans, at, 1);
                continue;
            }
            match &mut self.content {
                Content::Values(values) => {
                    let cell = || (cell_of(column, start, reading, row, hasher), Counts::new());
                    bump(&mut values.entry(reading.hashes[row]).or_insert_with(cell).1, at, 1);
                    self.bound();
                }
                Content::Bins(bins) => {
                    if column.kind.is_number() || column.kind.is_time() {
                        bins.add(&reading_cell(reading, column, start, row), at, 1);
                    }
                }
            }
        }
    }

    fn bound(&mut self) {
        if matches!(&self.content, Content::Values(values) if values.len() > MOST_VALUES) {
            self.spill();
        }
    }

    fn spill(&mut self) -> &mut Bins {
        if let Content::Values(values) = &mut self.content {
            let mut bins = Bins::default();
            for (cell, counts) in std::mem::take(values).values() {
                let used = counts.iter().enumerate().filter(|(_, count)| **count > 0);
                used.for_each(|(slot, &count)| bins.add(cell, slot, count));
            }
            self.content = Content::Bins(bins);
        }
        match &mut self.content {
            Content::Bins(bins) => bins,
            Content::Values(_) => unreachable!("spilled above"),
        }
    }

    fn moved(self, places: &[usize]) -> Compact {
        let content = match self.content {
            Content::Values(values) => {
                let each = values.into_iter().map(|(hash, (cell, counts))| (hash, (cell, moved(&counts, places))));
                Content::Values(each.collect())
            }
            Content::Bins(bins) => Content::Bins(bins.moved(places)),
        };
        Compact { nulls: moved(&self.nulls, places), nans: moved(&self.nans, places), content }
    }

    fn merge(&mut self, mut other: Compact) {
        other.nulls.iter().enumerate().for_each(|(slot, &count)| bump(&mut self.nulls, slot, count));
        other.nans.iter().enumerate().for_each(|(slot, &count)| bump(&mut self.nans, slot, count));
        if let (Content::Values(own), Content::Values(more)) = (&mut self.content, &mut other.content) {
            for (hash, (cell, counts)) in std::mem::take(more) {
                let own = &mut own.entry(hash).or_insert((cell, Counts::new())).1;
                counts.iter().enumerate().for_each(|(slot, &count)| bump(own, slot, count));
            }
            return self.bound();
        }
        self.spill().merge(std::mem::take(other.spill()));
    }

    fn encode(&self, out: &mut Writer, order: &[usize]) {
        write_sparse(out, &self.nulls, order);
        write_sparse(out, &self.nans, order);
        match &self.content {
            Content::Values(values) => {
                out.varint(1);
                let mut values: Vec<(&u128, &(Cell, Counts))> = values.iter().collect();
                values.sort_unstable_by_key(|(hash, _)| **hash);
                let found: Vec<&Cell> = values.iter().map(|(_, (cell, _))| cell).collect();
                cells::encode(out, &found);
                values.iter().for_each(|(hash, _)| out.raw(&hash.to_be_bytes()));
                values.iter().for_each(|(_, (_, counts))| write_sparse(out, counts, order));
            }
            Content::Bins(bins) => {
                out.varint(0);
                bins.encode(out, order);
            }
        }
    }
}

/// Rows and columns by group; a group is known by its key, and while it is built by its slot.
pub struct Groups<K> {
    pub keys: Vec<K>,
    places: HashMap<K, u32>,
    rows: Counts,
    columns: Vec<Compact>,
}

impl<K: Copy + Eq + Hash + Ord> Groups<K> {
    /// `columns`: how many are kept.
    pub fn new(columns: usize) -> Self {
        let grouped = if columns <= MOST_GROUPED { columns } else { 0 };
        Groups {
            keys: Vec::new(),
            places: HashMap::new(),
            rows: Counts::new(),
            columns: (0..grouped).map(|_| Compact::new()).collect(),
        }
    }

    pub fn slot(&mut self, key: K) -> u32 {
        *self.places.entry(key).or_insert_with(|| {
            self.keys.push(key);
            self.keys.len() as u32 - 1
        })
    }

    pub fn add_rows(&mut self, slots: &[u32]) {
        slots.iter().filter(|&&slot| slot != NONE).for_each(|&slot| bump(&mut self.rows, slot as usize, 1));
    }

    /// Some rows of a column that was read; `place` is its place among the kept ones.
    pub fn add(
        &mut self,
        place: usize,
        column: &Column,
        start: usize,
        reading: &Reading,
        slots: &[u32],
        hasher: &Hasher,
    ) {
        if let Some(own) = self.columns.get_mut(place) {
            own.add(column, start, reading, slots, hasher);
        }
    }

    /// The groups under other keys; those of one key are added up.
    pub fn renamed(&mut self, name: impl Fn(K) -> K) {
        let keys = std::mem::take(&mut self.keys);
        self.places.clear();
        let places: Vec<usize> = keys.into_iter().map(|key| self.slot(name(key)) as usize).collect();
        self.rows = moved(&self.rows, &places);
        self.columns = std::mem::take(&mut self.columns).into_iter().map(|column| column.moved(&places)).collect();
    }

    pub fn merge(&mut self, other: Groups<K>) {
        let places: Vec<usize> = other.keys.iter().map(|&key| self.slot(key) as usize).collect();
        let rows = moved(&other.rows, &places);
        rows.iter().enumerate().for_each(|(slot, &count)| bump(&mut self.rows, slot, count));
        for (own, more) in self.columns.iter_mut().zip(other.columns) {
            own.merge(more.moved(&places));
        }
    }

    /// Slots by ascending key.
    pub fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.keys.len()).collect();
        order.sort_unstable_by_key(|&slot| self.keys[slot]);
        order
    }

    /// All but the keys.
    pub fn encode(&self, out: &mut Writer) {
        let order = self.order();
        order.iter().for_each(|&slot| out.varint(self.rows.get(slot).copied().unwrap_or(0)));
        self.columns.iter().for_each(|column| column.encode(out, &order));
    }
}
