//! How many rows there are, and how many of them are of each special kind.

use crate::encoding::Writer;

#[derive(Default)]
pub struct Shape {
    pub rows: u64,
    pub nulls: u64,
    nans: u64,
    plus_infinities: u64,
    minus_infinities: u64,
    zeros: u64,
    negatives: u64,
    pub empties: u64,
}

impl Shape {
    pub fn add_numbers(&mut self, values: &[f64], present: Option<&[u8]>) {
        let (mut nans, mut plus, mut minus, mut zeros, mut negatives) = (0, 0, 0, 0, 0);
        for &value in values {
            nans += value.is_nan() as u64;
            plus += (value == f64::INFINITY) as u64;
            minus += (value == f64::NEG_INFINITY) as u64;
            zeros += (value == 0.0) as u64;
            negatives += (value < 0.0) as u64;
        }
        // under a null stands 0.0
        let hidden = present.map_or(0, |present| present.iter().filter(|&&p| p == 0).count() as u64);
        self.nans += nans;
        self.plus_infinities += plus;
        self.minus_infinities += minus;
        self.zeros += zeros - hidden;
        self.negatives += negatives;
    }

    pub fn add_number(&mut self, value: f64, times: u64) {
        self.nans += value.is_nan() as u64 * times;
        self.plus_infinities += (value == f64::INFINITY) as u64 * times;
        self.minus_infinities += (value == f64::NEG_INFINITY) as u64 * times;
        self.zeros += (value == 0.0) as u64 * times;
        self.negatives += (value < 0.0) as u64 * times;
    }

    pub fn add_zeros(&mut self, times: u64) {
        self.zeros += times;
    }

    pub fn merge(&mut self, other: Shape) {
        self.rows += other.rows;
        self.nulls += other.nulls;
        self.nans += other.nans;
        self.plus_infinities += other.plus_infinities;
        self.minus_infinities += other.minus_infinities;
        self.zeros += other.zeros;
        self.negatives += other.negatives;
        self.empties += other.empties;
    }

    pub fn encode(&self, out: &mut Writer) {
        let counts = [
            self.rows,
            self.nulls,
            self.nans,
            self.plus_infinities,
            self.minus_infinities,
            self.zeros,
            self.negatives,
            self.empties,
        ];
        counts.into_iter().for_each(|count| out.varint(count));
    }
}
