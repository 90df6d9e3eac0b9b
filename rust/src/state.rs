//! A whole fingerprint: built piece by piece on threads, merged, and written as bytes.

use std::sync::Arc;
use std::thread::ScopedJoinHandle;

use crate::block::Block;
use crate::canonical::{Hasher, Reading};
use crate::column_state::ColumnState;
use crate::columns::{Batch, Column, Kind};
use crate::compact::MOST_GROUPED;
use crate::encoding::Writer;
use crate::entities::Entities;
use crate::group_totals::{is_measure, Grouped};
use crate::groups::{Classes, Windows};
use crate::queue::Queue;
use crate::rare::RareRows;
use crate::reconciliation::{plain_keys, Reconciliation, LANE};
use crate::rows::{finish_rows, key_hashes, Order, Partitions, Sample, Unit};

const SAMPLED_KEYS: usize = 4096;
const SAMPLED_CELLS: usize = 250_000;
/// Rows of one column read at a time: its hashes and floats stay in the nearest cache.
const BLOCK: usize = 1024;
/// Rows of all columns read at a time, by one thread: the state of a column is fetched once for so many.
const PIECE: usize = 16 * BLOCK;
/// Below so many cells a thread costs more than it saves.
const CELLS_PER_THREAD: usize = 1 << 15;
/// Pieces that wait for each further thread while the one that gives them out works on a piece and reads a batch.
const AHEAD: usize = 3;

/// What a fingerprint is made with. `encoded` is its section of the bytes, `shown` the partition in messages.
#[derive(Clone, Default)]
pub struct Parameters {
    pub seed: u64,
    pub encoded: Vec<u8>,
    pub key: Vec<Vec<u8>>,
    pub ordered: bool,
    pub partition: Option<(Vec<u8>, Unit)>,
    pub shown: Vec<u8>,
    pub ignored: Vec<Vec<u8>>,
    pub hash_keys: bool,
    pub time: Option<Vec<u8>>,
    /// The unit of windows by its number.
    pub window: Option<usize>,
    pub entity: Vec<Vec<u8>>,
    pub target: Option<Vec<u8>>,
    /// A number, and the columns whose values name a group.
    pub totals: Vec<(Vec<u8>, Vec<Vec<u8>>)>,
}

#[derive(Debug)]
pub enum Error {
    Table(Vec<u8>),
    Usage(Vec<u8>),
    Incomparable(Vec<u8>),
    /// A layout that only another reader knows.
    Unknown(String),
    Other(String),
}

/// All summaries of the rows that one thread saw.
struct Part {
    rows: u64,
    digest: u128,
    /// Where it is asked for.
    order: Option<Order>,
    columns: Vec<ColumnState>,
    partitions: Partitions,
    sample: Sample,
    reconciliation: Reconciliation,
    rare: Option<RareRows>,
    entities: Option<Entities>,
    windows: Option<Windows>,
    classes: Option<Classes>,
    grouped: Vec<Grouped>,
    reading: Reading,
    /// Of the rows of a piece.
    hashes: Vec<u128>,
    /// By row, then by column: 16 bits of the hash of each cell of a piece.
    marks: Vec<[u16; LANE]>,
    /// The keys of a piece as values.
    plain: Vec<i64>,
}

/// Where the columns of the fingerprint stand in the batch at hand.
struct Places {
    columns: Vec<usize>,
    kept: Vec<usize>,
    key: Vec<usize>,
    partition: Option<(usize, Unit)>,
    time: Option<usize>,
    entity: Vec<usize>,
    target: Option<usize>,
    /// The number that is added up, and the columns whose values name a group.
    groupings: Vec<(usize, Vec<usize>)>,
}

/// Rows that several threads read, each of them a piece at a time.
pub trait Rows: Send + Sync {
    fn count(&self) -> usize;

    /// Reading any piece costs as much as one of so many rows.
    fn least(&self) -> usize {
        1
    }

    /// Gives some rows to `take`: a batch, and their first place in it.
    fn read(&self, start: usize, length: usize, take: &mut dyn FnMut(&Batch, usize)) -> Result<(), Error>;
}

impl Rows for &Batch<'_> {
    fn count(&self) -> usize {
        self.rows
    }

    fn read(&self, start: usize, _: usize, take: &mut dyn FnMut(&Batch, usize)) -> Result<(), Error> {
        take(self, start);
        Ok(())
    }
}

/// Some of the rows of one lot, before which there were `before` rows.
struct Piece<R> {
    lot: Arc<R>,
    start: usize,
    length: usize,
    before: u64,
}

impl Part {
    /// Even a batch without rows tells the kinds.
    fn meet(&mut self, batch: &Batch, places: &Places) {
        if let (Some(windows), Some(time)) = (&mut self.windows, places.time) {
            windows.meet(batch.columns[time].kind);
        }
        for (state, &at) in self.columns.iter_mut().zip(&places.columns) {
            state.meet(batch.columns[at].kind);
        }
    }

    fn work<R: Rows>(
        &mut self,
        places: &Places,
        next: impl Fn() -> Option<Piece<R>>,
        hasher: &Hasher,
    ) -> Result<(), Error> {
        while let Some(Piece { lot, start, length, before }) = next() {
            let position = before + start as u64;
            lot.read(start, length, &mut |batch, first| self.add(batch, places, first, length, position, hasher))?;
        }
        Ok(())
    }

    /// Rows of a batch, before which there were `position` rows.
    fn add(&mut self, batch: &Batch, places: &Places, first: usize, length: usize, position: u64, hasher: &Hasher) {
        let key: Vec<&Column> = places.key.iter().map(|&at| &batch.columns[at]).collect();
        let keys = (!key.is_empty()).then(|| key_hashes(&key, first, length, hasher));
        let mut rows = std::mem::take(&mut self.hashes);
        rows.clear();
        rows.resize(length, 0);
        let (lanes, by_value) = (self.reconciliation.lanes(), self.reconciliation.by_value());
        self.marks.resize(length * lanes, [0; LANE]);
        self.plain.clear();
        if let (Some(windows), Some(time)) = (&mut self.windows, places.time) {
            windows.enter(&batch.columns[time], first, length);
        }
        if let (Some(classes), Some(target)) = (&mut self.classes, places.target) {
            classes.enter(&batch.columns[target], first, length, hasher);
        }
        for (grouped, (measure, by)) in self.grouped.iter_mut().zip(&places.groupings) {
            let by: Vec<&Column> = by.iter().map(|&at| &batch.columns[at]).collect();
            grouped.add(&batch.columns[*measure], &by, first, length, hasher);
        }
        let mut place = 0;
        for (state, &at) in self.columns.iter_mut().zip(&places.columns) {
            for from in (0..length).step_by(BLOCK) {
                let to = (from + BLOCK).min(length);
                let keys = keys.as_ref().map(|keys| &keys[from..to]);
                let (column, sums) = (&batch.columns[at], &mut rows[from..to]);
                state.add(column, first + from, &mut self.reading, keys, sums, hasher);
                if !state.ignored && lanes > 0 {
                    let marks = self.marks[from * lanes..to * lanes].chunks_exact_mut(lanes);
                    let (lane, within) = (place / LANE, place % LANE);
                    marks.zip(&self.reading.hashes).for_each(|(marks, &hash)| marks[lane][within] = hash as u16);
                }
                if !state.ignored {
                    let block = Block { column, start: first + from, reading: &self.reading, hasher };
                    if let (Some(rare), Some(keys)) = (&mut self.rare, keys) {
                        rare.watch(place, &block, from, keys);
                    }
                    if let Some(windows) = &mut self.windows {
                        windows.add(place, &block, from);
                    }
                    if let Some(classes) = &mut self.classes {
                        classes.add(place, &block, from);
                    }
                }
                if by_value && places.key == [at] {
                    plain_keys(column, &self.reading, first + from, to - from, &mut self.plain);
                }
            }
            place += !state.ignored as usize;
        }
        finish_rows(&mut rows, hasher);
        self.rows += length as u64;
        self.digest = rows.iter().fold(self.digest, |digest, row| digest.wrapping_add(*row));
        if let Some(order) = &mut self.order {
            order.add(position, &rows);
        }
        if let Some((at, unit)) = places.partition {
            self.partitions.add(&batch.columns[at], unit, first, &rows, hasher);
        }
        let owners = keys.as_ref().unwrap_or(&rows);
        self.reconciliation.add(owners, &rows, &self.marks, &self.plain);
        self.sample.add(owners, &rows, batch, &places.kept, first, position, hasher);
        if let Some(rare) = &mut self.rare {
            rare.settle(owners, &rows, batch, &places.kept, first, hasher);
        }
        if let Some(entities) = &mut self.entities {
            let entity: Vec<&Column> = places.entity.iter().map(|&at| &batch.columns[at]).collect();
            let time = places.time.map(|time| &batch.columns[time]);
            entities.add(&entity, time, &rows, batch, &places.kept, first, hasher);
        }
        self.hashes = rows;
    }

    fn merge(&mut self, other: Part) {
        self.rows += other.rows;
        self.digest = self.digest.wrapping_add(other.digest);
        for (own, more) in self.columns.iter_mut().zip(other.columns) {
            own.merge(more);
        }
        both(&mut self.order, other.order, Order::merge);
        self.partitions.merge(other.partitions);
        self.sample.merge(other.sample);
        self.reconciliation.merge(&other.reconciliation);
        both(&mut self.rare, other.rare, RareRows::merge);
        both(&mut self.entities, other.entities, Entities::merge);
        both(&mut self.windows, other.windows, Windows::merge);
        both(&mut self.classes, other.classes, Classes::merge);
        self.grouped.iter_mut().zip(other.grouped).for_each(|(own, more)| own.merge(more));
    }
}

fn both<T>(own: &mut Option<T>, more: Option<T>, merge: fn(&mut T, T)) {
    if let (Some(own), Some(more)) = (own, more) {
        merge(own, more);
    }
}

/// Takes the batches of a table one after the other.
pub struct Builder {
    parameters: Parameters,
    hasher: Hasher,
    threads: usize,
    /// By name, ascending; empty before the first batch.
    names: Vec<Vec<u8>>,
    logical: Vec<Vec<u8>>,
    started: bool,
    rows: u64,
    parts: Vec<Part>,
}

impl Builder {
    pub fn new(parameters: Parameters, threads: usize) -> Self {
        let hasher = Hasher::new(parameters.seed);
        Builder {
            parameters,
            hasher,
            threads: threads.max(1),
            names: Vec::new(),
            logical: Vec::new(),
            started: false,
            rows: 0,
            parts: Vec::new(),
        }
    }

    /// Takes rows lot by lot, of the columns of a batch. The calling thread alone asks for lots, and has others work on
    /// pieces of them meanwhile; it works on pieces too when enough wait. No thread waits for another before the end.
    pub fn add<R: Rows, E: From<Error>>(
        &mut self,
        like: &Batch,
        lots: impl IntoIterator<Item = Result<R, E>>,
    ) -> Result<(), E> {
        let (places, queue, hasher) = (self.places(like)?, Queue::new(), self.hasher);
        let (places, queue, ahead) = (&places, &queue, AHEAD * (self.threads - 1));
        let mut idle = std::mem::take(&mut self.parts);
        self.parts = std::thread::scope(|scope| {
            let giver = queue.giver();
            let mut own = idle.pop().unwrap_or_else(|| self.empty_part());
            own.meet(like, places);
            let mut others = Vec::new();
            for lot in lots {
                queue.push(self.pieces(lot?, like.columns.len()));
                while others.len() + 1 < self.threads.min(queue.waiting()) {
                    let mut part = idle.pop().unwrap_or_else(|| self.empty_part());
                    part.meet(like, places);
                    others.push(scope.spawn(move || part.work(places, || queue.wait(), &hasher).map(|()| part)));
                }
                own.work(places, || queue.next(ahead), &hasher)?;
                if others.iter().any(ScopedJoinHandle::is_finished) {
                    break; // it broke off, and says why below
                }
            }
            drop(giver);
            own.work(places, || queue.next(0), &hasher)?;
            let others = others.into_iter().map(|other| other.join().unwrap_or_else(|_| Err(broken())));
            [own].into_iter().chain(idle).map(Ok).chain(others).collect::<Result<_, Error>>().map_err(E::from)
        })?;
        Ok(())
    }

    fn pieces<R: Rows>(&mut self, lot: R, columns: usize) -> impl Iterator<Item = Piece<R>> {
        let (rows, before) = (lot.count(), self.rows);
        self.rows += rows as u64;
        let threads = self.threads.min(rows.saturating_mul(columns) / CELLS_PER_THREAD + 1);
        let most = rows.div_ceil(threads).min(PIECE).max(lot.least()).max(1);
        let lot = Arc::new(lot);
        let piece = move |start| Piece { lot: lot.clone(), start, length: most.min(rows - start), before };
        (0..rows).step_by(most).map(piece)
    }

    fn empty_part(&self) -> Part {
        let columns: Vec<ColumnState> = self
            .names
            .iter()
            .map(|name| ColumnState::new(name, self.parameters.ignored.contains(name), &self.hasher))
            .collect();
        let kept = columns.iter().filter(|column| !column.ignored).count();
        let sampled = (SAMPLED_CELLS / kept.max(1)).clamp(1, SAMPLED_KEYS);
        let own = &self.parameters;
        let given = own.totals.iter().map(|(_, by)| Grouped::new(true, by.len()));
        let implied = self.implied().into_iter().map(|_| Grouped::new(false, 1));
        let grouped = given.chain(implied).collect();
        Part {
            rows: 0,
            digest: 0,
            order: own.ordered.then(Order::default),
            columns,
            partitions: Partitions::default(),
            sample: Sample::new(sampled),
            reconciliation: Reconciliation::new(
                kept,
                !self.parameters.key.is_empty(),
                !self.parameters.hash_keys,
                &self.hasher,
            ),
            rare: (!own.key.is_empty()).then(|| RareRows::new(kept)),
            entities: (!own.entity.is_empty()).then(|| Entities::new(sampled)),
            windows: own.time.is_some().then(|| Windows::new(own.window, kept)),
            classes: own.target.is_some().then(|| Classes::new(kept)),
            grouped,
            reading: Reading::default(),
            hashes: Vec::new(),
            marks: Vec::new(),
            plain: Vec::new(),
        }
    }

    /// The columns whose values name groups of which the target is added up.
    fn implied(&self) -> Vec<&Vec<u8>> {
        let ignored = &self.parameters.ignored;
        let kept: Vec<&Vec<u8>> = self.names.iter().filter(|name| !ignored.contains(name)).collect();
        match &self.parameters.target {
            Some(target) if kept.len() <= MOST_GROUPED => kept.into_iter().filter(|name| *name != target).collect(),
            _ => Vec::new(),
        }
    }

    /// Checks a batch against those before it.
    fn places(&mut self, batch: &Batch) -> Result<Places, Error> {
        let mut columns: Vec<usize> = (0..batch.names.len()).collect();
        columns.sort_by(|&a, &b| batch.names[a].cmp(&batch.names[b]));
        let place = |name: &Vec<u8>| {
            let found = columns.binary_search_by(|&at| batch.names[at].cmp(name)).map(|place| columns[place]);
            found.map_err(|_| Error::Usage([b"expected a column ", &name[..]].concat()))
        };
        let key = self.parameters.key.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        let partition = match &self.parameters.partition {
            None => None,
            Some((name, unit)) => {
                let at = place(name)?;
                let column = &batch.columns[at];
                if *unit != Unit::Value && !matches!(column.kind, Kind::Null | Kind::Date | Kind::Timestamp) {
                    let logical = column.logical();
                    return Err(Error::Usage(
                        [
                            b"partition ",
                            &self.parameters.shown[..],
                            b": expected a date or timestamp column, found ",
                            &logical,
                        ]
                        .concat(),
                    ));
                }
                Some((at, *unit))
            }
        };
        let kept = columns.iter().copied().filter(|&at| !self.parameters.ignored.contains(&batch.names[at])).collect();
        let own = &self.parameters;
        let optional = |name: &Option<Vec<u8>>| name.as_ref().map(place).transpose();
        let (time, target) = (optional(&own.time)?, optional(&own.target)?);
        let entity = own.entity.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        let mut groupings = Vec::new();
        for (measure, by) in &own.totals {
            groupings.push((place(measure)?, by.iter().map(place).collect::<Result<Vec<_>, _>>()?));
        }
        let allowed = [Kind::Null, Kind::Date, Kind::Timestamp];
        if let (Some(at), Some(name)) = (time, &own.time) {
            let column = &batch.columns[at];
            if !allowed.contains(&column.kind) {
                let found = [b": expected a date or timestamp column, found ", &column.logical()[..]].concat();
                return Err(Error::Usage([b"time ", &name[..], &found].concat()));
            }
        }
        for ((at, _), (name, _)) in groupings.iter().zip(&own.totals) {
            let column = &batch.columns[*at];
            if !is_measure(column.kind) {
                let found = [b": expected a column of numbers, found ", &column.logical()[..]].concat();
                return Err(Error::Usage([b"totals ", &name[..], &found].concat()));
            }
        }
        self.agree(batch, &columns)?;
        if let Some(target) = target {
            let at = |name: &Vec<u8>| columns.iter().copied().find(|&at| batch.names[at] == *name);
            groupings.extend(self.implied().into_iter().filter_map(at).map(|by| (target, vec![by])));
        }
        Ok(Places { columns, kept, key, partition, time, entity, target, groupings })
    }

    fn agree(&mut self, batch: &Batch, columns: &[usize]) -> Result<(), Error> {
        let names = || columns.iter().map(|&at| &batch.names[at]);
        if !self.started {
            self.started = true;
            self.names = names().cloned().collect();
            self.logical = columns.iter().map(|&at| batch.columns[at].logical()).collect();
            return Ok(());
        }
        if !names().eq(self.names.iter()) {
            let mut odd: Vec<&[u8]> = names().filter(|name| !self.names.contains(name)).map(|n| &n[..]).collect();
            odd.extend(self.names.iter().filter(|name| !batch.names.contains(name)).map(|n| &n[..]));
            odd.sort_unstable();
            odd.truncate(5);
            let shown = odd.join(&b", "[..]);
            return Err(Error::Incomparable(
                [b"expected the same columns in both parts, found ", &shown[..], b" in one only"].concat(),
            ));
        }
        for ((own, name), &at) in self.logical.iter_mut().zip(&self.names).zip(columns) {
            let other = batch.columns[at].logical();
            if *own != other && own != b"null" && other != b"null" {
                let parts = [&name[..], b": one part holds ", own, b", the other ", &other];
                return Err(Error::Incomparable(
                    [&parts.concat()[..], b"; cast both to one type before merging"].concat(),
                ));
            }
            if own == b"null" {
                *own = other;
            }
        }
        Ok(())
    }

    pub fn finish(mut self) -> Result<Vec<u8>, Error> {
        if !self.started {
            return Err(Error::Table(b"expected a table, found no batches and so no columns".to_vec()));
        }
        let mut parts = self.parts.drain(..);
        let Some(mut whole) = parts.next() else {
            return Err(broken());
        };
        parts.for_each(|part| whole.merge(part));
        let mut out = Writer::default();
        out.raw(b"PLFP");
        out.varint(1);
        out.block(&self.parameters.encoded);
        out.varint(whole.rows);
        out.u128(whole.digest);
        out.varint(whole.columns.len() as u64);
        let keyed = !self.parameters.key.is_empty();
        for (column, logical) in whole.columns.iter_mut().zip(&self.logical) {
            column.encode(&mut out, logical, keyed);
        }
        let kept = whole.columns.iter().filter(|column| !column.ignored).count();
        let (ordered, partitioned) = (self.parameters.ordered, self.parameters.partition.is_some());
        let grouped = !self.parameters.totals.is_empty() || self.parameters.target.is_some();
        let optional = [whole.rare.is_some(), whole.entities.is_some(), whole.windows.is_some()];
        let optional = optional.into_iter().chain([whole.classes.is_some(), grouped]);
        out.varint(2 + ordered as u64 + partitioned as u64 + optional.filter(|&there| there).count() as u64);
        if ordered {
            out.varint(1);
            out.section(|out| whole.order.iter().for_each(|order| order.encode(out)));
        }
        if partitioned {
            out.varint(2);
            out.section(|out| whole.partitions.encode(out));
        }
        out.varint(3);
        out.section(|out| whole.sample.encode(out, kept, ordered.then_some(self.rows)));
        out.varint(4);
        out.section(|out| whole.reconciliation.encode(out));
        if let Some(rare) = &whole.rare {
            out.varint(5);
            out.section(|out| rare.encode(out));
        }
        if let Some(entities) = &mut whole.entities {
            out.varint(6);
            out.section(|out| entities.encode(out, kept));
        }
        if let Some(windows) = &whole.windows {
            out.varint(7);
            out.section(|out| windows.encode(out));
        }
        if let Some(classes) = &whole.classes {
            out.varint(8);
            out.section(|out| classes.encode(out));
        }
        if grouped {
            out.varint(9);
            out.section(|out| whole.grouped.iter_mut().for_each(|own| own.encode(out)));
        }
        let checksum = crc32fast::hash(&out.bytes);
        out.raw(&checksum.to_le_bytes());
        Ok(out.bytes)
    }
}

fn broken() -> Error {
    Error::Other("the native kernel broke off; this is a bug of parityline".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{Offsets, Values as Layout};

    fn table(threads: usize, cuts: &[usize]) -> Vec<u8> {
        let mut builder = Builder::new(Parameters { ordered: true, ..Parameters::default() }, threads);
        let mut start = 0;
        for &stop in cuts {
            let rows = stop - start;
            let mut number = Column::new(Kind::Float, rows);
            number.values = Layout::F64((start..stop).map(|i| (i * i % 100_003) as f64 / 7.0).collect());
            let mut text = Column::new(Kind::Text, rows);
            let texts: Vec<String> = (start..stop).map(|i| format!("t{}", i % 1500)).collect();
            text.values = Layout::Bytes(texts.concat().into_bytes().into());
            let mut offsets = vec![0];
            texts.iter().for_each(|t| offsets.push(offsets.last().copied().unwrap_or(0) + t.len() as i64));
            text.offsets = Some(Offsets::joined(offsets.into()));
            let names = vec![b"number".to_vec(), b"text".to_vec()];
            let batch = Batch { names, columns: vec![number, text], rows };
            assert!(builder.add(&batch, [Ok::<_, Error>(&batch)]).is_ok());
            start = stop;
        }
        builder.finish().unwrap_or_default()
    }

    #[test]
    fn threads_and_batches_change_no_byte() {
        let whole = table(1, &[100_000]);
        assert!(!whole.is_empty());
        for threads in [1, 2, 3] {
            assert_eq!(table(threads, &[100_000]), whole);
            assert_eq!(table(threads, &[10, 700, 40_000, 40_000, 100_000]), whole);
        }
    }
}
