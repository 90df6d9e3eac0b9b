//! The value table of a column: its distinct cells with exact counts, all of them or a uniform sample.

use crate::cells::{self, Cell};
use crate::encoding::Writer;

const MOST_COMPLETE: usize = 1024;
const SAMPLED: usize = 256;

/// A distinct cell. Of texts also the form and the length, which the cell alone does not tell.
pub struct Entry {
    pub cell: Cell,
    pub form: u16,
    pub length: u64,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    hash: u128,
    count: u64,
    entry: u32,
}

/// Open addressing by the low bits of the hash; a count of 0 is a free slot.
pub struct Values {
    complete: bool,
    /// No hash above it can be in the sample. The greatest of all while complete.
    threshold: u128,
    slots: Vec<Slot>,
    entries: Vec<Entry>,
}

impl Default for Values {
    fn default() -> Self {
        Values { complete: true, threshold: u128::MAX, slots: vec![Slot::default(); 16], entries: Vec::new() }
    }
}

impl Values {
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Whether the table stays complete with so many cells more.
    pub fn has_room(&self, cells: usize) -> bool {
        self.complete && self.entries.len() + cells <= MOST_COMPLETE
    }

    #[inline(always)]
    pub fn is_candidate(&self, hash: u128) -> bool {
        hash <= self.threshold
    }

    /// Counts a cell and gives its place; None where it is new and the complete table is full.
    #[inline(always)]
    pub fn count(&mut self, hash: u128, times: u64, entry: impl FnOnce() -> Entry) -> Option<u32> {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let slot = &mut self.slots[at];
            if slot.count == 0 {
                return self.add_new(at, hash, times, entry);
            }
            if slot.hash == hash {
                slot.count += times;
                return Some(slot.entry);
            }
            at = (at + 1) & mask;
        }
    }

    #[cold]
    fn add_new(&mut self, at: usize, hash: u128, times: u64, entry: impl FnOnce() -> Entry) -> Option<u32> {
        if self.complete && self.entries.len() == MOST_COMPLETE {
            return None;
        }
        let place = self.entries.len() as u32;
        self.slots[at] = Slot { hash, count: times, entry: place };
        self.entries.push(entry());
        if !self.complete && self.entries.len() > 2 * SAMPLED {
            self.prune();
        } else if 2 * self.entries.len() > self.slots.len() {
            let slots = std::mem::take(&mut self.slots);
            self.slots = vec![Slot::default(); 4 * slots.len()];
            self.place(slots);
        }
        Some(place)
    }

    fn place(&mut self, slots: Vec<Slot>) {
        let mask = self.slots.len() - 1;
        for slot in slots.into_iter().filter(|slot| slot.count > 0) {
            let mut at = slot.hash as usize & mask;
            while self.slots[at].count > 0 {
                at = (at + 1) & mask;
            }
            self.slots[at] = slot;
        }
    }

    /// From here on a sample: there are more distinct cells than a complete table holds.
    pub fn spill(&mut self) {
        self.complete = false;
        self.prune();
    }

    fn prune(&mut self) {
        if self.entries.len() <= SAMPLED {
            return;
        }
        let mut kept = self.sorted();
        kept.truncate(SAMPLED);
        self.threshold = kept[SAMPLED - 1].hash;
        let mut entries: Vec<Option<Entry>> = std::mem::take(&mut self.entries).into_iter().map(Some).collect();
        for slot in &mut kept {
            self.entries.extend(entries[slot.entry as usize].take());
            slot.entry = self.entries.len() as u32 - 1;
        }
        self.slots = vec![Slot::default(); 4 * SAMPLED];
        self.place(kept);
    }

    fn sorted(&self) -> Vec<Slot> {
        let mut used: Vec<Slot> = self.slots.iter().copied().filter(|slot| slot.count > 0).collect();
        used.sort_unstable_by_key(|slot| slot.hash);
        used
    }

    /// Hash, entry and count of each distinct cell that is kept.
    pub fn each(&self) -> impl Iterator<Item = (u128, &Entry, u64)> {
        self.slots
            .iter()
            .filter(|slot| slot.count > 0)
            .map(|slot| (slot.hash, &self.entries[slot.entry as usize], slot.count))
    }

    /// All of them, and the table is empty.
    pub fn take(&mut self) -> Vec<(u128, Entry, u64)> {
        let taken = std::mem::take(self);
        let mut entries: Vec<Option<Entry>> = taken.entries.into_iter().map(Some).collect();
        let used = taken.slots.into_iter().filter(|slot| slot.count > 0);
        used.filter_map(|slot| Some((slot.hash, entries[slot.entry as usize].take()?, slot.count))).collect()
    }

    pub fn encode(&mut self, out: &mut Writer) {
        if !self.complete {
            self.prune();
        }
        let used = self.sorted();
        out.varint(self.complete as u64);
        let cells: Vec<&Cell> = used.iter().map(|slot| &self.entries[slot.entry as usize].cell).collect();
        cells::encode(out, &cells);
        used.iter().for_each(|slot| out.raw(&((slot.hash >> 64) as u64).to_le_bytes()));
        used.iter().for_each(|slot| out.raw(&(slot.hash as u64).to_le_bytes()));
        used.iter().for_each(|slot| out.varint(slot.count));
    }
}
