//! The summaries of one column, of the rows that one thread saw.

use crate::block::Block;
use crate::canonical::{Hasher, Reading, NO_PLACE};
use crate::cells::Cell;
use crate::columns::{Column, Kind, SMALL_CODES};
use crate::dense::Dense;
use crate::digests::Digests;
use crate::distinct::Distinct;
use crate::distribution::Distribution;
use crate::encoding::Writer;
use crate::form::{form_of, Form};
use crate::range::Range;
use crate::shape::Shape;
use crate::totals::Totals;
use crate::values::{Entry, Values};

#[derive(Default)]
pub struct ColumnState {
    name: Vec<u8>,
    multiplier: u128,
    /// The kind of the first batch that was not null.
    kind: Option<Kind>,
    /// Outside row digests and samples; the shape is all that is kept.
    pub ignored: bool,
    shape: Shape,
    digests: Digests,
    summaries: Summaries,
    values: Values,
    /// Values that the summaries do not count yet, of a column whose value table is a sample.
    dense: Option<Dense>,
}

/// What is a function of the cells alone. Filled from the value table at the end while that is complete.
struct Summaries {
    totals: Totals,
    range: Range,
    distribution: Distribution,
    distinct: Distinct,
    form: Form,
}

impl Default for Summaries {
    fn default() -> Self {
        Summaries {
            totals: Totals::default(),
            range: Range::default(),
            distribution: Distribution::default(),
            distinct: Distinct::default(),
            form: Form::None,
        }
    }
}

impl ColumnState {
    /// An ignored column adds nothing to the rows.
    pub fn new(name: &[u8], ignored: bool, hasher: &Hasher) -> Self {
        ColumnState { name: name.to_vec(), ignored, multiplier: hasher.multiplier(name), ..ColumnState::default() }
    }

    /// Even a batch without rows tells the kind.
    pub fn meet(&mut self, kind: Kind) {
        if self.kind.is_none() && kind != Kind::Null {
            self.kind = Some(kind);
            self.summaries.form = Form::of(kind);
        }
    }

    pub fn add(
        &mut self,
        column: &Column,
        start: usize,
        reading: &mut Reading,
        keys: Option<&[u128]>,
        rows: &mut [u128],
        hasher: &Hasher,
    ) {
        let length = rows.len();
        reading.read(column, start, length, hasher);
        self.shape.rows += length as u64;
        self.shape.nulls += reading.nulls as u64;
        if self.ignored {
            return self.add_shape(column, start, length, reading);
        }
        self.digests.add(&reading.hashes, keys, rows, self.multiplier);
        if column.kind == Kind::Unsupported || reading.nulls == length {
            return;
        }
        if let (Kind::List | Kind::Map, Some(offsets)) = (column.kind, &column.offsets) {
            for row in (start..start + length).filter(|&row| column.is_present(row)) {
                let (first, last) = offsets.of(row);
                let items = (last - first) as u64;
                self.shape.empties += (items == 0) as u64;
                self.summaries.range.add_length(items);
            }
        }
        let mut places = std::mem::take(&mut reading.places);
        let block = Block { column, start, reading, hasher };
        if self.values.is_complete() {
            self.count(&block, length, &mut places);
        }
        let done = places.len();
        if done < length {
            if self.dense.as_mut().and_then(|dense| dense.add(column, block.reading, done)).is_none() {
                self.settle();
                self.add_direct(&block, done, length);
            }
            places.clear();
        }
        reading.places = places;
    }

    /// The shape alone.
    fn add_shape(&mut self, column: &Column, start: usize, length: usize, reading: &Reading) {
        let present = column.present(start, length);
        if column.kind.is_number() {
            self.shape.add_numbers(&reading.floats, present);
        } else if let (Kind::Boolean, crate::columns::Values::Bool(values)) = (column.kind, &column.values) {
            let no = |row: &usize| values[*row] == 0 && column.is_present(*row);
            self.shape.add_zeros((start..start + length).filter(no).count() as u64);
        } else if let Some(offsets) = &column.offsets {
            let empty = |row: &usize| {
                let (first, last) = offsets.of(*row);
                first == last && column.is_present(*row)
            };
            self.shape.empties += (start..start + length).filter(empty).count() as u64;
        }
    }

    /// Counts cells in the complete value table, up to a row from which on it is no longer complete.
    fn count(&mut self, block: &Block, length: usize, places: &mut Vec<u16>) {
        let hashes = &block.reading.hashes[..length];
        let present = block.column.present(block.start, length).filter(|_| block.reading.nulls > 0);
        if let (None, Some(codes)) = (present, block.column.small_codes(block.start, length)) {
            if self.values.has_room(SMALL_CODES) {
                return self.count_coded(block, codes, places);
            }
        }
        for (row, &hash) in hashes.iter().enumerate() {
            if present.is_some_and(|p| p[row] == 0) {
                places.push(NO_PLACE);
                continue;
            }
            match self.values.count(hash, 1, || entry(block, row, &self.name)) {
                Some(place) => places.push(place as u16),
                None => {
                    self.dense = Dense::of(block.column.kind, block.hasher);
                    return self.spill();
                }
            }
        }
    }

    /// Looks up one row of each code that occurs. There are no nulls, and there is room.
    fn count_coded(&mut self, block: &Block, codes: &[usize], places: &mut Vec<u16>) {
        let mut rows = [(0, 0); SMALL_CODES];
        codes.iter().enumerate().for_each(|(row, &code)| rows[code] = (row, rows[code].1 + 1));
        let known = rows.map(|(row, times)| match times {
            0 => NO_PLACE,
            _ => {
                let found = self.values.count(block.reading.hashes[row], times, || entry(block, row, &self.name));
                found.map_or(NO_PLACE, |place| place as u16)
            }
        });
        places.extend(codes.iter().map(|&code| known[code]));
    }

    fn spill(&mut self) {
        for (hash, entry, times) in self.values.each() {
            self.summaries.add(&mut self.shape, self.kind, hash, entry, times);
        }
        self.values.spill();
    }

    /// Rows from `first` on, of a column whose value table is a sample.
    fn add_direct(&mut self, block: &Block, first: usize, length: usize) {
        let (column, reading, start) = (block.column, block.reading, block.start);
        let hashes = &reading.hashes[first..length];
        let present = column.present(start + first, length - first).filter(|_| reading.nulls > 0);
        let here = |row: usize| present.is_none_or(|p| p[row] != 0);
        let Summaries { totals, range, distribution, distinct, form } = &mut self.summaries;
        for (row, &hash) in hashes.iter().enumerate() {
            if here(row) {
                distinct.add(hash);
                if self.values.is_candidate(hash) {
                    self.values.count(hash, 1, || Entry { cell: block.cell(first + row), form: 0, length: 0 });
                }
            }
        }
        match column.kind {
            Kind::Integer | Kind::Float | Kind::Decimal => {
                let values = &reading.floats[first..length];
                self.shape.add_numbers(values, present);
                totals.add(column, start + first, values, present);
                let plain = reading.wides.is_empty() && column.kind != Kind::Decimal;
                range.add_numbers(values, present, plain, |row| block.cell(first + row));
                for (row, &value) in values.iter().enumerate() {
                    if here(row) && value.is_finite() {
                        distribution.add(value);
                    }
                }
                form.add_numbers(reading, column.kind, first, present);
            }
            Kind::Date | Kind::Time | Kind::Timestamp | Kind::Duration => {
                let mut values: Vec<f64> = reading.instants[first..length].iter().map(|&v| v as f64).collect();
                for (row, wide) in reading.wides.iter().filter(|(row, _)| *row as usize >= first) {
                    values[*row as usize - first] = wide.nearest();
                }
                range.add_numbers(&values, present, false, |row| block.cell(first + row));
                let mut wides = reading.wides.iter().skip_while(|(row, _)| (*row as usize) < first).peekable();
                for (row, &value) in values.iter().enumerate() {
                    if !here(row) {
                        continue;
                    }
                    distribution.add(value);
                    match wides.next_if(|(at, _)| *at as usize == first + row) {
                        Some((_, wide)) => form.add_wide(wide, 1),
                        None => form.add_instant(reading.instants[first + row], 1),
                    }
                }
            }
            Kind::Text | Kind::Binary => {
                let (crate::columns::Values::Bytes(data), Some(offsets)) = (&column.values, &column.offsets) else {
                    return;
                };
                for (row, &hash) in hashes.iter().enumerate() {
                    if here(row) {
                        let (from, to) = offsets.of(start + first + row);
                        let text = &data[from as usize..to as usize];
                        self.shape.empties += text.is_empty() as u64;
                        range.add_text(text, hash);
                        form.add_new_text(text, hash, &self.name);
                    }
                }
            }
            _ => {}
        }
    }

    /// Gives the summaries what was counted apart; from here on they take each row.
    fn settle(&mut self) {
        for (hash, entry, times) in self.dense.take().into_iter().flat_map(Dense::each) {
            self.add_entry(hash, entry, times);
        }
    }

    /// The rows that another thread saw.
    pub fn merge(&mut self, mut other: ColumnState) {
        self.settle();
        other.settle();
        self.meet(other.kind.unwrap_or(Kind::Null));
        if self.values.is_complete() && !other.values.is_complete() {
            std::mem::swap(self, &mut other);
        }
        self.shape.merge(other.shape);
        self.digests.merge(other.digests);
        self.summaries.merge(other.summaries);
        let other_complete = other.values.is_complete();
        for (hash, entry, times) in other.values.take() {
            if self.values.is_complete() {
                let mut given = Some(entry);
                let mut give = || given.take().unwrap_or(Entry { cell: Cell::Null, form: 0, length: 0 });
                if self.values.count(hash, times, &mut give).is_some() {
                    continue;
                }
                let entry = give();
                self.spill();
                self.add_entry(hash, entry, times);
            } else if other_complete {
                self.add_entry(hash, entry, times);
            } else if self.values.is_candidate(hash) {
                self.values.count(hash, times, || entry);
            }
        }
    }

    fn add_entry(&mut self, hash: u128, entry: Entry, times: u64) {
        self.summaries.add(&mut self.shape, self.kind, hash, &entry, times);
        if self.values.is_candidate(hash) {
            self.values.count(hash, times, || entry);
        }
    }

    pub fn encode(&mut self, out: &mut Writer, logical: &[u8], keyed: bool) {
        self.settle();
        out.text(&self.name);
        out.text(logical);
        let only_shape = self.ignored || self.kind == Some(Kind::Unsupported);
        if !only_shape && self.values.is_complete() {
            for (hash, entry, times) in self.values.each() {
                self.summaries.add(&mut self.shape, self.kind, hash, entry, times);
            }
        }
        out.varint(if only_shape { 1 } else { 8 });
        out.varint(1);
        out.section(|out| self.shape.encode(out));
        if only_shape {
            return;
        }
        out.varint(2);
        out.section(|out| self.digests.encode(out, keyed));
        out.varint(3);
        out.section(|out| self.summaries.totals.encode(out));
        out.varint(4);
        out.section(|out| self.summaries.range.encode(out));
        out.varint(5);
        out.section(|out| self.summaries.distribution.encode(out));
        out.varint(6);
        out.section(|out| self.summaries.distinct.encode(out));
        out.varint(7);
        out.section(|out| self.values.encode(out));
        out.varint(8);
        out.section(|out| self.summaries.form.encode(out));
    }
}

impl Summaries {
    /// A distinct cell and how many rows hold it.
    fn add(&mut self, shape: &mut Shape, kind: Option<Kind>, hash: u128, entry: &Entry, times: u64) {
        self.distinct.add(hash);
        match (&entry.cell, kind) {
            (Cell::Nan, _) => shape.add_number(f64::NAN, times),
            (Cell::Float(value), _) => {
                shape.add_number(*value, times);
                self.totals.add_float(*value, times);
                self.range.add(&entry.cell, times);
                self.form.add_number(*value, times);
                if value.is_finite() {
                    self.distribution.add_times(*value, times);
                }
            }
            (Cell::Int(value), Some(Kind::Boolean)) => shape.add_zeros((*value == 0) as u64 * times),
            (Cell::Int(value), _) => {
                self.range.add(&entry.cell, times);
                self.form.add_instant(*value, times);
                self.distribution.add_times(*value as f64, times);
            }
            (Cell::Wide(wide), _) => {
                let nearest = wide.nearest();
                if wide.exponent.is_some() {
                    shape.add_number(nearest, times);
                    self.totals.add_wide(wide, times);
                }
                self.range.add(&entry.cell, times);
                self.form.add_wide(wide, times);
                if nearest.is_finite() {
                    self.distribution.add_times(nearest, times);
                }
            }
            (Cell::Text(_) | Cell::Long(_), _) => {
                shape.empties += (entry.length == 0) as u64 * times;
                self.range.add(&entry.cell, times);
                self.range.add_length(entry.length);
                self.form.add_text(entry.form, entry.length, times);
            }
            (Cell::Null | Cell::Hashed(_), _) => {}
        }
    }

    fn merge(&mut self, other: Summaries) {
        self.totals.merge(other.totals);
        self.range.merge(other.range);
        self.distribution.merge(other.distribution);
        self.distinct.merge(other.distinct);
        self.form.merge(other.form);
    }
}

fn entry(block: &Block, row: usize, own: &[u8]) -> Entry {
    let (mut form, mut length) = (0, 0);
    if block.column.kind.is_text() {
        let text = block.column.bytes(block.start + row);
        length = text.len() as u64;
        if block.column.kind == Kind::Text {
            form = form_of(text, own);
        }
    }
    Entry { cell: block.cell(row), form, length }
}
