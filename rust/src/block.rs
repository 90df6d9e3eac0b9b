//! Some rows of a column that were read: what several summaries take.

use crate::canonical::{cell_at, reading_cell, Hasher, Reading};
use crate::cells::Cell;
use crate::columns::{Column, Kind};

/// Some rows of a column, with all that has been worked out about them.
pub struct Block<'a> {
    pub column: &'a Column<'a>,
    pub start: usize,
    pub reading: &'a Reading,
    pub hasher: &'a Hasher,
}

impl Block<'_> {
    pub fn rows(&self) -> usize {
        self.reading.hashes.len()
    }

    /// The canonical cell of one present row.
    pub fn cell(&self, row: usize) -> Cell {
        match self.column.kind {
            Kind::Text | Kind::Binary | Kind::Boolean | Kind::Unsupported => {
                cell_at(self.column, self.start + row, self.hasher)
            }
            _ => reading_cell(self.reading, self.column, self.start, row),
        }
    }
}
