//! The form of values: what a number, a text or a time looks like, counted exactly.

use crate::canonical::Reading;
use crate::cells::{count_places, decimal_places, PLACES};
use crate::columns::Kind;
use crate::encoding::Writer;
use crate::numbers::{Wide, PLAIN};

const LENGTHS: usize = 33;
const TEXT_FORMS: usize = 13;
const LONGEST: usize = 4096; // bytes of a text that are looked at
const STEPS: [i64; 4] = [1_000_000_000, 60_000_000_000, 3_600_000_000_000, 86_400_000_000_000];
const UPPER: u8 = 1;
const LOWER: u8 = 2;
const HIGH: u8 = 4;
/// What each byte tells of its text.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'A'..=b'Z' => UPPER,
            b'a'..=b'z' => LOWER,
            0x80.. => HIGH,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

fn is_missing_word(text: &[u8]) -> bool {
    matches!(
        text,
        b"#N/A"
            | b"#NA"
            | b"-NaN"
            | b"-nan"
            | b"<NA>"
            | b"N/A"
            | b"NA"
            | b"NULL"
            | b"NaN"
            | b"None"
            | b"n/a"
            | b"na"
            | b"nan"
            | b"null"
            | b"none"
            | b"NONE"
            | b"nil"
            | b"NIL"
            | b"missing"
            | b"unknown"
            | b"?"
            | b"-"
            | b"--"
            | b"."
    )
}

/// Counts by name, in the order of the reference.
pub enum Form {
    None,
    Numbers { places: [u64; PLACES + 2], singles: u64 },
    Times([u64; 4]),
    Texts(Box<Texts>),
}

pub struct Texts {
    /// Texts by all their forms together, a bit each: one addition a text.
    together: Vec<u64>,
    lengths: [u64; LENGTHS],
    /// Forms of texts seen lately: the high word of the hash, by bits of the low word.
    seen: Vec<(u64, u16)>,
}

impl Form {
    pub fn of(kind: Kind) -> Self {
        match kind {
            kind if kind.is_number() => Form::Numbers { places: [0; PLACES + 2], singles: 0 },
            Kind::Time | Kind::Timestamp | Kind::Duration => Form::Times([0; 4]),
            Kind::Text => Form::Texts(Box::new(Texts {
                together: vec![0; 1 << TEXT_FORMS],
                lengths: [0; LENGTHS],
                seen: Vec::new(),
            })),
            _ => Form::None,
        }
    }

    /// Some rows of numbers, from `first` of the reading on.
    pub fn add_numbers(&mut self, reading: &Reading, kind: Kind, first: usize, present: Option<&[u8]>) {
        let Form::Numbers { places, singles } = self else {
            return;
        };
        let values = &reading.floats[first..];
        if kind != Kind::Decimal && reading.wides.is_empty() {
            let plain = present.is_none_or(|p| p.iter().all(|&p| p != 0)) && values.iter().all(|v| v.is_finite());
            let kept: Vec<f64>;
            let values = match plain {
                true => values,
                false => {
                    let here = |(row, value): (usize, &f64)| {
                        (value.is_finite() && present.is_none_or(|p| p[row] != 0)).then_some(*value)
                    };
                    kept = values.iter().enumerate().filter_map(here).collect();
                    &kept
                }
            };
            *singles += values.iter().map(|&value| (value as f32 as f64 == value) as u64).sum::<u64>();
            match kind {
                Kind::Integer => places[0] += values.len() as u64,
                _ => count_places(values, places),
            }
            return;
        }
        if kind == Kind::Decimal {
            for (row, (&value, &exponent)) in values.iter().zip(&reading.exponents[first..]).enumerate() {
                match exponent {
                    PLAIN if present.is_none_or(|p| p[row] != 0) => self.add_number(value, 1),
                    PLAIN => {}
                    _ => self.add_places(exponent, 1),
                }
            }
            return;
        }
        let mut wides = reading.wides.iter().skip_while(|(row, _)| (*row as usize) < first).peekable();
        for (row, &value) in values.iter().enumerate() {
            match wides.next_if(|(at, _)| *at as usize == first + row) {
                Some((_, wide)) => self.add_wide(wide, 1),
                None if present.is_none_or(|p| p[row] != 0) => self.add_number(value, 1),
                None => {}
            }
        }
    }

    /// float64 only comes near such a number, so its own digits decide.
    fn add_places(&mut self, exponent: i32, times: u64) {
        if let Form::Numbers { places, .. } = self {
            places[(-exponent).clamp(0, PLACES as i32 + 1) as usize] += times;
        }
    }

    pub fn add_number(&mut self, value: f64, times: u64) {
        if let (Form::Numbers { places, singles }, true) = (self, value.is_finite()) {
            places[decimal_places(value)] += times;
            *singles += (value as f32 as f64 == value) as u64 * times;
        }
    }

    pub fn add_wide(&mut self, wide: &Wide, times: u64) {
        match (self, wide.exponent) {
            (own, Some(exponent)) => own.add_places(exponent, times),
            (Form::Times(counts), None) => {
                for (count, step) in counts.iter_mut().zip(STEPS) {
                    *count += (wide.mantissa.narrow() % step as i128 == 0) as u64 * times;
                }
            }
            _ => {}
        }
    }

    #[inline]
    pub fn add_instant(&mut self, value: i64, times: u64) {
        if let Form::Times(counts) = self {
            for (count, step) in counts.iter_mut().zip(STEPS) {
                if value % step != 0 {
                    break; // each step is a multiple of the one before
                }
                *count += times;
            }
        }
    }

    pub fn add_text(&mut self, form: u16, length: u64, times: u64) {
        if let Form::Texts(texts) = self {
            texts.lengths[(length as usize).min(LENGTHS - 1)] += times;
            texts.together[form as usize] += times;
        }
    }

    /// As `add_text`, of a text whose form is not known yet.
    #[inline]
    pub fn add_new_text(&mut self, text: &[u8], hash: u128, own: &[u8]) {
        const SEEN: usize = 4096;
        let Form::Texts(texts) = self else { return };
        if texts.seen.is_empty() {
            // no text has this form, so an unused place is never taken for one
            texts.seen = vec![(0, u16::MAX); SEEN];
        }
        let place = &mut texts.seen[hash as usize % SEEN];
        let form = match *place {
            (known, form) if known == (hash >> 64) as u64 && form != u16::MAX => form,
            _ => {
                *place = ((hash >> 64) as u64, form_of(text, own));
                place.1
            }
        };
        self.add_text(form, text.len() as u64, 1);
    }

    pub fn merge(&mut self, other: Form) {
        match (self, other) {
            (Form::Numbers { places, singles }, Form::Numbers { places: more, singles: more_singles }) => {
                places.iter_mut().zip(more).for_each(|(own, more)| *own += more);
                *singles += more_singles;
            }
            (Form::Times(counts), Form::Times(more)) => {
                counts.iter_mut().zip(more).for_each(|(own, more)| *own += more)
            }
            (Form::Texts(texts), Form::Texts(more)) => {
                texts.together.iter_mut().zip(more.together).for_each(|(own, more)| *own += more);
                texts.lengths.iter_mut().zip(more.lengths).for_each(|(own, more)| *own += more);
            }
            (own @ Form::None, other) => *own = other,
            _ => {}
        }
    }

    pub fn encode(&self, out: &mut Writer) {
        let (counts, lengths) = match self {
            Form::None => (Vec::new(), &[][..]),
            Form::Numbers { places, singles } => ([&places[..], &[*singles]].concat(), &[][..]),
            Form::Times(counts) => (counts.to_vec(), &[][..]),
            Form::Texts(texts) => {
                let with =
                    |place: usize| texts.together.iter().enumerate().filter(move |(form, _)| form >> place & 1 == 1);
                let counts = (0..TEXT_FORMS).map(|place| with(place).map(|(_, count)| count).sum());
                (counts.collect(), &texts.lengths[..])
            }
        };
        for counts in [&counts[..], lengths] {
            out.varint(counts.len() as u64);
            counts.iter().for_each(|count| out.varint(*count));
        }
    }
}

/// The forms of one text, a bit each.
pub fn form_of(text: &[u8], own: &[u8]) -> u16 {
    let whole = text.len() <= LONGEST;
    let looked = &text[..text.len().min(LONGEST)];
    let is_space = |byte: Option<&u8>| byte.is_some_and(|b| matches!(b, b' ' | 9..=13));
    let classes = looked.iter().fold(0, |classes, byte| classes | CLASSES[*byte as usize]);
    let [upper, lower, high] = [UPPER, LOWER, HIGH].map(|class| classes & class != 0);
    // letters and most signs begin no number and no date
    let maybe = whole && looked.first().is_some_and(|first| matches!(first, b'0'..=b'9' | b'+'..=b'.'));
    let number = if maybe { number_of(looked) } else { None };
    let forms = [
        is_space(text.first()),
        is_space(text.last()),
        upper && !lower,
        lower && !upper,
        high,
        high && has_mark(looked),
        number.is_some(),
        maybe && is_comma(looked),
        maybe && looked.len() >= 2 && looked[0] == b'0' && all_digits(looked),
        number == Some(true),
        maybe && is_date(looked),
        is_missing_word(looked),
        whole && looked == own,
    ];
    forms.iter().enumerate().fold(0, |form, (place, &here)| form | (here as u16) << place)
}

fn all_digits(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_digit)
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn unsigned(text: &[u8]) -> &[u8] {
    match text {
        [b'+' | b'-', rest @ ..] => rest,
        _ => text,
    }
}

/// Whether the whole text is a number, and if so, whether it has an exponent.
fn number_of(text: &[u8]) -> Option<bool> {
    let text = unsigned(text);
    let before = digits(text);
    let mut rest = &text[before..];
    if let [b'.', after @ ..] = rest {
        let fraction = digits(after);
        if before == 0 && fraction == 0 {
            return None;
        }
        rest = &after[fraction..];
    } else if before == 0 {
        return None;
    }
    match rest {
        [] => Some(false),
        [b'e' | b'E', power @ ..] => {
            let power = unsigned(power);
            (!power.is_empty() && all_digits(power)).then_some(true)
        }
        _ => None,
    }
}

fn is_comma(text: &[u8]) -> bool {
    let text = unsigned(text);
    match &text[digits(text)..] {
        [b',', after @ ..] => !after.is_empty() && all_digits(after),
        _ => false,
    }
}

fn is_date(text: &[u8]) -> bool {
    let mut rest = text;
    let mut sizes = [0; 3];
    for (place, size) in sizes.iter_mut().enumerate() {
        *size = digits(rest);
        rest = &rest[*size..];
        if place < 2 {
            match rest {
                [b'-' | b'/' | b'.', after @ ..] => rest = after,
                _ => return false,
            }
        }
    }
    matches!(sizes, [4, 1..=2, 1..=2] | [1..=2, 1..=2, 4]) && matches!(rest, [] | [b' ' | b'T', ..])
}

/// Combining marks as UTF-8: U+0300-036F, 1AB0-1AFF, 1DC0-1DFF, 20D0-20FF, FE20-FE2F.
fn has_mark(text: &[u8]) -> bool {
    let two = |pair: &[u8]| matches!(pair, [0xCC, 0x80..=0xBF] | [0xCD, 0x80..=0xAF]);
    let three = |bytes: &[u8]| {
        matches!(
            bytes,
            [0xE1, 0xAA, 0xB0..=0xBF]
                | [0xE1, 0xAB | 0xB7, 0x80..=0xBF]
                | [0xE2, 0x83, 0x90..=0xBF]
                | [0xEF, 0xB8, 0xA0..=0xAF]
        )
    };
    text.windows(2).any(two) || text.windows(3).any(three)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_the_forms_that_they_show() {
        for (text, expected) in [
            ("1.", Some(false)),
            (".5", Some(false)),
            ("-1e+5", Some(true)),
            ("1e", None),
            (".", None),
            ("", None),
            ("1_0", None),
        ] {
            assert_eq!(number_of(text.as_bytes()), expected, "{text:?}");
        }
        assert!(is_date(b"2024-01-2T..") && is_date(b"1/12.2024") && !is_date(b"2024-01-123") && !is_date(b"20-1-20"));
        assert!(is_comma(b",5") && is_comma(b"-1,5") && !is_comma(b"1,") && !is_comma(b"1,5,5"));
        assert!(has_mark("e\u{301}".as_bytes()) && !has_mark("é".as_bytes()));
        assert_eq!(form_of(b"", b""), 1 << 12);
    }
}
