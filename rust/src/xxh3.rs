//! XXH3-128 with a seed. The short inputs, which are nearly all cells, are inlined here; long ones go to the crate.

const P32_2: u64 = 0x85EBCA77;
const P64_1: u64 = 0x9E3779B185EBCA87;
const P64_2: u64 = 0xC2B2AE3D27D4EB4F;
const P64_3: u64 = 0x165667B19E3779F9;
const P64_4: u64 = 0x85EBCA77C2B2AE63;
const AVALANCHE: u64 = 0x165667919E3779F9;
const RRMXMX: u64 = 0x9FB21C651E98DF25;

const SECRET: [u8; 192] = [
    0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c, 0xde, 0xd4, 0x6d,
    0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f, 0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0,
    0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21, 0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0,
    0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c, 0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb, 0x88, 0xd0, 0x65, 0x8b,
    0x1b, 0x53, 0x2e, 0xa3, 0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac,
    0xd8, 0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d, 0x8a, 0x51,
    0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31, 0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64, 0xea, 0xc5, 0xac, 0x83, 0x34,
    0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb, 0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49,
    0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e, 0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc, 0x8f, 0xf8, 0xb8,
    0xd1, 0x7a, 0xd0, 0x31, 0xce, 0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b,
    0x40, 0x7e,
];

const fn secret64(at: usize) -> u64 {
    let s = &SECRET;
    u64::from_le_bytes([s[at], s[at + 1], s[at + 2], s[at + 3], s[at + 4], s[at + 5], s[at + 6], s[at + 7]])
}

const fn secret32(at: usize) -> u64 {
    let s = &SECRET;
    u32::from_le_bytes([s[at], s[at + 1], s[at + 2], s[at + 3]]) as u64
}

/// A hash from its (high, low) words.
#[inline(always)]
pub fn join(high: u64, low: u64) -> u128 {
    (high as u128) << 64 | low as u128
}

#[inline(always)]
fn wide(a: u64, b: u64) -> (u64, u64) {
    let product = a as u128 * b as u128;
    ((product >> 64) as u64, product as u64)
}

#[inline(always)]
fn fold(a: u64, b: u64) -> u64 {
    let (high, low) = wide(a, b);
    high ^ low
}

#[inline(always)]
fn avalanche(mut h: u64) -> u64 {
    h ^= h >> 37;
    h = h.wrapping_mul(AVALANCHE);
    h ^ (h >> 32)
}

#[inline(always)]
fn avalanche64(mut h: u64) -> u64 {
    h ^= h >> 33;
    h = h.wrapping_mul(P64_2);
    h ^= h >> 29;
    h = h.wrapping_mul(P64_3);
    h ^ (h >> 32)
}

#[inline(always)]
fn read64(data: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(data[at..at + 8].try_into().expect("eight bytes"))
}

#[inline(always)]
fn read32(data: &[u8], at: usize) -> u64 {
    u32::from_le_bytes(data[at..at + 4].try_into().expect("four bytes")) as u64
}

/// The hash of 8-byte words under one seed, with all that does not depend on the word worked out before.
#[derive(Clone, Copy)]
pub struct Words {
    flip: u64,
}

impl Words {
    pub fn new(seed: u64) -> Self {
        Words { flip: flip_4_to_8(seed) }
    }

    #[inline(always)]
    pub fn hash(self, word: u64) -> u128 {
        finish_4_to_8(word, self.flip, 8)
    }
}

#[inline(always)]
fn flip_4_to_8(seed: u64) -> u64 {
    let mixed = seed ^ (((seed as u32).swap_bytes() as u64) << 32);
    (const { secret64(16) ^ secret64(24) }).wrapping_add(mixed)
}

#[inline(always)]
fn finish_4_to_8(word: u64, flip: u64, length: u64) -> u128 {
    let (mut high, mut low) = wide(word ^ flip, P64_1.wrapping_add(length << 2));
    high = high.wrapping_add(low << 1);
    low ^= high >> 3;
    low ^= low >> 35;
    low = low.wrapping_mul(RRMXMX);
    low ^= low >> 28;
    join(avalanche(high), low)
}

/// The hash of 16 bytes, given as two little-endian words.
#[inline(always)]
pub fn hash_pair(first: u64, last: u64, seed: u64) -> u128 {
    finish_9_to_16(first, last, 16, seed)
}

#[inline(always)]
fn finish_9_to_16(first: u64, last: u64, length: u64, seed: u64) -> u128 {
    let flip_low = (const { secret64(32) ^ secret64(40) }).wrapping_sub(seed);
    let flip_high = (const { secret64(48) ^ secret64(56) }).wrapping_add(seed);
    let (mut high, mut low) = wide(first ^ last ^ flip_low, P64_1);
    low = low.wrapping_add((length - 1) << 54);
    let last = last ^ flip_high;
    high = high.wrapping_add(last).wrapping_add((last & 0xFFFF_FFFF).wrapping_mul(P32_2 - 1));
    low ^= high.swap_bytes();
    let (mut out_high, out_low) = wide(low, P64_2);
    out_high = out_high.wrapping_add(high.wrapping_mul(P64_2));
    join(avalanche(out_high), avalanche(out_low))
}

/// The hash of 34 bytes: an int16 and an int256 that an int64 holds, as wide decimals are written.
#[inline(always)]
pub fn hash_decimal(exponent: i16, mantissa: i64, seed: u64) -> u128 {
    let sign = (mantissa >> 63) as u64;
    let word = mantissa as u64;
    let mix = |a: u64, b: u64, secret: usize| {
        fold(a ^ secret64(secret).wrapping_add(seed), b ^ secret64(secret + 8).wrapping_sub(seed))
    };
    // the words at bytes 0, 8; those at 16 and beyond are the sign, as is the one at 10
    let (first, second) = (exponent as u16 as u64 | word << 16, word >> 48 | sign << 16);
    let mut low = 34u64.wrapping_mul(P64_1);
    low = low.wrapping_add(mix(sign, sign, 32)) ^ word.wrapping_add(sign);
    let mut high = mix(word, sign, 48) ^ sign.wrapping_add(sign);
    low = low.wrapping_add(mix(first, second, 0)) ^ sign.wrapping_add(sign);
    high = high.wrapping_add(mix(sign, sign, 16)) ^ first.wrapping_add(second);
    finish_middle(high, low, 34, seed)
}

#[inline(always)]
fn finish_middle(high: u64, low: u64, length: u64, seed: u64) -> u128 {
    let out_low = low.wrapping_add(high);
    let out_high = low
        .wrapping_mul(P64_1)
        .wrapping_add(high.wrapping_mul(P64_4))
        .wrapping_add(length.wrapping_sub(seed).wrapping_mul(P64_2));
    join(avalanche(out_high).wrapping_neg(), avalanche(out_low))
}

fn hash_1_to_3(data: &[u8], seed: u64) -> u128 {
    let length = data.len();
    let (c1, c2, c3) = (data[0] as u32, data[length >> 1] as u32, data[length - 1] as u32);
    let low32 = (c1 << 16) | (c2 << 24) | c3 | ((length as u32) << 8);
    let high32 = low32.swap_bytes().rotate_left(13);
    let flip_low = (const { secret32(0) ^ secret32(4) }).wrapping_add(seed);
    let flip_high = (const { secret32(8) ^ secret32(12) }).wrapping_sub(seed);
    join(avalanche64(high32 as u64 ^ flip_high), avalanche64(low32 as u64 ^ flip_low))
}

#[inline(always)]
fn mix16(data: &[u8], at: usize, secret: usize, seed: u64) -> u64 {
    fold(
        read64(data, at) ^ secret64(secret).wrapping_add(seed),
        read64(data, at + 8) ^ secret64(secret + 8).wrapping_sub(seed),
    )
}

#[inline(always)]
fn mix32(acc: (u64, u64), data: &[u8], first: usize, second: usize, secret: usize, seed: u64) -> (u64, u64) {
    let (mut high, mut low) = acc;
    low = low.wrapping_add(mix16(data, first, secret, seed));
    low ^= read64(data, second).wrapping_add(read64(data, second + 8));
    high = high.wrapping_add(mix16(data, second, secret + 16, seed));
    high ^= read64(data, first).wrapping_add(read64(data, first + 8));
    (high, low)
}

#[inline(always)]
fn hash_17_to_128(data: &[u8], seed: u64) -> u128 {
    let length = data.len();
    let mut acc = (0, (length as u64).wrapping_mul(P64_1));
    for i in (0..(length - 1) / 32 + 1).rev() {
        acc = mix32(acc, data, 16 * i, length - 16 * (i + 1), 32 * i, seed);
    }
    finish_middle(acc.0, acc.1, length as u64, seed)
}

/// XXH3-128 of any bytes.
#[inline]
pub fn hash(data: &[u8], seed: u64) -> u128 {
    let length = data.len();
    match length {
        4..=8 => {
            let word = read32(data, 0).wrapping_add(read32(data, length - 4) << 32);
            finish_4_to_8(word, flip_4_to_8(seed), length as u64)
        }
        9..=16 => finish_9_to_16(read64(data, 0), read64(data, length - 8), length as u64, seed),
        17..=128 => hash_17_to_128(data, seed),
        1..=3 => hash_1_to_3(data, seed),
        0 => join(
            avalanche64(seed ^ const { secret64(80) ^ secret64(88) }),
            avalanche64(seed ^ const { secret64(64) ^ secret64(72) }),
        ),
        _ => xxhash_rust::xxh3::xxh3_128_with_seed(data, seed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_inputs_agree_with_the_crate() {
        let data: Vec<u8> = (0..400u32).map(|i| (i * 167 + 13) as u8).collect();
        for seed in [0, 1, 0x9E3779B97F4A7C15, u64::MAX] {
            for length in 0..400 {
                let part = &data[..length];
                assert_eq!(hash(part, seed), xxhash_rust::xxh3::xxh3_128_with_seed(part, seed), "{length} bytes");
            }
            for (exponent, mantissa) in [(-2i16, 12345i64), (0, -1), (i16::MIN, i64::MIN), (7, i64::MAX)] {
                let wide = [(mantissa as i128).to_le_bytes(), ((mantissa >> 63) as i128).to_le_bytes()].concat();
                let bytes = [&exponent.to_le_bytes()[..], &wide].concat();
                assert_eq!(hash_decimal(exponent, mantissa, seed), hash(&bytes, seed));
            }
            let word = read64(&data, 5);
            assert_eq!(Words::new(seed).hash(word), hash(&data[5..13], seed));
            assert_eq!(hash_pair(word, read64(&data, 13), seed), hash(&data[5..21], seed));
        }
    }
}
