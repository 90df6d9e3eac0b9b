//! The smallest and largest cell of a column, and how many rows hold each.

use std::cmp::Ordering;

use crate::canonical::LONG_TEXT;
use crate::cells::{self, Cell};
use crate::encoding::Writer;

#[derive(Default)]
pub struct Range {
    low: Option<Extreme>,
    high: Option<Extreme>,
    /// Shortest and longest.
    lengths: Option<(u64, u64)>,
}

struct Extreme {
    cell: Cell,
    /// Numbers and times: no further away than the cell itself. Texts: the first bytes, in their order.
    nearest: f64,
    prefix: u64,
    count: u64,
}

impl Extreme {
    fn new(cell: Cell, count: u64) -> Self {
        let nearest = nearest(&cell);
        let prefix = match &cell {
            Cell::Text(text) => prefix(text),
            Cell::Long(long) => prefix(&long.start),
            _ => 0,
        };
        Extreme { cell, nearest, prefix, count }
    }
}

fn nearest(cell: &Cell) -> f64 {
    match cell {
        Cell::Float(value) => *value,
        Cell::Int(value) => *value as f64,
        Cell::Wide(wide) => wide.nearest(),
        _ => 0.0,
    }
}

#[inline(always)]
fn prefix(text: &[u8]) -> u64 {
    if text.len() >= 8 {
        return u64::from_be_bytes(text[..8].try_into().expect("eight bytes"));
    }
    text.iter().fold(0, |prefix, &byte| prefix << 8 | byte as u64) << (8 * (8 - text.len()) as u32 % 64)
}

/// By value, of cells of one column.
fn value_order(a: &Cell, b: &Cell) -> Ordering {
    match (a, b) {
        (Cell::Float(a), Cell::Float(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
        (Cell::Int(a), Cell::Int(b)) => a.cmp(b),
        (Cell::Wide(a), Cell::Wide(b)) => a.cmp_value(b),
        (Cell::Wide(a), Cell::Float(b)) if b.is_finite() => a.cmp_float(*b),
        (Cell::Float(a), Cell::Wide(b)) if a.is_finite() => b.cmp_float(*a).reverse(),
        (Cell::Wide(_), Cell::Float(b)) => 0f64.total_cmp(b),
        (Cell::Float(a), Cell::Wide(_)) => a.total_cmp(&0.0),
        (Cell::Wide(a), Cell::Int(b)) => a.mantissa.narrow().cmp(&(*b as i128)),
        (Cell::Int(a), Cell::Wide(b)) => (*a as i128).cmp(&b.mantissa.narrow()),
        _ => text_key(a).cmp(&text_key(b)),
    }
}

fn text_key(cell: &Cell) -> (&[u8], u64, u128) {
    match cell {
        Cell::Text(text) => (text, 0, 0),
        Cell::Long(long) => (&long.start, long.length, long.hash),
        _ => (&[], 0, 0),
    }
}

impl Range {
    pub fn add_length(&mut self, length: u64) {
        self.lengths = Some(self.lengths.map_or((length, length), |(a, b)| (a.min(length), b.max(length))));
    }

    pub fn add(&mut self, cell: &Cell, times: u64) {
        add_extreme(&mut self.low, cell, times, Ordering::Less);
        add_extreme(&mut self.high, cell, times, Ordering::Greater);
    }

    /// Numbers and times by their nearest floats. `plain`: these are the cells; else `cell` gives that of a row.
    pub fn add_numbers(&mut self, values: &[f64], present: Option<&[u8]>, plain: bool, cell: impl Fn(usize) -> Cell) {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut found = false;
        match present {
            None => {
                for &value in values {
                    low = if value < low { value } else { low };
                    high = if value > high { value } else { high };
                }
                found = low <= high || values.iter().any(|value| !value.is_nan());
            }
            Some(present) => {
                for (&value, &here) in values.iter().zip(present) {
                    if here != 0 && !value.is_nan() {
                        found = true;
                        low = if value < low { value } else { low };
                        high = if value > high { value } else { high };
                    }
                }
            }
        }
        if !found {
            return;
        }
        // only rows whose nearest float is extreme can hold an extreme value
        let sides = [(low, &mut self.low, Ordering::Less), (high, &mut self.high, Ordering::Greater)];
        for (extreme, nearest, better) in sides {
            if nearest.as_ref().is_some_and(|own| extreme.partial_cmp(&own.nearest) == Some(better.reverse())) {
                continue;
            }
            let here = |row: usize| values[row] == extreme && present.is_none_or(|p| p[row] != 0);
            if plain {
                let count = (0..values.len()).filter(|&row| here(row)).count() as u64;
                add_extreme(nearest, &Cell::Float(extreme), count, better);
            } else {
                for row in (0..values.len()).filter(|&row| here(row)) {
                    add_extreme(nearest, &cell(row), 1, better);
                }
            }
        }
    }

    #[inline]
    pub fn add_text(&mut self, text: &[u8], hash: u128) {
        self.add_length(text.len() as u64);
        let own = prefix(text);
        if self.low.as_ref().is_none_or(|low| own <= low.prefix)
            || self.high.as_ref().is_none_or(|high| own >= high.prefix)
        {
            let start = &text[..text.len().min(LONG_TEXT)];
            let key = if text.len() > LONG_TEXT { (start, text.len() as u64, hash) } else { (start, 0, 0) };
            for (extreme, better) in [(&mut self.low, Ordering::Less), (&mut self.high, Ordering::Greater)] {
                let order = extreme.as_ref().map_or(better, |own| key.cmp(&text_key(&own.cell)));
                if order == better {
                    let cell = if text.len() > LONG_TEXT { Cell::long(text, hash) } else { Cell::Text(text.into()) };
                    *extreme = Some(Extreme::new(cell, 1));
                } else if order.is_eq() {
                    if let Some(own) = extreme {
                        own.count += 1;
                    }
                }
            }
        }
    }

    pub fn merge(&mut self, other: Range) {
        if let Some(low) = other.low {
            add_extreme(&mut self.low, &low.cell, low.count, Ordering::Less);
        }
        if let Some(high) = other.high {
            add_extreme(&mut self.high, &high.cell, high.count, Ordering::Greater);
        }
        if let Some((shortest, longest)) = other.lengths {
            self.add_length(shortest);
            self.add_length(longest);
        }
    }

    pub fn encode(&self, out: &mut Writer) {
        let pair = [&self.low, &self.high].map(|extreme| extreme.as_ref().map_or(&Cell::Null, |own| &own.cell));
        cells::encode(out, &pair);
        for extreme in [&self.low, &self.high] {
            out.varint(extreme.as_ref().map_or(0, |own| own.count));
        }
        let (shortest, longest) = self.lengths.map_or((0, 0), |(a, b)| (a + 1, b + 1));
        out.varint(shortest);
        out.varint(longest);
    }
}

fn add_extreme(extreme: &mut Option<Extreme>, cell: &Cell, count: u64, better: Ordering) {
    match extreme {
        None => *extreme = Some(Extreme::new(cell.clone(), count)),
        Some(own) => match value_order(cell, &own.cell) {
            Ordering::Equal => own.count += count,
            order if order == better => *own = Extreme::new(cell.clone(), count),
            _ => {}
        },
    }
}
