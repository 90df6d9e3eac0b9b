//! Compact fingerprints of columns by group of rows: what windows of time and classes of a target are compared by.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash};

use crate::block::Block;
use crate::cells::{self, Cell};
use crate::columns::{Kind, Values as Layout};
use crate::distribution::float_key;
use crate::encoding::Writer;
use crate::numbers::narrow;
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

/// Places of the prefixes that were looked up last, found at once; a slot holds one.
struct Cache {
    slots: Box<[(u64, u32); 256]>,
}

impl Cache {
    fn new() -> Self {
        Cache { slots: Box::new([(NO_PREFIX, 0); 256]) }
    }

    #[inline(always)]
    fn find(&self, prefix: u64) -> Option<usize> {
        let (own, place) = self.slots[spread(prefix)];
        (own == prefix).then_some(place as usize)
    }

    fn keep(&mut self, prefix: u64, place: usize) {
        self.slots[spread(prefix)] = (prefix, place as u32);
    }
}

/// No prefix of a finite number.
const NO_PREFIX: u64 = u64::MAX;

#[inline(always)]
fn spread(prefix: u64) -> usize {
    (prefix.wrapping_mul(0x9E3779B97F4A7C15) >> 56) as usize
}

/// What remains of a column of many values.
struct Bins {
    totals: Vec<Totals>,
    shift: u32,
    prefixes: Vec<u64>,
    /// By slot, then by the place of the prefix.
    counts: Vec<[u64; MOST_BINS]>,
    cache: Cache,
}

impl Bins {
    fn new() -> Self {
        Bins { totals: vec![], shift: 0, prefixes: vec![], counts: vec![], cache: Cache::new() }
    }

    fn total(&mut self, slot: usize) -> &mut Totals {
        self.reach(slot + 1);
        &mut self.totals[slot]
    }

    /// Makes room for so many slots.
    fn reach(&mut self, slots: usize) {
        if self.totals.len() < slots {
            self.totals.resize_with(slots, Totals::default);
            self.counts.resize(slots, [0; MOST_BINS]);
        }
    }

    #[inline(always)]
    fn add_bin(&mut self, value: f64, slot: usize, times: u64) {
        let prefix = float_key(value) >> self.shift;
        let place = match self.cache.find(prefix) {
            Some(place) => place,
            None => self.place(prefix),
        };
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
        self.cache.keep(prefix, place);
        place
    }

    fn coarsen(&mut self, shift: u32) {
        let dropped = shift - self.shift;
        if dropped == 0 {
            return;
        }
        self.shift = shift;
        self.cache = Cache::new();
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

    /// Rows that are present and in a group; there is room for their slots.
    fn add_rows(&mut self, block: &Block, rows: impl Iterator<Item = (usize, usize)>) {
        let Block { column, start, reading, .. } = *block;
        match &column.values {
            _ if column.kind.is_time() => rows.for_each(|(row, slot)| {
                let exact = reading.instants[row] as f64;
                self.add_bin(reading.wide(row).map_or(exact, |wide| wide.nearest()), slot, 1);
            }),
            Layout::Words(words, width) => rows.for_each(|(row, slot)| {
                let value = reading.floats[row];
                if value.is_finite() {
                    match narrow(&words[(start + row) * width..(start + row + 1) * width]) {
                        Some(units) => self.totals[slot].add_units(-column.scale, units),
                        None => self.totals[slot].add_row(column, start, reading, row),
                    }
                    self.add_bin(value, slot, 1);
                }
            }),
            _ if column.kind == Kind::Integer && reading.wides.is_empty() => rows.for_each(|(row, slot)| {
                let value = reading.floats[row];
                self.totals[slot].add_units(0, value as i64);
                self.add_bin(value, slot, 1);
            }),
            _ if column.kind.is_number() => rows.for_each(|(row, slot)| {
                let value = reading.floats[row];
                if value.is_finite() {
                    self.totals[slot].add_row(column, start, reading, row);
                    self.add_bin(value, slot, 1);
                }
            }),
            _ => {}
        }
    }

    fn add(&mut self, cell: &Cell, slot: usize, times: u64) {
        self.reach(slot + 1);
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
            placed.reach(at + 1);
            placed.counts[at].iter_mut().zip(counts).for_each(|(own, more)| *own += more);
        }
        placed
    }

    fn merge(&mut self, mut other: Bins) {
        let shift = self.shift.max(other.shift);
        self.coarsen(shift);
        other.coarsen(shift);
        self.reach(other.totals.len());
        other.totals.into_iter().zip(&mut self.totals).for_each(|(more, own)| own.merge(more));
        for (at, prefix) in other.prefixes.into_iter().enumerate() {
            // bits may be dropped on the way
            let place = self.place(prefix >> (self.shift - shift));
            for (slot, counts) in other.counts.iter().enumerate() {
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
    /// By the place of the value, then by slot: so many slots that they need not be counted.
    counts: Vec<u64>,
    width: usize,
    /// By place in the value table of the column.
    known: Vec<u32>,
}

/// In `known`: not looked up yet, or a NaN, which is no value here.
const UNKNOWN: u32 = u32::MAX;

impl Values {
    fn new() -> Self {
        Values { places: HashMap::default(), cells: vec![], counts: vec![], width: 0, known: vec![] }
    }

    /// Makes room for so many slots.
    fn reach(&mut self, slots: usize) {
        if slots <= self.width {
            return;
        }
        let width = slots.next_power_of_two();
        let mut counts = vec![0; self.cells.len() * width];
        for (own, before) in counts.chunks_exact_mut(width).zip(self.counts.chunks_exact(self.width.max(1))) {
            own[..before.len()].copy_from_slice(before);
        }
        (self.counts, self.width) = (counts, width);
    }

    fn of(&self, place: usize) -> &[u64] {
        &self.counts[place * self.width..(place + 1) * self.width]
    }

    fn place(&mut self, hash: u128, cell: impl FnOnce() -> Cell) -> usize {
        let place = *self.places.entry(hash).or_insert_with(|| {
            self.cells.push(cell());
            self.counts.resize(self.counts.len() + self.width, 0);
            self.cells.len() as u32 - 1
        });
        place as usize
    }

    #[cold]
    fn look_up(&mut self, block: &Block, row: usize) -> usize {
        let at = block.reading.places[row] as usize;
        let place = self.place(block.reading.hashes[row], || block.cell(row));
        if self.known.len() <= at {
            self.known.resize(at + 1, UNKNOWN);
        }
        self.known[at] = place as u32;
        place
    }

    /// Rows that are present, in a group, and no NaN; there is room for their slots.
    fn add_rows(&mut self, block: &Block, rows: impl Iterator<Item = (usize, usize)>) {
        let reading = block.reading;
        if reading.places.is_empty() {
            return rows.for_each(|(row, slot)| {
                let place = self.place(reading.hashes[row], || block.cell(row));
                self.counts[place * self.width + slot] += 1;
            });
        }
        rows.for_each(|(row, slot)| {
            let place = match self.known.get(reading.places[row] as usize) {
                Some(&place) if place != UNKNOWN => place as usize,
                _ => self.look_up(block, row),
            };
            self.counts[place * self.width + slot] += 1;
        });
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

    /// `width`: how many slots there are.
    fn add(&mut self, block: &Block, slots: &[u32], width: usize) {
        let Block { column, start, reading, .. } = *block;
        let present = column.present(start, slots.len()).filter(|_| reading.nulls > 0);
        let all = reading.nulls == 0 && !slots.contains(&NONE);
        if all && !(column.kind == Kind::Float && reading.floats.iter().any(|value| value.is_nan())) {
            return self.add_rows(block, width, slots.iter().map(|&slot| slot as usize).enumerate());
        }
        let (number, absent) = (column.kind.is_number(), column.kind == Kind::Null);
        let mut rows = Vec::with_capacity(slots.len());
        for (row, &slot) in slots.iter().enumerate().filter(|(_, &slot)| slot != NONE) {
            if absent || present.is_some_and(|present| present[row] == 0) {
                bump(&mut self.nulls, slot as usize, 1);
            } else if number && reading.floats[row].is_nan() {
                bump(&mut self.nans, slot as usize, 1);
            } else {
                rows.push((row, slot as usize));
            }
        }
        self.add_rows(block, width, rows.into_iter());
    }

    fn add_rows(&mut self, block: &Block, width: usize, rows: impl Iterator<Item = (usize, usize)>) {
        match &mut self.content {
            Content::Values(values) => {
                values.reach(width);
                // a block has few rows: the table may grow too long until its end
                values.add_rows(block, rows);
                if values.cells.len() > MOST_VALUES {
                    self.spill();
                }
            }
            Content::Bins(bins) => {
                bins.reach(width);
                bins.add_rows(block, rows);
            }
        }
    }

    fn spill(&mut self) -> &mut Bins {
        if let Content::Values(values) = &mut self.content {
            let mut bins = Bins::new();
            for (place, cell) in values.cells.iter().enumerate() {
                let used = values.of(place).iter().enumerate().filter(|(_, count)| **count > 0);
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
                let (width, before) = (values.width.max(1), std::mem::take(&mut values.counts));
                values.width = 0;
                values.reach(places.iter().max().map_or(0, |most| most + 1));
                for (own, before) in values.counts.chunks_exact_mut(values.width.max(1)).zip(before.chunks_exact(width))
                {
                    before.iter().zip(places).for_each(|(count, &at)| own[at] += count);
                }
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
            own.reach(more.width);
            for (hash, from) in std::mem::take(&mut more.places) {
                let from = from as usize;
                let place = own.place(hash, || std::mem::replace(&mut more.cells[from], Cell::Null));
                own.counts[place * own.width..].iter_mut().zip(more.of(from)).for_each(|(own, more)| *own += more);
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
                places.iter().for_each(|(_, at)| write_sparse(out, values.of(*at), order));
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
        let width = self.keys.len();
        if let Some(own) = self.columns.get_mut(place) {
            own.add(block, slots, width);
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
