//! Which rows belong together: windows of time, and classes of the target.

use crate::block::Block;
use crate::canonical::{cell_at, hash_rows, Hasher};
use crate::cells::{self, Cell};
use crate::columns::{Column, Kind, Values};
use crate::compact::{Groups, NONE};
use crate::encoding::Writer;
use crate::rows::month_of;

const MOST_WINDOWS: usize = 120;
const MOST_GIVEN_WINDOWS: usize = 1024;
const MOST_CLASSES: usize = 8;
/// Units by their number: second, minute, hour, day, month, year, and beyond them a single window.
pub const UNITS: [&str; 6] = ["second", "minute", "hour", "day", "month", "year"];
const DAY: usize = 3;
const NO_TIME: i64 = i64::MIN;
/// As a power of two: years of days have a place each.
const KNOWN: u32 = 12;

/// Compact fingerprints by window of time, as fine as their number allows.
pub struct Windows {
    unit: usize,
    most: usize,
    groups: Groups<i64>,
    slots: Vec<u32>,
    /// Slots of seconds or days that were met lately.
    known: Vec<(i64, u32)>,
}

/// Numbers of units since 1970 in the next coarser unit.
fn coarser(name: i64, unit: usize) -> i64 {
    match unit {
        0 | 1 => name.div_euclid(60),
        2 => name.div_euclid(24),
        DAY => month_of(name),
        4 => name.div_euclid(12),
        _ => 0,
    }
}

impl Windows {
    pub fn new(given: Option<usize>, columns: usize) -> Self {
        let most = if given.is_some() { MOST_GIVEN_WINDOWS } else { MOST_WINDOWS };
        let known = vec![(NO_TIME, 0); 1 << KNOWN];
        Windows { unit: given.unwrap_or(0), most, groups: Groups::new(columns), slots: Vec::new(), known }
    }

    /// Even a batch without rows tells the kind.
    pub fn meet(&mut self, kind: Kind) {
        if kind == Kind::Date && self.unit < DAY {
            self.coarsen_to(DAY);
        }
    }

    /// The windows of some rows of the time column.
    pub fn enter(&mut self, column: &Column, start: usize, length: usize) {
        self.slots.clear();
        self.slots.resize(length, NONE);
        if let (Values::Ticks(ticks), true) = (&column.values, column.kind != Kind::Null) {
            while !self.place(column, &ticks[start..start + length], start) {
                self.coarsen_to(self.unit + 1);
            }
        }
        self.groups.add_rows(&self.slots);
    }

    /// Whether they are few enough.
    fn place(&mut self, column: &Column, ticks: &[i64], start: usize) -> bool {
        let per_second = 1_000_000_000 / column.unit;
        for (row, &tick) in ticks.iter().enumerate() {
            if !column.is_present(start + row) {
                continue;
            }
            let seconds = if column.kind == Kind::Date { tick * 86_400 } else { tick.div_euclid(per_second) };
            let time = if self.unit < DAY { seconds } else { seconds.div_euclid(86_400) };
            let at = &mut self.known[((time as u64).wrapping_mul(0x9E3779B97F4A7C15) >> (64 - KNOWN)) as usize];
            if at.0 != time || time == NO_TIME {
                let begun = if self.unit < DAY { 0 } else { DAY };
                *at = (time, self.groups.slot((begun..self.unit).fold(time, coarser)));
                if self.groups.keys.len() > self.most {
                    return false;
                }
            }
            self.slots[row] = at.1;
        }
        true
    }

    fn coarsen_to(&mut self, unit: usize) {
        let from = self.unit;
        self.unit = unit;
        self.known.fill((NO_TIME, 0));
        self.groups.renamed(|name| (from..unit).fold(name, coarser));
    }

    pub fn add(&mut self, place: usize, block: &Block, from: usize) {
        let slots = &self.slots[from..from + block.rows()];
        self.groups.add(place, block, slots);
    }

    pub fn merge(&mut self, mut other: Windows) {
        let unit = self.unit.max(other.unit);
        self.coarsen_to(unit);
        other.coarsen_to(unit);
        self.groups.merge(other.groups);
        while self.groups.keys.len() > self.most {
            self.coarsen_to(self.unit + 1);
        }
    }

    pub fn encode(&self, out: &mut Writer) {
        out.varint(self.unit as u64);
        out.varint(self.groups.keys.len() as u64);
        self.groups.order().iter().for_each(|&slot| out.zigzag(self.groups.keys[slot]));
        self.groups.encode(out);
    }
}

/// Compact fingerprints by class of the target.
pub struct Classes {
    cells: Vec<Cell>,
    /// None where there are too many.
    groups: Option<Groups<u128>>,
    slots: Vec<u32>,
}

impl Classes {
    pub fn new(columns: usize) -> Self {
        Classes { cells: Vec::new(), groups: Some(Groups::new(columns)), slots: Vec::new() }
    }

    /// The classes of some rows of the target.
    pub fn enter(&mut self, column: &Column, start: usize, length: usize, hasher: &Hasher) {
        let Some(groups) = &mut self.groups else {
            return;
        };
        self.slots.clear();
        for (row, hash) in hash_rows(column, start, length, hasher).into_iter().enumerate() {
            let slot = groups.slot(hash);
            if groups.keys.len() > self.cells.len() {
                self.cells.push(cell_at(column, start + row, hasher));
            }
            self.slots.push(slot);
            if groups.keys.len() > MOST_CLASSES {
                self.groups = None;
                return;
            }
        }
        groups.add_rows(&self.slots);
    }

    pub fn add(&mut self, place: usize, block: &Block, from: usize) {
        if let Some(groups) = &mut self.groups {
            groups.add(place, block, &self.slots[from..from + block.rows()]);
        }
    }

    pub fn merge(&mut self, other: Classes) {
        let (Some(groups), Some(more)) = (&mut self.groups, other.groups) else {
            self.groups = None;
            return;
        };
        for (&key, cell) in more.keys.iter().zip(other.cells) {
            if groups.slot(key) as usize == self.cells.len() {
                self.cells.push(cell);
            }
        }
        groups.merge(more);
        if groups.keys.len() > MOST_CLASSES {
            self.groups = None;
        }
    }

    pub fn encode(&self, out: &mut Writer) {
        out.varint(self.groups.is_some() as u64);
        if let Some(groups) = &self.groups {
            let order = groups.order();
            let found: Vec<&Cell> = order.iter().map(|&slot| &self.cells[slot]).collect();
            cells::encode(out, &found);
            order.iter().for_each(|&slot| out.raw(&groups.keys[slot].to_be_bytes()));
            groups.encode(out);
        }
    }
}
