//! Exact totals of numbers: nothing is rounded.

use num_bigint::BigUint;

use crate::canonical::Reading;
use crate::columns::{Column, Values};
use crate::encoding::Writer;
use crate::exact::{Floats, Fraction, Scaled};
use crate::numbers::{narrow, Wide, I256};

#[derive(Default)]
pub struct Totals {
    count: u64,
    floats: Floats,
    /// By exponent of ten: integers and decimals. Nearly all columns have one, which stands here and not elsewhere.
    scaled: Option<(i32, Scaled)>,
    more: Vec<(i32, Scaled)>,
}

impl Totals {
    #[inline(always)]
    fn scaled(&mut self, exponent: i32) -> &mut Scaled {
        let (own, sums) = self.scaled.get_or_insert_with(|| (exponent, Scaled::default()));
        match *own == exponent {
            true => sums,
            false => scaled_among(&mut self.more, exponent),
        }
    }

    /// Some rows of a column whose nearest floats are given.
    pub fn add(&mut self, column: &Column, start: usize, floats: &[f64], present: Option<&[u8]>) {
        self.count += floats.iter().filter(|value| value.is_finite()).count() as u64;
        self.count -= present.map_or(0, |present| present.iter().filter(|&&p| p == 0).count() as u64);
        let rows = start..start + floats.len();
        macro_rules! signed {
            ($values:expr) => {{
                let sums = self.scaled(0);
                let values = &$values[rows];
                match present {
                    None => values.iter().for_each(|&v| sums.add(v < 0, v.unsigned_abs() as u64)),
                    Some(present) => values
                        .iter()
                        .zip(present)
                        .for_each(|(&v, &p)| sums.add(v < 0, if p != 0 { v.unsigned_abs() as u64 } else { 0 })),
                }
            }};
        }
        macro_rules! unsigned {
            ($values:expr) => {{
                let sums = self.scaled(0);
                for (row, &v) in $values[rows].iter().enumerate() {
                    sums.add(false, if present.is_none_or(|p| p[row] != 0) { v as u64 } else { 0 });
                }
            }};
        }
        match &column.values {
            Values::I8(v) => signed!(v),
            Values::I16(v) => signed!(v),
            Values::I32(v) => signed!(v),
            Values::I64(v) => signed!(v),
            Values::U8(v) => unsigned!(v),
            Values::U16(v) => unsigned!(v),
            Values::U32(v) => unsigned!(v),
            Values::U64(v) => unsigned!(v),
            Values::Words(words, width) => {
                let sums = self.scaled(-column.scale);
                for row in 0..floats.len() {
                    if present.is_none_or(|p| p[row] != 0) {
                        let at = (start + row) * width;
                        let mantissa = &words[at..at + width];
                        match narrow(mantissa) {
                            Some(small) => sums.add(small < 0, small.unsigned_abs()),
                            None => add_mantissa(sums, I256::of_words(mantissa), 1),
                        }
                    }
                }
            }
            _ => match &column.children[..] {
                [exact] => {
                    let held = (0..floats.len()).filter(|row| !exact.is_present(start + row));
                    held.filter(|&row| floats[row].is_finite()).for_each(|row| self.floats.add_times(floats[row], 1));
                    let Values::Words(words, width) = &exact.values else { return };
                    for row in (start..start + floats.len()).filter(|&row| exact.is_present(row)) {
                        let mantissa = I256::of_words(&words[row * width..(row + 1) * width]);
                        add_mantissa(self.scaled(-exact.scale), mantissa, 1);
                    }
                }
                _ => self.floats.add_all(floats),
            },
        }
    }

    /// One number: so many units of 10**exponent.
    #[inline(always)]
    pub fn add_units(&mut self, exponent: i32, units: i64) {
        self.count += 1;
        self.scaled(exponent).add(units < 0, units.unsigned_abs());
    }

    /// One present row of a column of numbers that was read from `start` on; a NaN counts for nothing.
    #[inline]
    pub fn add_row(&mut self, column: &Column, start: usize, reading: &Reading, row: usize) {
        if let Values::Words(words, width) = &column.values {
            let mantissa = &words[(start + row) * width..(start + row + 1) * width];
            match narrow(mantissa) {
                Some(small) => self.add_units(-column.scale, small),
                None => {
                    self.count += 1;
                    add_mantissa(self.scaled(-column.scale), I256::of_words(mantissa), 1);
                }
            }
        } else if let Some(wide) = reading.wide(row) {
            self.add_wide(&wide, 1);
        } else {
            self.add_float(reading.floats[row], 1);
        }
    }

    pub fn add_float(&mut self, value: f64, times: u64) {
        if value.is_finite() {
            self.count += times;
            self.floats.add_times(value, times);
        }
    }

    pub fn add_wide(&mut self, wide: &Wide, times: u64) {
        self.count += wide.nearest().is_finite() as u64 * times;
        add_mantissa(self.scaled(wide.exponent.unwrap_or(0)), wide.mantissa, times);
    }

    pub fn merge(&mut self, other: Totals) {
        self.count += other.count;
        self.floats.join(other.floats);
        for (exponent, sums) in other.scaled.into_iter().chain(other.more) {
            self.scaled(exponent).join(sums);
        }
    }

    pub fn encode(&self, out: &mut Writer) {
        let mut totals = self.floats.totals();
        for (exponent, sums) in self.scaled.iter().chain(&self.more) {
            for (total, more) in totals.iter_mut().zip(sums.totals(*exponent)) {
                Fraction::add(total, more);
            }
        }
        out.varint(self.count);
        for (total, negative) in totals.iter().zip([false, true, false]) {
            out.fraction(total, negative);
        }
    }
}

#[cold]
fn scaled_among(all: &mut Vec<(i32, Scaled)>, exponent: i32) -> &mut Scaled {
    let place = all.iter().position(|(own, _)| *own == exponent).unwrap_or(all.len());
    if place == all.len() {
        all.push((exponent, Scaled::default()));
    }
    &mut all[place].1
}

#[inline]
fn add_mantissa(sums: &mut Scaled, mantissa: I256, times: u64) {
    let negative = mantissa.is_negative();
    match mantissa.magnitude() {
        [small, 0, 0, 0] if times == 1 => sums.add(negative, small),
        [small, 0, 0, 0] => sums.add_times(negative, small, times),
        _ => {
            let magnitude: BigUint = mantissa.big();
            sums.add_large(negative, &magnitude, times);
        }
    }
}
