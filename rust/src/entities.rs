//! Whole histories of a few entities: what lies next to each other in time is kept next to each other.

use std::collections::{BTreeMap, HashMap};

use crate::canonical::{cell_at, Hasher};
use crate::cells::{self, Cell};
use crate::columns::{Batch, Column};
use crate::encoding::Writer;
use crate::rows::{key_hashes, ByHash};

const ROWS_PER_ENTITY: usize = 64;

struct Row {
    time: Cell,
    count: u64,
    cells: Box<[Cell]>,
}

/// By time, null last, then by row hash.
type At = (bool, i128, u128);

#[derive(Default)]
struct Entity {
    rows: u64,
    kept: BTreeMap<At, Row>,
}

impl Entity {
    /// By how many rows it grows.
    fn add(&mut self, at: At, count: u64, row: impl FnOnce() -> (Cell, Box<[Cell]>)) -> usize {
        if let Some(own) = self.kept.get_mut(&at) {
            own.count += count;
            return 0;
        }
        let full = self.kept.len() == ROWS_PER_ENTITY;
        if full && self.kept.last_key_value().is_some_and(|(last, _)| *last < at) {
            return 0;
        }
        let (time, cells) = row();
        self.kept.insert(at, Row { time, count, cells });
        if full {
            self.kept.pop_last();
        }
        !full as usize
    }
}

/// The entities with the smallest hashes, as many as fit.
pub struct Entities {
    budget: usize,
    threshold: Option<u128>,
    kept: usize,
    entities: ByHash<Entity>,
}

fn at(time: &Cell, row: u128) -> At {
    match time {
        Cell::Int(value) => (false, *value as i128, row),
        Cell::Wide(wide) => (false, wide.mantissa.narrow(), row),
        _ => (true, 0, row),
    }
}

impl Entities {
    pub fn new(budget: usize) -> Self {
        Entities { budget, threshold: None, kept: 0, entities: HashMap::default() }
    }

    /// Rows of a batch from `start` on; `columns` are those that are kept, by name.
    #[allow(clippy::too_many_arguments)]
    pub fn add(
        &mut self,
        entity: &[&Column],
        time: Option<&Column>,
        rows: &[u128],
        batch: &Batch,
        columns: &[usize],
        start: usize,
        hasher: &Hasher,
    ) {
        for (i, (hash, &row)) in key_hashes(entity, start, rows.len(), hasher).into_iter().zip(rows).enumerate() {
            if self.threshold.is_some_and(|threshold| hash >= threshold) {
                continue;
            }
            let own = self.entities.entry(hash).or_default();
            own.rows += 1;
            let time = time.map_or(Cell::Null, |time| cell_at(time, start + i, hasher));
            let place = at(&time, row);
            let cells = || columns.iter().map(|&at| cell_at(&batch.columns[at], start + i, hasher)).collect();
            self.kept += own.add(place, 1, || (time, cells()));
            if self.kept > 2 * self.budget {
                self.prune();
            }
        }
    }

    /// The longest prefix that fits.
    fn prune(&mut self) {
        let mut hashes: Vec<u128> = self.entities.keys().copied().collect();
        hashes.sort_unstable();
        let mut kept = 0;
        for hash in hashes {
            kept += self.entities[&hash].kept.len();
            if kept > self.budget {
                self.threshold = Some(hash);
                break;
            }
        }
        if let Some(threshold) = self.threshold {
            self.entities.retain(|hash, _| *hash < threshold);
        }
        self.kept = self.entities.values().map(|entity| entity.kept.len()).sum();
    }

    pub fn merge(&mut self, other: Entities) {
        self.threshold = match (self.threshold, other.threshold) {
            (Some(own), Some(more)) => Some(own.min(more)),
            (own, more) => own.or(more),
        };
        for (hash, more) in other.entities {
            let own = self.entities.entry(hash).or_default();
            own.rows += more.rows;
            for (at, row) in more.kept {
                self.kept += own.add(at, row.count, || (row.time, row.cells));
            }
        }
        self.prune();
    }

    pub fn encode(&mut self, out: &mut Writer, columns: usize) {
        self.prune();
        let mut entities: Vec<(&u128, &Entity)> = self.entities.iter().collect();
        entities.sort_unstable_by_key(|(hash, _)| **hash);
        let rows: Vec<(usize, &At, &Row)> = entities
            .iter()
            .enumerate()
            .flat_map(|(owner, (_, entity))| entity.kept.iter().map(move |(at, row)| (owner, at, row)))
            .collect();
        out.varint(self.threshold.is_some() as u64);
        if let Some(threshold) = self.threshold {
            out.raw(&threshold.to_be_bytes());
        }
        out.varint(entities.len() as u64);
        entities.iter().for_each(|(hash, _)| out.raw(&hash.to_be_bytes()));
        entities.iter().for_each(|(_, entity)| out.varint(entity.rows));
        out.varint(rows.len() as u64);
        let mut before = 0;
        for (owner, ..) in &rows {
            out.varint((owner - before) as u64);
            before = *owner;
        }
        let times: Vec<&Cell> = rows.iter().map(|(.., row)| &row.time).collect();
        cells::encode(out, &times);
        rows.iter().for_each(|(_, at, _)| out.raw(&at.2.to_be_bytes()));
        rows.iter().for_each(|(.., row)| out.varint(row.count));
        for column in 0..columns {
            let cells: Vec<&Cell> = rows.iter().map(|(.., row)| &row.cells[column]).collect();
            cells::encode(out, &cells);
        }
    }
}
