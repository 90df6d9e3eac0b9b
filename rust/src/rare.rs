//! Rows that are few and special: for each column and class of cells, those with the smallest key hashes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::block::Block;
use crate::canonical::{cell_at, Hasher};
use crate::cells::{self, Cell};
use crate::columns::{Batch, Kind, Values};
use crate::encoding::Writer;

const MOST_RARE: usize = 16;
const SAMPLED_CELLS: usize = 250_000;
/// null, NaN, infinite, zero, negative, half, non-ASCII, before 1900, after 2200.
const CLASSES: usize = 9;
const DAY_1900: i64 = -25_567;
const DAY_2201: i64 = 84_371;
const DAY: i64 = 86_400_000_000_000;
/// 1.5 * 2^52: what is added to it is rounded to whole numbers.
const ROUNDING: f64 = 6755399441055744.0;

type Pair = (u128, u128);
type Cells = Arc<[Cell]>;

#[derive(Default)]
struct Class {
    /// By ascending key and row hash.
    rows: Vec<(Pair, Cells)>,
}

impl Class {
    fn wants(&self, most: usize, key: u128) -> bool {
        self.rows.len() < most || self.rows.last().is_some_and(|(last, _)| key <= last.0)
    }

    fn add(&mut self, most: usize, pair: Pair, cells: impl FnOnce() -> Cells) {
        if let Err(place) = self.rows.binary_search_by_key(&pair, |(own, _)| *own) {
            if place < most {
                self.rows.insert(place, (pair, cells()));
                self.rows.truncate(most);
            }
        }
    }
}

pub struct RareRows {
    most: usize,
    columns: Vec<[Class; CLASSES]>,
    /// Of the rows at hand: row, column, class.
    candidates: Vec<(u32, u32, u32)>,
}

impl RareRows {
    /// `columns`: how many are kept.
    pub fn new(columns: usize) -> Self {
        let wide = columns.max(1) * columns.max(1);
        RareRows {
            most: MOST_RARE.min(SAMPLED_CELLS / (4 * wide)),
            columns: (0..columns).map(|_| Default::default()).collect(),
            candidates: Vec::new(),
        }
    }

    /// Some rows of a column that was read: `from` is the first one's place among the rows at hand.
    pub fn watch(&mut self, place: usize, block: &Block, from: usize, keys: &[u128]) {
        let Block { column, start, reading, .. } = *block;
        if self.most == 0 {
            return;
        }
        let present = column.present(start, keys.len()).filter(|_| reading.nulls > 0);
        let classes = &self.columns[place];
        let (most, candidates) = (self.most, &mut self.candidates);
        let mut found = |row: usize, class: usize| {
            if classes[class].wants(most, keys[row]) {
                candidates.push(((from + row) as u32, place as u32, class as u32));
            }
        };
        if column.kind == Kind::Null {
            return (0..keys.len()).for_each(|row| found(row, 0));
        }
        if let Some(present) = present {
            present.iter().enumerate().filter(|(_, &here)| here == 0).for_each(|(row, _)| found(row, 0));
        }
        let here = |row: usize| present.is_none_or(|present| present[row] != 0);
        match column.kind {
            Kind::Integer | Kind::Float | Kind::Decimal => {
                let whole = column.kind == Kind::Integer;
                let odd = |value: f64| {
                    if whole {
                        return value <= 0.0;
                    }
                    let (one, two) = ((value + ROUNDING) - ROUNDING, (2.0 * value + ROUNDING) - ROUNDING);
                    let half = (one != value) & (two == 2.0 * value);
                    // beyond 2^51 rounding says nothing
                    (value <= 0.0) | half | (value >= 2251799813685248.0) | value.is_nan()
                };
                if !reading.floats.iter().fold(false, |any, &value| any | odd(value)) {
                    return;
                }
                for (row, &value) in reading.floats.iter().enumerate() {
                    if !odd(value) || !here(row) {
                        continue;
                    }
                    if value.is_nan() {
                        found(row, 1);
                    } else if value.is_infinite() {
                        found(row, 2);
                    } else if value == 0.0 {
                        found(row, 3);
                    } else if value.fract().abs() == 0.5 && !reading.is_wide(row) {
                        found(row, 5);
                    }
                    if value < 0.0 {
                        found(row, 4);
                    }
                }
            }
            Kind::Text => {
                let (Values::Bytes(_), Some(_)) = (&column.values, &column.offsets) else {
                    return;
                };
                // nearly all texts are ASCII: one look at many of them says so
                if column.span(start, keys.len()).is_some_and(<[u8]>::is_ascii) {
                    return;
                }
                for (row, &key) in keys.iter().enumerate() {
                    if classes[6].wants(most, key) && here(row) && !column.bytes(start + row).is_ascii() {
                        found(row, 6);
                    }
                }
            }
            Kind::Date | Kind::Timestamp => {
                let day = if column.kind == Kind::Date { 1 } else { DAY };
                for (row, &value) in reading.instants.iter().enumerate() {
                    if value < DAY_1900 * day && here(row) {
                        found(row, 7);
                    } else if value >= DAY_2201 * day && here(row) {
                        found(row, 8);
                    }
                }
                for (row, wide) in &reading.wides {
                    found(*row as usize, if wide.mantissa.is_negative() { 7 } else { 8 });
                }
            }
            _ => {}
        }
    }

    /// Decides on the candidates, once their rows are known.
    pub fn settle(
        &mut self,
        keys: &[u128],
        rows: &[u128],
        batch: &Batch,
        columns: &[usize],
        start: usize,
        hasher: &Hasher,
    ) {
        for (row, place, class) in std::mem::take(&mut self.candidates) {
            let row = row as usize;
            let cells = || columns.iter().map(|&at| cell_at(&batch.columns[at], start + row, hasher)).collect();
            self.columns[place as usize][class as usize].add(self.most, (keys[row], rows[row]), cells);
        }
    }

    pub fn merge(&mut self, other: RareRows) {
        for (own, more) in self.columns.iter_mut().flatten().zip(other.columns.into_iter().flatten()) {
            more.rows.into_iter().for_each(|(pair, cells)| own.add(self.most, pair, || cells));
        }
    }

    pub fn encode(&self, out: &mut Writer) {
        let all = self.columns.iter().flatten().flat_map(|class| &class.rows);
        let rows: BTreeMap<Pair, &Cells> = all.map(|(pair, cells)| (*pair, cells)).collect();
        let places: BTreeMap<Pair, u64> = rows.keys().enumerate().map(|(place, pair)| (*pair, place as u64)).collect();
        out.varint(rows.len() as u64);
        for (key, row) in rows.keys() {
            out.raw(&key.to_be_bytes());
            out.raw(&row.to_be_bytes());
        }
        for class in self.columns.iter().flatten() {
            out.varint(class.rows.len() as u64);
            let mut before = 0;
            for (pair, _) in &class.rows {
                out.varint(places[pair] - before);
                before = places[pair];
            }
        }
        for column in 0..self.columns.len() {
            let cells: Vec<&Cell> = rows.values().map(|cells| &cells[column]).collect();
            cells::encode(out, &cells);
        }
    }
}
