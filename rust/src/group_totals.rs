//! Exact totals of a number by group of rows: what an aggregate can be computed from again, under each convention.

use std::collections::HashMap;

use crate::canonical::{cell_at, Hasher, Reading};
use crate::cells::{self, Cell};
use crate::columns::{Column, Kind};
use crate::encoding::Writer;
use crate::rows::{key_hashes, nth_smallest, ByHash};
use crate::totals::Totals;

const MOST_GROUPS: usize = 256;
const BLOCK: usize = 1024;

#[derive(Default)]
struct Group {
    cells: Vec<Cell>,
    rows: u64,
    nulls: u64,
    nans: u64,
    totals: Totals,
}

impl Group {
    fn add(&mut self, measure: &Column, start: usize, reading: &Reading, row: usize) {
        self.rows += 1;
        if !measure.is_present(start + row) {
            self.nulls += 1;
        } else if measure.kind.is_number() {
            self.nans += reading.floats[row].is_nan() as u64;
            self.totals.add_row(measure, start, reading, row);
        }
    }

    fn merge(&mut self, other: Group) {
        self.rows += other.rows;
        self.nulls += other.nulls;
        self.nans += other.nans;
        self.totals.merge(other.totals);
    }

    fn encode(&self, out: &mut Writer) {
        [self.rows, self.nulls, self.nans].into_iter().for_each(|count| out.varint(count));
        self.totals.encode(out);
    }
}

/// The groups of one grouping.
pub struct Grouped {
    /// Asked for, and so kept where there are many groups.
    given: bool,
    columns: usize,
    complete: bool,
    threshold: u128,
    groups: ByHash<Group>,
    missing: Group,
}

impl Grouped {
    pub fn new(given: bool, columns: usize) -> Self {
        let (groups, missing) = (HashMap::default(), Group::default());
        Grouped { given, columns, complete: true, threshold: u128::MAX, groups, missing }
    }

    fn dropped(&self) -> bool {
        !self.given && !self.complete
    }

    pub fn add(&mut self, measure: &Column, by: &[&Column], start: usize, length: usize, hasher: &Hasher) {
        if !self.given && !is_measure(measure.kind) {
            self.complete = false;
            return self.bound();
        }
        let mut reading = Reading::default();
        for first in (start..start + length).step_by(BLOCK) {
            if self.dropped() {
                return;
            }
            let length = BLOCK.min(start + length - first);
            let hashes = key_hashes(by, first, length, hasher);
            reading.read(measure, first, length, hasher);
            for (row, &hash) in hashes.iter().enumerate() {
                if by.iter().any(|column| !column.is_present(first + row)) {
                    self.missing.add(measure, first, &reading, row);
                } else if hash <= self.threshold {
                    let named = || by.iter().map(|column| cell_at(column, first + row, hasher)).collect();
                    let new = || Group { cells: named(), ..Group::default() };
                    self.groups.entry(hash).or_insert_with(new).add(measure, first, &reading, row);
                    if self.groups.len() > 2 * MOST_GROUPS {
                        self.bound();
                    }
                }
            }
        }
    }

    fn bound(&mut self) {
        if self.groups.len() > MOST_GROUPS {
            self.complete = false;
            let threshold = nth_smallest(self.groups.keys(), MOST_GROUPS);
            self.threshold = threshold;
            self.groups.retain(|hash, _| *hash <= threshold);
        }
        if self.dropped() {
            self.groups = HashMap::default();
        }
    }

    pub fn merge(&mut self, other: Grouped) {
        self.complete &= other.complete;
        for (hash, more) in other.groups {
            match self.groups.get_mut(&hash) {
                Some(own) => own.merge(more),
                None => {
                    self.groups.insert(hash, more);
                }
            }
        }
        self.missing.merge(other.missing);
        self.bound();
    }

    pub fn encode(&mut self, out: &mut Writer) {
        self.bound();
        out.varint(self.complete as u64);
        if self.dropped() {
            return;
        }
        let mut groups: Vec<(&u128, &Group)> = self.groups.iter().collect();
        groups.sort_unstable_by_key(|(hash, _)| **hash);
        out.varint(groups.len() as u64);
        groups.iter().for_each(|(hash, _)| out.raw(&hash.to_be_bytes()));
        for place in 0..self.columns {
            let found: Vec<&Cell> = groups.iter().map(|(_, group)| &group.cells[place]).collect();
            cells::encode(out, &found);
        }
        groups.iter().for_each(|(_, group)| group.encode(out));
        self.missing.encode(out);
    }
}

/// Whether totals can be taken of a column.
pub fn is_measure(kind: Kind) -> bool {
    kind.is_number() || kind == Kind::Null
}
