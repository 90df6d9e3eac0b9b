//! Compact fingerprints of columns by group of rows: what windows of time and classes of a target are compared by.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash};

use crate::block::Block;
use crate::cells::{self, Cell};
use crate::columns::Kind;
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

/// Places of what was looked up last, found at once; a slot holds one entry.
struct Cache<K> {
    slots: Box<[(K, u32)]>,
}

impl<K: Copy + PartialEq> Cache<K> {
    fn new(none: K) -> Self {
        Cache { slots: vec![(none, 0); 256].into() }
    }

    /// `spread`: well mixed bits of the key.
    #[inline(always)]
    fn find(&self, key: K, spread: u64) -> Option<usize> {
        let (own, place) = self.slots[spread as usize & 255];
        (own == key).then_some(place as usize)
    }

    fn keep(&mut self, key: K, spread: u64, place: usize) {
        self.slots[spread as usize & 255] = (key, place as u32);
    }
}

/// No prefix of a finite number.
const NO_PREFIX: u64 = u64::MAX;

#[inline(always)]
fn spread(prefix: u64) -> u64 {
    prefix.wrapping_mul(0x9E3779B97F4A7C15) >> 56
}

/// What remains of a column of many values.
struct Bins {
    totals: Vec<Totals>,
    shift: u32,
    prefixes: Vec<u64>,
    /// By slot, then by the place of the prefix.
    counts: Vec<[u64; MOST_BINS]>,
    cache: Cache<u64>,
}

impl Bins {
    fn new() -> Self {
        Bins { totals: vec![], shift: 0, prefixes: vec![], counts: vec![], cache: Cache::new(NO_PREFIX) }
    }

    #[inline]
    fn total(&mut self, slot: usize) -> &mut Totals {
        while self.totals.len() <= slot {
            self.totals.push(Totals::default());
        }
        &mut self.totals[slot]
    }

    #[inline(always)]
    fn add_bin(&mut self, value: f64, slot: usize, times: u64) {
        let prefix = float_key(value) >> self.shift;
        let place = match self.cache.find(prefix, spread(prefix)) {
            Some(place) => place,
            None => self.place(prefix),
        };
        if self.counts.len() <= slot {
            self.counts.resize(slot + 1, [0; MOST_BINS]);
        }
        self.counts[slot][place] += times;
    }

    /// The place of a prefix, for which bits are dropped where there are too many.
    #[cold]
    fn place(&mut self, mut prefix: u64) -> usize {
        let place = loop {
            match self.prefixes.iter().position(|own| *own == prefix) {
                Some(place) => break place,
                None if self.prefixes.len() < MOST_BINS => {
                    self.prefixes.push(prefix);
                    break self.prefixes.len() - 1;
                }
                None => {
                    let shift = self.shift + 1;
                    self.coarsen(shift);
                    prefix >>= 1;
                }
            }
        };
        self.cache.keep(prefix, spread(prefix), place);
        place
    }

    fn coarsen(&mut self, shift: u32) {
        let dropped = shift - self.shift;
        if dropped == 0 {
            return;
        }
        self.shift = shift;
        self.cache = Cache::new(NO_PREFIX);
        let mut prefixes: Vec<u64> = Vec::new();
        let mut places = [0; MOST_BINS];
        for (place, prefix) in places.iter_mut().zip(&self.prefixes) {
            let prefix = prefix >> dropped;
            *place = prefixes.iter().position(|own| *own == prefix).unwrap_or(prefixes.len());
            if *place == prefixes.len() {
                prefixes.push(prefix);
            }
        }
        for counts in &mut self.counts {
            let before = std::mem::replace(counts, [0; MOST_BINS]);
            before.iter().zip(&places).for_each(|(count, &place)| counts[place] += count);
        }
        self.prefixes = prefixes;
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
        let mut placed = Bins { shift: self.shift, prefixes: self.prefixes, ..Bins::new() };
        self.totals.into_iter().zip(places).for_each(|(own, &at)| placed.total(at).merge(own));
        for (counts, &at) in self.counts.iter().zip(places) {
            if placed.counts.len() <= at {
                placed.counts.resize(at + 1, [0; MOST_BINS]);
            }
            placed.counts[at].iter_mut().zip(counts).for_each(|(own, more)| *own += more);
        }
        placed
    }

    fn merge(&mut self, mut other: Bins) {
        let shift = self.shift.max(other.shift);
        self.coarsen(shift);
        other.coarsen(shift);
        other.totals.into_iter().enumerate().for_each(|(slot, own)| self.total(slot).merge(own));
        for (at, prefix) in other.prefixes.into_iter().enumerate() {
            // bits may be dropped on the way
            let place = self.place(prefix >> (self.shift - shift));
            for (slot, counts) in other.counts.iter().enumerate() {
                if self.counts.len() <= slot {
                    self.counts.resize(slot + 1, [0; MOST_BINS]);
                }
                self.counts[slot][place] += counts[at];
            }
        }
    }

    fn encode(&self, out: &mut Writer, order: &[usize]) {
        let none = Totals::default();
        order.iter().for_each(|&slot| self.totals.get(slot).unwrap_or(&none).encode(out));
        let mut bins: Vec<(u64, usize)> = self.prefixes.iter().copied().zip(0..).collect();
        bins.sort_unstable();
        out.varint(self.shift as u64);
        out.varint(bins.len() as u64);
        let mut before = 0;
        for (prefix, _) in &bins {
            out.varint(prefix - before);
            before = *prefix;
        }
        for (_, place) in bins {
            let counts: Vec<u64> = self.counts.iter().map(|counts| counts[place]).collect();
            write_sparse(out, &counts, order);
        }
    }
}

/// All values of a column of few.
struct Values {
    places: ByHash<u32>,
    cells: Vec<Cell>,
    /// By the place of the value.
    counts: Vec<Counts>,
    cache: Cache<u128>,
}

impl Values {
    fn new() -> Self {
        // what stands there at first is no value: a hash of 0 is always looked up
        Values { places: HashMap::default(), cells: vec![], counts: vec![], cache: Cache::new(0) }
    }

    #[inline(always)]
    fn count(&mut self, hash: u128, slot: usize, cell: impl FnOnce() -> Cell) {
        let place = match self.cache.find(hash, hash as u64) {
            Some(place) if hash != 0 => place,
            _ => self.place(hash, cell),
        };
        bump(&mut self.counts[place], slot, 1);
    }

    #[cold]
    fn place(&mut self, hash: u128, cell: impl FnOnce() -> Cell) -> usize {
        let place = *self.places.entry(hash).or_insert_with(|| {
            self.cells.push(cell());
            self.counts.push(Counts::new());
            self.cells.len() as u32 - 1
        }) as usize;
        self.cache.keep(hash, hash as u64, place);
        place
    }
}

enum Content {
    Values(Values),
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
        Compact { nulls: Counts::new(), nans: Counts::new(), content: Content::Values(Values::new()) }
    }

    fn add(&mut self, block: &Block, slots: &[u32]) {
        let Block { column, start, reading, .. } = *block;
        let present = column.present(start, slots.len()).filter(|_| reading.nulls > 0);
        let (number, absent) = (column.kind.is_number(), column.kind == Kind::Null);
        for (row, &slot) in slots.iter().enumerate() {
            let at = slot as usize;
            if slot == NONE {
                continue;
            }
            if absent || present.is_some_and(|present| present[row] == 0) {
                bump(&mut self.nulls, at, 1);
                continue;
            }
            if number && reading.floats[row].is_nan() {
                bump(&mut self.nans, at, 1);
                continue;
            }
            match &mut self.content {
                Content::Values(values) => {
                    values.count(reading.hashes[row], at, || block.cell(row));
                    if values.cells.len() > MOST_VALUES {
                        self.spill();
                    }
                }
                Content::Bins(bins) if number => {
                    let value = reading.floats[row];
                    if value.is_finite() {
                        bins.total(at).add_row(column, start, reading, row);
                        bins.add_bin(value, at, 1);
                    }
                }
                Content::Bins(bins) if column.kind.is_time() => {
                    let exact = reading.instants[row] as f64;
                    bins.add_bin(reading.wide(row).map_or(exact, |wide| wide.nearest()), at, 1);
                }
                Content::Bins(_) => {}
            }
        }
    }

    fn spill(&mut self) -> &mut Bins {
        if let Content::Values(values) = &mut self.content {
            let mut bins = Bins::new();
            for (cell, counts) in values.cells.iter().zip(&values.counts) {
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
            Content::Values(mut values) => {
                values.counts.iter_mut().for_each(|counts| *counts = moved(counts, places));
                Content::Values(values)
            }
            Content::Bins(bins) => Content::Bins(bins.moved(places)),
        };
        Compact { nulls: moved(&self.nulls, places), nans: moved(&self.nans, places), content }
    }

    fn merge(&mut self, mut other: Compact) {
        let both = |own: &mut Counts, more: &Counts| {
            more.iter().enumerate().for_each(|(slot, &count)| bump(own, slot, count));
        };
        both(&mut self.nulls, &other.nulls);
        both(&mut self.nans, &other.nans);
        if let (Content::Values(own), Content::Values(more)) = (&mut self.content, &mut other.content) {
            for (hash, from) in std::mem::take(&mut more.places) {
                let from = from as usize;
                let place = own.place(hash, || std::mem::replace(&mut more.cells[from], Cell::Null));
                both(&mut own.counts[place], &more.counts[from]);
            }
            if own.cells.len() > MOST_VALUES {
                self.spill();
            }
            return;
        }
        let more = std::mem::replace(other.spill(), Bins::new());
        self.spill().merge(more);
    }

    fn encode(&self, out: &mut Writer, order: &[usize]) {
        write_sparse(out, &self.nulls, order);
        write_sparse(out, &self.nans, order);
        match &self.content {
            Content::Values(values) => {
                out.varint(1);
                let mut places: Vec<(&u128, usize)> =
                    values.places.iter().map(|(hash, at)| (hash, *at as usize)).collect();
                places.sort_unstable();
                let found: Vec<&Cell> = places.iter().map(|(_, at)| &values.cells[*at]).collect();
                cells::encode(out, &found);
                places.iter().for_each(|(hash, _)| out.raw(&hash.to_be_bytes()));
                places.iter().for_each(|(_, at)| write_sparse(out, &values.counts[*at], order));
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
    places: HashMap<K, u32, BuildHasherDefault<Ready>>,
    rows: Counts,
    columns: Vec<Compact>,
}

impl<K: Copy + Eq + Hash + Ord> Groups<K> {
    /// `columns`: how many are kept.
    pub fn new(columns: usize) -> Self {
        let grouped = if columns <= MOST_GROUPED { columns } else { 0 };
        Groups {
            keys: Vec::new(),
            places: HashMap::default(),
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
    pub fn add(&mut self, place: usize, block: &Block, slots: &[u32]) {
        if let Some(own) = self.columns.get_mut(place) {
            own.add(block, slots);
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
