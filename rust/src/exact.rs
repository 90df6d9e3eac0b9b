//! Exact sums: integers and decimals by scale, floats by exponent (Neal 2015), joined as a fraction at the end.

use num_bigint::BigUint;

const UNIT: i64 = 1074; // every finite float64 is an integer multiple of 2**-1074
const EXPONENTS: usize = 2048;

/// n * 2**two / 5**five.
#[derive(Clone, Default)]
pub struct Fraction {
    n: BigUint,
    two: i64,
    five: u32,
}

impl Fraction {
    /// n * 10**exponent.
    pub fn decimal(n: BigUint, exponent: i32) -> Self {
        if exponent >= 0 {
            Fraction { n: n * BigUint::from(5u32).pow(exponent as u32), two: exponent as i64, five: 0 }
        } else {
            Fraction { n, two: exponent as i64, five: exponent.unsigned_abs() }
        }
    }

    pub fn add(&mut self, other: Fraction) {
        if is_zero(&other.n) {
            return;
        }
        if is_zero(&self.n) {
            *self = other;
            return;
        }
        let (two, five) = (self.two.min(other.two), self.five.max(other.five));
        self.n = self.lifted(two, five) + other.lifted(two, five);
        (self.two, self.five) = (two, five);
    }

    fn lifted(&self, two: i64, five: u32) -> BigUint {
        (&self.n * BigUint::from(5u32).pow(five - self.five)) << (self.two - two) as u64
    }

    pub fn cmp(&self, other: &Fraction) -> std::cmp::Ordering {
        let (two, five) = (self.two.min(other.two), self.five.max(other.five));
        self.lifted(two, five).cmp(&other.lifted(two, five))
    }

    /// In lowest terms: the magnitude of n (no bytes for 0), the power of two, the power of five below.
    pub fn parts(&self) -> (Vec<u8>, i64, u32) {
        if is_zero(&self.n) {
            return (Vec::new(), 0, 0);
        }
        let shift = self.n.trailing_zeros().unwrap_or(0);
        let mut n = &self.n >> shift;
        let mut five = self.five;
        while five > 0 && is_zero(&(&n % 5u32)) {
            n /= 5u32;
            five -= 1;
        }
        (n.to_bytes_le(), self.two + shift as i64, five)
    }
}

fn is_zero(n: &BigUint) -> bool {
    n.bits() == 0
}

/// |value| of a finite float64 as a fraction.
pub fn fraction_of_float(value: f64) -> Fraction {
    let (mantissa, exponent) = split(value.to_bits());
    Fraction { n: BigUint::from(mantissa), two: exponent.max(1) as i64 - 1 - UNIT, five: 0 }
}

/// Mantissa and biased exponent; the value is mantissa * 2**(max(exponent, 1) - 1 - 1074).
#[inline(always)]
fn split(bits: u64) -> (u64, usize) {
    let exponent = (bits >> 52) as usize & 0x7FF;
    ((bits & ((1 << 52) - 1)) | ((exponent != 0) as u64) << 52, exponent)
}

/// 192 bits: a sum of 128-bit squares cannot overflow it.
#[derive(Clone, Copy, Default)]
pub struct U192 {
    low: u128,
    high: u64,
}

impl U192 {
    #[inline(always)]
    pub fn add(&mut self, value: u128) {
        let (low, carry) = self.low.overflowing_add(value);
        self.low = low;
        self.high += carry as u64;
    }

    pub fn add_times(&mut self, value: u128, times: u64) {
        let low = (value as u64) as u128 * times as u128;
        let high = (value >> 64) * times as u128;
        self.add(low);
        self.add(high << 64);
        self.high += (high >> 64) as u64;
    }

    fn join(&mut self, other: U192) {
        self.add(other.low);
        self.high += other.high;
    }

    fn big(self) -> BigUint {
        (BigUint::from(self.high) << 128u32) + self.low
    }
}

#[derive(Clone, Copy, Default)]
struct Bin {
    sums: [u128; 2],
    squares: U192,
}

/// Sums of floats, one bin an exponent. Its pages are touched only where there are values.
#[derive(Default)]
pub struct Floats {
    /// The exponent of the first bin.
    first: usize,
    bins: Vec<Bin>,
}

impl Floats {
    /// Zeros, infinities and NaN may be given; they count for nothing.
    pub fn add_all(&mut self, values: &[f64]) {
        self.reach(0, EXPONENTS - 1);
        let bins: &mut [Bin; EXPONENTS] = self.bins.as_mut_slice().try_into().expect("a bin for each exponent");
        for value in values {
            let bits = value.to_bits();
            let (mantissa, exponent) = split(bits);
            let bin = &mut bins[exponent];
            bin.sums[(bits >> 63) as usize] += mantissa as u128;
            bin.squares.add(mantissa as u128 * mantissa as u128);
        }
    }

    pub fn add_times(&mut self, value: f64, times: u64) {
        let (mantissa, exponent) = split(value.to_bits());
        self.reach(exponent, exponent);
        let bin = &mut self.bins[exponent - self.first];
        bin.sums[value.is_sign_negative() as usize] += mantissa as u128 * times as u128;
        bin.squares.add_times(mantissa as u128 * mantissa as u128, times);
    }

    /// Makes room for some exponents: a few for the numbers of a group, all for those of a column.
    fn reach(&mut self, from: usize, to: usize) {
        if self.bins.is_empty() {
            (self.first, self.bins) = (from, vec![Bin::default(); to + 1 - from]);
        } else if from < self.first || to >= self.first + self.bins.len() {
            let (first, last) = (from.min(self.first), to.max(self.first + self.bins.len() - 1));
            let mut bins = vec![Bin::default(); last + 1 - first];
            bins[self.first - first..][..self.bins.len()].copy_from_slice(&self.bins);
            (self.first, self.bins) = (first, bins);
        }
    }

    pub fn join(&mut self, other: Floats) {
        if other.bins.is_empty() {
            return;
        }
        self.reach(other.first, other.first + other.bins.len() - 1);
        let own = &mut self.bins[other.first - self.first..];
        for (own, more) in own.iter_mut().zip(&other.bins) {
            own.sums[0] += more.sums[0];
            own.sums[1] += more.sums[1];
            own.squares.join(more.squares);
        }
    }

    /// Sums of the positive, of the magnitudes of the negative, and of squares.
    pub fn totals(&self) -> [Fraction; 3] {
        let mut totals: [BigUint; 3] = Default::default();
        for (exponent, bin) in (self.first..EXPONENTS - 1).zip(&self.bins) {
            if bin.squares.low == 0 && bin.squares.high == 0 {
                continue;
            }
            let shift = exponent.max(1) as u64 - 1;
            totals[0] += BigUint::from(bin.sums[0]) << shift;
            totals[1] += BigUint::from(bin.sums[1]) << shift;
            totals[2] += bin.squares.big() << (2 * shift);
        }
        let [positive, negative, squares] = totals;
        [(positive, -UNIT), (negative, -UNIT), (squares, -2 * UNIT)].map(|(n, two)| Fraction { n, two, five: 0 })
    }
}

/// Sums of integers that count 10**exponent.
#[derive(Default)]
pub struct Scaled {
    sums: [u128; 2],
    squares: U192,
    large: Option<Box<[BigUint; 3]>>,
}

impl Scaled {
    #[inline(always)]
    pub fn add(&mut self, negative: bool, magnitude: u64) {
        self.sums[negative as usize] += magnitude as u128;
        self.squares.add(magnitude as u128 * magnitude as u128);
    }

    pub fn add_times(&mut self, negative: bool, magnitude: u64, times: u64) {
        self.sums[negative as usize] += magnitude as u128 * times as u128;
        self.squares.add_times(magnitude as u128 * magnitude as u128, times);
    }

    pub fn add_large(&mut self, negative: bool, magnitude: &BigUint, times: u64) {
        let large = self.large.get_or_insert_with(Default::default);
        large[negative as usize] += magnitude * times;
        large[2] += magnitude * magnitude * times;
    }

    pub fn join(&mut self, other: Scaled) {
        self.sums[0] += other.sums[0];
        self.sums[1] += other.sums[1];
        self.squares.join(other.squares);
        if let Some(more) = other.large {
            let large = self.large.get_or_insert_with(Default::default);
            for (own, more) in large.iter_mut().zip(*more) {
                *own += more;
            }
        }
    }

    pub fn totals(&self, exponent: i32) -> [Fraction; 3] {
        let [mut positive, mut negative] = self.sums.map(BigUint::from);
        let mut squares = self.squares.big();
        if let Some(large) = &self.large {
            positive += &large[0];
            negative += &large[1];
            squares += &large[2];
        }
        [
            Fraction::decimal(positive, exponent),
            Fraction::decimal(negative, exponent),
            Fraction::decimal(squares, 2 * exponent),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact_over_the_whole_range() {
        let mut floats = Floats::default();
        floats.add_all(&[f64::MAX, -f64::MAX, 5e-324, -0.0, f64::NAN, f64::INFINITY, 1.0]);
        let [mut positive, negative, _] = floats.totals();
        let mut expected = fraction_of_float(f64::MAX);
        assert!(expected.cmp(&negative).is_eq());
        expected.add(fraction_of_float(5e-324));
        expected.add(Fraction::decimal(BigUint::from(1u32), 0));
        assert!(positive.cmp(&expected).is_eq());
        positive.add(Fraction::decimal(BigUint::from(25u32), -2));
        assert_eq!(Fraction::decimal(BigUint::from(25u32), -2).parts(), (vec![1], -2, 0));
        assert_eq!(Fraction::decimal(BigUint::from(12u32), -1).parts(), (vec![3], 1, 1));
    }

    #[test]
    fn a_value_many_times_is_the_value_many_times() {
        let (mut once, mut often) = (Scaled::default(), Scaled::default());
        for _ in 0..1000 {
            once.add(true, u64::MAX);
        }
        often.add_times(true, u64::MAX, 1000);
        for (a, b) in once.totals(-3).iter().zip(often.totals(-3)) {
            assert_eq!(a.parts(), b.parts());
        }
    }
}
