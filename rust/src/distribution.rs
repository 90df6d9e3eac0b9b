//! The distribution of numbers and times: exact counts of bins whose width follows the data.

use crate::encoding::Writer;

const MOST_BINS: usize = 2048;

/// Open addressing, a quarter to half full; a count of 0 is a free slot.
#[derive(Default)]
pub struct Distribution {
    shift: u32,
    bins: usize,
    slots: Vec<(u64, u64)>,
}

impl Distribution {
    #[inline(always)]
    pub fn add(&mut self, value: f64) {
        self.add_key(float_key(value), 1);
    }

    pub fn add_times(&mut self, value: f64, times: u64) {
        self.add_key(float_key(value), times);
    }

    #[inline(always)]
    fn add_key(&mut self, key: u64, times: u64) {
        if self.slots.is_empty() {
            self.slots = vec![(0, 0); 64];
        }
        let prefix = key >> self.shift;
        let mask = self.slots.len() - 1;
        let mut at = slot_of(prefix) & mask;
        loop {
            let slot = &mut self.slots[at];
            if slot.1 == 0 {
                return self.add_new(at, prefix, times);
            }
            if slot.0 == prefix {
                slot.1 += times;
                return;
            }
            at = (at + 1) & mask;
        }
    }

    #[cold]
    fn add_new(&mut self, at: usize, prefix: u64, times: u64) {
        self.slots[at] = (prefix, times);
        self.bins += 1;
        if self.bins > MOST_BINS {
            self.collapse();
        } else if 2 * self.bins > self.slots.len() {
            let size = 4 * self.slots.len();
            self.rebuild(size, 0);
        }
    }

    fn collapse(&mut self) {
        while self.bins > MOST_BINS {
            self.shift += 1;
            let size = self.slots.len();
            self.rebuild(size, 1);
        }
    }

    fn rebuild(&mut self, size: usize, dropped: u32) {
        let slots = std::mem::replace(&mut self.slots, vec![(0, 0); size]);
        self.bins = 0;
        for (prefix, count) in slots.into_iter().filter(|slot| slot.1 > 0) {
            let prefix = prefix >> dropped;
            let mut at = slot_of(prefix) & (size - 1);
            while self.slots[at].1 != 0 && self.slots[at].0 != prefix {
                at = (at + 1) & (size - 1);
            }
            self.bins += (self.slots[at].1 == 0) as usize;
            self.slots[at].0 = prefix;
            self.slots[at].1 += count;
        }
    }

    pub fn merge(&mut self, other: Distribution) {
        if other.shift > self.shift {
            let (size, dropped) = (self.slots.len(), other.shift - self.shift);
            if size > 0 {
                self.rebuild(size, dropped);
            }
            self.shift = other.shift;
        }
        for (prefix, count) in other.slots.into_iter().filter(|slot| slot.1 > 0) {
            self.add_key(prefix << other.shift, count);
        }
    }

    pub fn encode(&self, out: &mut Writer) {
        let mut bins: Vec<(u64, u64)> = self.slots.iter().copied().filter(|slot| slot.1 > 0).collect();
        bins.sort_unstable();
        out.varint(self.shift as u64);
        out.varint(bins.len() as u64);
        let mut before = 0;
        for (prefix, _) in &bins {
            out.varint(prefix - before);
            before = *prefix;
        }
        bins.iter().for_each(|(_, count)| out.varint(*count));
    }
}

#[inline(always)]
fn slot_of(prefix: u64) -> usize {
    (prefix.wrapping_mul(0x9E3779B97F4A7C15) >> 40) as usize
}

/// A 64-bit key in the order of the values; the values have no -0.0.
#[inline(always)]
pub fn float_key(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    bits ^ ((bits as i64 >> 63) as u64 | 1 << 63)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_is_the_merge_of_its_parts() {
        let values: Vec<f64> = (0..10_000).map(|i| ((i * 7919) % 10_007) as f64 / 3.0 - 1000.0).collect();
        let mut whole = Distribution::default();
        values.iter().for_each(|&value| whole.add(value));
        for cut in [0, 1, 3000, 9_999] {
            let (mut left, mut right) = (Distribution::default(), Distribution::default());
            values[..cut].iter().for_each(|&value| left.add(value));
            values[cut..].iter().for_each(|&value| right.add(value));
            left.merge(right);
            let (mut a, mut b) = (Writer::default(), Writer::default());
            left.encode(&mut a);
            whole.encode(&mut b);
            assert_eq!(a.bytes, b.bytes);
        }
    }
}
