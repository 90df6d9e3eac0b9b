//! Counts of integers and dates that lie close together: one addition a row, whatever the summaries of the column cost.

use crate::canonical::{Domain, Hasher, Reading};
use crate::cells::Cell;
use crate::columns::{Column, Kind};
use crate::values::Entry;
use crate::xxh3::Words;

/// Counts beyond it cost more memory than all summaries of the column.
const MOST: usize = 1 << 14;

pub struct Dense {
    kind: Kind,
    words: Words,
    /// The value of the first count.
    base: i64,
    counts: Vec<u64>,
}

impl Dense {
    /// None for a kind whose values are no whole numbers.
    pub fn of(kind: Kind, hasher: &Hasher) -> Option<Self> {
        let domain = match kind {
            Kind::Integer => Domain::Number,
            Kind::Date => Domain::Date,
            _ => return None,
        };
        Some(Dense { kind, words: hasher.words(domain), base: 0, counts: Vec::new() })
    }

    /// Counts rows that were read, from `first` on; None where some have to be taken one by one, and then none is counted.
    pub fn add(&mut self, column: &Column, reading: &Reading, first: usize) -> Option<()> {
        if column.kind != self.kind || reading.nulls > 0 || !reading.wides.is_empty() {
            return None;
        }
        match self.kind {
            Kind::Date => self.count(reading.instants[first..].iter().copied()),
            // exact, where no number is wide
            _ => self.count(reading.floats[first..].iter().map(|&value| value as i64)),
        }
    }

    fn count(&mut self, values: impl Iterator<Item = i64> + Clone) -> Option<()> {
        let (low, high) =
            values.clone().fold((i64::MAX, i64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        self.reach(low, high)?;
        values.for_each(|value| self.counts[(value - self.base) as usize] += 1);
        Some(())
    }

    /// Makes room for values; None where there are too many.
    fn reach(&mut self, mut low: i64, mut high: i64) -> Option<()> {
        if self.base <= low && high < self.base + self.counts.len() as i64 {
            return Some(());
        }
        let used = self.counts.iter().rposition(|&count| count > 0).map_or(0, |last| last + 1);
        if used > 0 {
            (low, high) = (low.min(self.base), high.max(self.base + used as i64 - 1));
        }
        if high.checked_sub(low)? >= MOST as i64 {
            return None;
        }
        let mut counts = vec![0; ((high - low + 1) as usize).next_power_of_two()];
        let before = if used > 0 { (self.base - low) as usize } else { 0 };
        counts[before..before + used].copy_from_slice(&self.counts[..used]);
        (self.base, self.counts) = (low, counts);
        Some(())
    }

    /// Hash, cell and count of each value that occurred.
    pub fn each(self) -> impl Iterator<Item = (u128, Entry, u64)> {
        let Dense { kind, words, base, counts } = self;
        (base..).zip(counts).filter(|(_, count)| *count > 0).map(move |(value, count)| {
            let (word, cell) = match kind {
                Kind::Date => (value as u64, Cell::Int(value)),
                _ => ((value as f64).to_bits(), Cell::Float(value as f64)),
            };
            (words.hash(word), Entry { cell, form: 0, length: 0 }, count)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_wherever_they_lie() {
        let mut dense = Dense::of(Kind::Date, &Hasher::new(7)).unwrap();
        assert!(dense.count([5, 5, 900].into_iter()).is_some());
        assert!(dense.count([-8000, 5].into_iter()).is_some());
        assert!(dense.count([-8000 + MOST as i64].into_iter()).is_none());
        assert!(dense.count([i64::MIN, i64::MAX].into_iter()).is_none());
        let counts: Vec<_> = dense.each().map(|(_, entry, times)| (entry.cell, times)).collect();
        assert_eq!(counts, [(Cell::Int(-8000), 1), (Cell::Int(5), 3), (Cell::Int(900), 1)]);
    }
}
