//! Numbers beyond float64: wide integers and decimals, and how they are read from their words.

use num_bigint::BigUint;

use crate::exact::{fraction_of_float, Fraction};
use crate::xxh3::{self, Words};

/// In place of an exponent: not a wide number.
pub const PLAIN: i32 = i32::MAX;

/// A two's complement integer of 256 bits; its order is that of the numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct I256 {
    high: i128,
    low: u128,
}

impl I256 {
    pub fn new(value: i128) -> Self {
        I256 { high: value >> 127, low: value as u128 }
    }

    pub fn of_words(words: &[u64]) -> Self {
        let low = words[0] as u128 | (words[1] as u128) << 64;
        match words.len() {
            2 => I256::new(low as i128),
            _ => I256 { high: (words[2] as u128 | (words[3] as u128) << 64) as i128, low },
        }
    }

    fn of_magnitude(magnitude: [u64; 4], negative: bool) -> Self {
        let join = |low: u64, high: u64| low as u128 | (high as u128) << 64;
        let (low, high) = (join(magnitude[0], magnitude[1]), join(magnitude[2], magnitude[3]));
        match negative {
            false => I256 { high: high as i128, low },
            true => I256 { high: (!high).wrapping_add((low == 0) as u128) as i128, low: low.wrapping_neg() },
        }
    }

    pub fn is_negative(self) -> bool {
        self.high < 0
    }

    /// The magnitude, lowest word first.
    pub fn magnitude(self) -> [u64; 4] {
        let (low, high) = match self.is_negative() {
            false => (self.low, self.high as u128),
            true => (self.low.wrapping_neg(), (!self.high as u128).wrapping_add((self.low == 0) as u128)),
        };
        [low as u64, (low >> 64) as u64, high as u64, (high >> 64) as u64]
    }

    pub fn big(self) -> BigUint {
        big(self.magnitude())
    }

    /// The value, where 128 bits hold it.
    pub fn narrow(self) -> i128 {
        self.low as i128
    }

    pub fn bytes(self) -> [u8; 32] {
        let mut out = [0; 32];
        out[..16].copy_from_slice(&self.low.to_le_bytes());
        out[16..].copy_from_slice(&self.high.to_le_bytes());
        out
    }
}

fn big(magnitude: [u64; 4]) -> BigUint {
    BigUint::from_slice(&magnitude.map(|word| [word as u32, (word >> 32) as u32]).concat())
}

fn divided(magnitude: [u64; 4], divisor: u64) -> ([u64; 4], u64) {
    let (mut quotient, mut rest) = ([0; 4], 0u128);
    for i in (0..4).rev() {
        let part = rest << 64 | magnitude[i] as u128;
        quotient[i] = (part / divisor as u128) as u64;
        rest = part % divisor as u128;
    }
    (quotient, rest as u64)
}

/// A number m * 10**e that float64 cannot hold (no exponent: an instant of more than 64 bits).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Wide {
    pub mantissa: I256,
    pub exponent: Option<i32>,
}

impl Wide {
    /// Exponent (int16), mantissa (int256): what is hashed and written.
    pub fn bytes(&self) -> [u8; 34] {
        let mut out = [0; 34];
        out[..2].copy_from_slice(&(self.exponent.unwrap_or(0) as i16).to_le_bytes());
        out[2..].copy_from_slice(&self.mantissa.bytes());
        out
    }

    pub fn hash(&self, seed: u64) -> u128 {
        let narrow = self.mantissa.low as i64;
        if self.mantissa == I256::new(narrow as i128) {
            return xxh3::hash_decimal(self.exponent.unwrap_or(0) as i16, narrow, seed);
        }
        xxh3::hash(&self.bytes(), seed)
    }

    pub fn instant(exact: i128) -> Self {
        Wide { mantissa: I256::new(exact), exponent: None }
    }

    /// The nearest float64; infinite beyond its range.
    pub fn nearest(&self) -> f64 {
        match self.exponent {
            None => self.mantissa.narrow() as f64,
            Some(exponent) => nearest_float(self.mantissa, exponent),
        }
    }

    pub fn magnitude(&self) -> Fraction {
        Fraction::decimal(self.mantissa.big(), self.exponent.unwrap_or(0))
    }

    /// Compared with a finite float64, exactly.
    pub fn cmp_float(&self, value: f64) -> std::cmp::Ordering {
        let negative = self.mantissa.is_negative();
        if negative != (value < 0.0) {
            return if negative { std::cmp::Ordering::Less } else { std::cmp::Ordering::Greater };
        }
        let order = self.magnitude().cmp(&fraction_of_float(value));
        if negative {
            order.reverse()
        } else {
            order
        }
    }

    pub fn cmp_value(&self, other: &Wide) -> std::cmp::Ordering {
        if self.exponent == other.exponent {
            return self.mantissa.cmp(&other.mantissa);
        }
        let (a, b) = (self.mantissa.is_negative(), other.mantissa.is_negative());
        match (a, b) {
            (true, false) => std::cmp::Ordering::Less,
            (false, true) => std::cmp::Ordering::Greater,
            _ => {
                let order = self.magnitude().cmp(&other.magnitude());
                if a {
                    order.reverse()
                } else {
                    order
                }
            }
        }
    }
}

fn nearest_float(mantissa: I256, exponent: i32) -> f64 {
    let sign = if mantissa.is_negative() { "-" } else { "" };
    // the parser of the standard library rounds correctly, whatever the number of digits
    format!("{sign}{}e{exponent}", mantissa.big()).parse().unwrap_or(f64::NAN)
}

const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// One scale of decimals: how a mantissa becomes a float64, or a wide number where float64 does not hold it.
#[derive(Clone, Copy)]
pub struct Decimals {
    exponent: i32,
    /// The inverse of 5**scale modulo 2**64, and the largest quotient: a product within it tells a multiple.
    inverse: u64,
    most: u64,
}

impl Decimals {
    pub fn new(scale: i32) -> Self {
        let five = if (0..=22).contains(&scale) { 5u64.pow(scale as u32) } else { 1 };
        let mut inverse = five;
        for _ in 0..5 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(five.wrapping_mul(inverse)));
        }
        Decimals { exponent: -scale, inverse, most: u64::MAX / five }
    }

    /// Nearest float, exponent where it is wide, and hash.
    #[inline(always)]
    pub fn read(&self, words: &[u64], plain: &Words, seed: u64) -> (f64, i32, u128) {
        if let Some(mantissa) = narrow(words).filter(|mantissa| self.is_easy(*mantissa)) {
            let (nearest, stripped, exponent) = self.easy(mantissa);
            let hash = match exponent {
                PLAIN => plain.hash(nearest.to_bits()),
                _ => xxh3::hash_decimal(exponent as i16, stripped, seed),
            };
            return (nearest, exponent, hash);
        }
        match self.wide(I256::of_words(words)) {
            (nearest, None) => (nearest, PLAIN, plain.hash(nearest.to_bits())),
            (nearest, Some(wide)) => (nearest, wide.exponent.unwrap_or(0), wide.hash(seed)),
        }
    }

    pub fn number(&self, words: &[u64]) -> (f64, Option<Wide>) {
        match narrow(words).filter(|mantissa| self.is_easy(*mantissa)) {
            None => self.wide(I256::of_words(words)),
            Some(mantissa) => match self.easy(mantissa) {
                (nearest, _, PLAIN) => (nearest, None),
                (nearest, stripped, exponent) => {
                    let mantissa = I256::new(stripped as i128);
                    (nearest, Some(Wide { mantissa, exponent: Some(exponent) }))
                }
            },
        }
    }

    #[inline(always)]
    fn is_easy(&self, mantissa: i64) -> bool {
        mantissa.unsigned_abs() <= 1 << 53 && (-22..=0).contains(&self.exponent)
    }

    /// Nearest float, mantissa and exponent without ending zeros.
    #[inline(always)]
    fn easy(&self, mantissa: i64) -> (f64, i64, i32) {
        // both are exact in float64, so one division rounds correctly
        let nearest = mantissa as f64 / POWERS[-self.exponent as usize];
        if mantissa.unsigned_abs().wrapping_mul(self.inverse) <= self.most {
            return (nearest, mantissa, PLAIN);
        }
        let (mut stripped, mut exponent) = (mantissa, self.exponent);
        while stripped % 2 == 0 && stripped % 10 == 0 {
            stripped /= 10;
            exponent += 1;
        }
        (nearest, stripped, exponent)
    }

    #[cold]
    fn wide(&self, mantissa: I256) -> (f64, Option<Wide>) {
        let magnitude = mantissa.magnitude();
        if magnitude == [0; 4] {
            return (0.0, None);
        }
        let nearest = nearest_float(mantissa, self.exponent);
        if is_exact(magnitude, self.exponent) {
            return (nearest, None);
        }
        (nearest, Some(stripped(mantissa, self.exponent)))
    }
}

/// The mantissa, where 64 bits hold it.
#[inline(always)]
pub fn narrow(words: &[u64]) -> Option<i64> {
    let sign = (words[0] as i64 >> 63) as u64;
    words[1..].iter().all(|&word| word == sign).then_some(words[0] as i64)
}

/// Whether float64 holds magnitude * 10**exponent, which is not 0.
fn is_exact(mut magnitude: [u64; 4], exponent: i32) -> bool {
    let mut fives = 1;
    if exponent < 0 {
        for _ in 0..exponent.unsigned_abs() {
            let (quotient, rest) = divided(magnitude, 5);
            if rest != 0 {
                return false;
            }
            magnitude = quotient;
        }
    } else if exponent > 22 {
        return false;
    } else {
        fives = 5u64.pow(exponent as u32);
    }
    let odd = big(magnitude) * fives;
    odd.bits() - odd.trailing_zeros().unwrap_or(0) <= 53
}

fn stripped(mantissa: I256, mut exponent: i32) -> Wide {
    let mut magnitude = mantissa.magnitude();
    loop {
        let (quotient, rest) = divided(magnitude, 10);
        if rest != 0 {
            break;
        }
        magnitude = quotient;
        exponent += 1;
    }
    Wide { mantissa: I256::of_magnitude(magnitude, mantissa.is_negative()), exponent: Some(exponent) }
}

#[cold]
pub fn wide_integer(exact: i128) -> Wide {
    stripped(I256::new(exact), 0)
}

pub fn half_to_float(half: u16) -> f64 {
    let (sign, exponent, fraction) = ((half >> 15) as u64, (half >> 10) as i32 & 0x1F, (half & 0x3FF) as f64);
    let magnitude = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    };
    f64::from_bits(magnitude.to_bits() | sign << 63)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_or_wide() {
        let number = |mantissa: i64, scale| Decimals::new(scale).number(&[mantissa as u64, (mantissa >> 63) as u64]);
        assert_eq!(number(50, 2), (0.5, None));
        assert_eq!(number(0, 400), (0.0, None));
        let (nearest, wide) = number(-10, 2);
        assert_eq!((nearest, wide.unwrap().exponent), (-0.1, Some(-1)));
        assert!(wide.unwrap().cmp_float(-0.1).is_gt());
        assert_eq!(number(1, -22), (1e22, None));
        assert!(number(1, -23).1.is_some());
        assert_eq!(number(i64::MIN, 0), (-(2f64.powi(63)), None));
        assert_eq!(number(1, -400).0, f64::INFINITY);
    }

    #[test]
    fn halves_are_read_exactly() {
        for (bits, value) in [(0x3C00, 1.0), (0xC000, -2.0), (0x0001, 2f64.powi(-24)), (0x7BFF, 65504.0)] {
            assert_eq!(half_to_float(bits), value);
        }
        assert!(half_to_float(0x7C00).is_infinite() && half_to_float(0xFE00).is_nan());
        assert_eq!(half_to_float(0x8000).to_bits(), (-0.0f64).to_bits());
    }

    #[test]
    fn magnitudes_survive_the_sign() {
        for value in [0, 1, -1, i128::MIN, i128::MAX] {
            let wide = I256::new(value);
            assert_eq!(I256::of_magnitude(wide.magnitude(), value < 0), wide);
        }
        let least = I256 { high: i128::MIN, low: 0 };
        assert_eq!(I256::of_magnitude(least.magnitude(), true), least);
    }
}
