//! Arrow arrays as columns: any layout of a type gives the same cells, as `tables/arrow.py` has them.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use crate::columns::{Batch, Column, Kind, Offsets, Values};
use crate::foreign::{ArrayNode, SchemaNode};
use crate::state::Error;

const MOST_NESTED: usize = 64;
const SCALES: RangeInclusive<i32> = -230..=1000;

/// Some rows of an array of structs as a batch.
pub fn batch<'a>(
    schema: SchemaNode,
    array: ArrayNode<'a>,
    names: &[Vec<u8>],
    start: usize,
    length: usize,
) -> Result<Batch<'a>, Error> {
    if schema.format() != "+s" {
        return Err(Error::Table(b"expected a table, found a stream of single columns".to_vec()));
    }
    (0..schema.children()).try_for_each(|i| check(schema.child(i), 0))?;
    let child = |i| column(schema.child(i), array.child(i), array.offset() + start, length);
    let columns = (0..schema.children()).map(child).collect::<Result<_, _>>()?;
    Ok(Batch { names: names.to_vec(), columns, rows: length })
}

/// Values of the largest dictionary: reading any rows of the array reads all of them.
pub fn words(schema: SchemaNode, array: ArrayNode) -> usize {
    let coded = (0..schema.children()).filter(|&i| schema.child(i).dictionary().is_some());
    coded.map(|i| array.child(i).dictionary().length()).max().unwrap_or(0)
}

/// What `tables/columns.py` refuses: types nested too deep to be walked, decimals of a scale that cannot be summed.
fn check(schema: SchemaNode, depth: usize) -> Result<(), Error> {
    let refused = |what: String| Err(Error::Table(what.into()));
    if depth > MOST_NESTED {
        let way_out = "flatten the column, or leave it out";
        return refused(format!("expected lists and structs nested at most {MOST_NESTED} deep; {way_out}"));
    }
    let format = schema.format();
    if let Some(scale) = format.strip_prefix("d:").and_then(|numbers| numbers.split(',').nth(1)?.parse::<i32>().ok()) {
        if !SCALES.contains(&scale) {
            let known = format!("{} to {}", SCALES.start(), SCALES.end());
            return refused(format!(
                "expected decimals of a scale from {known}, found {scale}; cast the column to float"
            ));
        }
    }
    let within = depth + (format != "+r") as usize;
    (0..schema.children()).try_for_each(|i| check(schema.child(i), within))
}

/// Rows of an array from `start` on, which its own offset precedes.
fn column<'a>(schema: SchemaNode, array: ArrayNode<'a>, start: usize, length: usize) -> Result<Column<'a>, Error> {
    if start.saturating_add(length) > array.length() {
        return Err(damaged(format!("rows {start} to {} of {}", start + length, array.length())));
    }
    let at = array.offset() + start;
    let mut column = Column::new(Kind::Null, length);
    if let Some(words) = schema.dictionary() {
        let own = array.dictionary();
        let words = self::column(words, own, 0, own.length())?;
        let places = dictionary_places(schema.format(), array, at, length)?;
        let valid = validity(array, at, length);
        let outside = |row: usize| places[row] >= words.length && valid.as_ref().is_none_or(|valid| valid[row] != 0);
        if let Some(row) = (0..length).find(|&row| outside(row)) {
            return Err(damaged(format!("an index {} into {} values", places[row], words.length)));
        }
        let mut taken = words.take(&places, valid);
        taken.codes = Some(places);
        return Ok(taken);
    }
    let format = schema.format();
    if format == "+r" {
        return run_ends(schema, array, at, length);
    }
    column.valid = if format == "n" { None } else { validity(array, at, length).map(Cow::Owned) };
    let (kind, values) = match format {
        "n" => (Kind::Null, Values::None),
        "b" => (Kind::Boolean, Values::Bool(bits(&array.buffer(1, (at + length).div_ceil(8)), at, length).into())),
        "c" => (Kind::Integer, Values::I8(cut(array, at, length))),
        "s" => (Kind::Integer, Values::I16(cut(array, at, length))),
        "i" => (Kind::Integer, Values::I32(cut(array, at, length))),
        "l" => (Kind::Integer, Values::I64(cut(array, at, length))),
        "C" => (Kind::Integer, Values::U8(cut(array, at, length))),
        "S" => (Kind::Integer, Values::U16(cut(array, at, length))),
        "I" => (Kind::Integer, Values::U32(cut(array, at, length))),
        "L" => (Kind::Integer, Values::U64(cut(array, at, length))),
        "e" => (Kind::Float, Values::F16(cut(array, at, length))),
        "f" => (Kind::Float, Values::F32(cut(array, at, length))),
        "g" => (Kind::Float, Values::F64(cut(array, at, length))),
        "tdD" => (Kind::Date, Values::Ticks(widened(array, at, length))),
        // date64 counts milliseconds and means whole days
        "tdm" => {
            let days = cut::<i64>(array, at, length).iter().map(|t| t.div_euclid(86_400_000)).collect();
            (Kind::Date, Values::Ticks(days))
        }
        "tts" | "ttm" => (Kind::Time, Values::Ticks(widened(array, at, length))),
        "ttu" | "ttn" => (Kind::Time, Values::Ticks(cut(array, at, length))),
        "tin" => (Kind::Interval, Values::Interval(intervals(array, at, length))),
        "u" | "z" | "U" | "Z" | "vu" | "vz" => {
            let (data, offsets) = texts(format, array, at, &column)?;
            column.offsets = Some(offsets);
            (if format.ends_with(['u', 'U']) { Kind::Text } else { Kind::Binary }, Values::Bytes(data))
        }
        "+l" | "+L" | "+vl" | "+vL" | "+m" => {
            let kind = if format == "+m" { Kind::Map } else { Kind::List };
            lists(format, schema, array, at, &mut column)?;
            (kind, Values::None)
        }
        "+s" => {
            for i in 0..schema.children() {
                column.names.push(schema.child(i).name().to_vec());
                column.children.push(self::column(schema.child(i), array.child(i), at, length)?);
            }
            (Kind::Struct, Values::None)
        }
        _ => match format.split_once(':') {
            Some(("d", rest)) => {
                let mut numbers = rest.split(',').skip(1).map(|n| n.parse::<i32>().unwrap_or(0));
                column.scale = numbers.next().unwrap_or(0);
                (Kind::Decimal, decimals(array, at, length, numbers.next().unwrap_or(128))?)
            }
            Some(("w", width)) => {
                let width = size(width)?;
                let data = array.buffer(1, (at + length) * width);
                column.offsets = Some(even(at, length, width));
                (Kind::Binary, Values::Bytes(data))
            }
            Some(("+w", width)) => {
                let width = size(width)?;
                column.offsets = Some(even(0, length, width));
                column.children.push(self::column(schema.child(0), array.child(0), at * width, length * width)?);
                (Kind::List, Values::None)
            }
            Some((ticks, zone)) if ticks.starts_with("ts") => {
                column.zoned = !zone.is_empty();
                (Kind::Timestamp, Values::Ticks(cut(array, at, length)))
            }
            _ if format.starts_with("tD") => (Kind::Duration, Values::Ticks(cut(array, at, length))),
            _ => return Err(Error::Unknown(format!("the native kernel does not read the Arrow format {format:?}"))),
        },
    };
    column.unit = match (kind, format.as_bytes().get(2)) {
        (Kind::Time | Kind::Timestamp | Kind::Duration, Some(b's')) => 1_000_000_000,
        (Kind::Time | Kind::Timestamp | Kind::Duration, Some(b'm')) => 1_000_000,
        (Kind::Time | Kind::Timestamp | Kind::Duration, Some(b'u')) => 1000,
        _ => 1,
    };
    (column.kind, column.values) = (kind, values);
    Ok(column)
}

fn damaged(what: String) -> Error {
    Error::Table(format!("the table is not valid Arrow data: {what}").into())
}

fn size(text: &str) -> Result<usize, Error> {
    text.parse().map_err(|_| damaged(format!("a width of {text}")))
}

/// A byte for each row, 0 for null; None where there is no null.
fn validity(array: ArrayNode, at: usize, length: usize) -> Option<Vec<u8>> {
    if !array.has_nulls() {
        return None;
    }
    let packed = array.buffer(0, (at + length).div_ceil(8));
    let valid = if packed.is_empty() {
        return None;
    } else {
        bits(&packed, at, length)
    };
    valid.contains(&0).then_some(valid)
}

/// Bits as bytes, lowest first.
fn bits(packed: &[u8], at: usize, length: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(length + 16);
    for byte in packed.iter().skip(at / 8) {
        if out.len() >= length + at % 8 {
            break;
        }
        out.extend((0..8).map(|i| byte >> i & 1));
    }
    out.drain(..(at % 8).min(out.len()));
    out.resize(length, 0);
    out
}

/// The values of some rows, without copying them.
fn cut<T: Copy + Default>(array: ArrayNode, at: usize, length: usize) -> Cow<[T]> {
    match array.part::<T>(1, at, length) {
        values if values.len() == length => values,
        _ => Cow::Owned(vec![T::default(); length]),
    }
}

fn widened(array: ArrayNode, at: usize, length: usize) -> Cow<[i64]> {
    cut::<i32>(array, at, length).iter().map(|&value| value as i64).collect()
}

fn intervals(array: ArrayNode, at: usize, length: usize) -> Cow<[i64]> {
    let fields = array.buffer::<i64>(1, 2 * (at + length));
    let rows = fields.chunks_exact(2).skip(at);
    rows.flat_map(|pair| [pair[0] as i32 as i64, pair[0] >> 32, pair[1]]).collect()
}

fn decimals(array: ArrayNode, at: usize, length: usize, bits: i32) -> Result<Values, Error> {
    let extended = |value: i64| [value as u64, (value >> 63) as u64];
    Ok(match bits {
        32 => Values::Words(cut::<i32>(array, at, length).iter().flat_map(|&v| extended(v as i64)).collect(), 2),
        64 => Values::Words(cut::<i64>(array, at, length).iter().flat_map(|&v| extended(v)).collect(), 2),
        128 | 256 => {
            let width = bits as usize / 64;
            Values::Words(cut(array, at * width, length * width), width)
        }
        _ => return Err(Error::Unknown(format!("the native kernel does not read decimals of {bits} bits"))),
    })
}

/// Offsets of rows of one width.
fn even<'a>(first: usize, length: usize, width: usize) -> Offsets<'a> {
    Offsets::joined((first..=first + length).map(|row| (row * width) as i64).collect())
}

/// The offsets of some rows, whatever their width.
fn offsets(wide: bool, array: ArrayNode, at: usize, length: usize) -> Cow<[i64]> {
    match wide {
        true => cut(array, at, length + 1),
        false => widened(array, at, length + 1),
    }
}

type Texts<'a> = (Cow<'a, [u8]>, Offsets<'a>);

fn texts<'a>(format: &str, array: ArrayNode<'a>, at: usize, column: &Column) -> Result<Texts<'a>, Error> {
    if format.starts_with('v') {
        return views(array, at, column);
    }
    if column.length == 0 {
        return Ok((Cow::Borrowed(&[]), Offsets::joined(Cow::Owned(vec![0]))));
    }
    let starts = offsets(matches!(format, "U" | "Z"), array, at, column.length);
    let most = starts.iter().copied().max().unwrap_or(0).max(0);
    Ok((array.buffer(2, most as usize), Offsets::joined(starts)))
}

/// Bytes of a text that its view holds itself.
const SHORT: usize = 12;

/// Texts of at most twelve bytes stand in their view, others in one of several buffers: here all in one.
fn views<'a>(array: ArrayNode<'a>, at: usize, column: &Column) -> Result<Texts<'a>, Error> {
    let views = array.buffer::<u128>(1, at + column.length);
    let several = array.buffers().saturating_sub(3);
    let sizes = array.buffer::<i64>(array.buffers().saturating_sub(1), several);
    let buffers: Vec<Cow<[u8]>> =
        sizes.iter().enumerate().map(|(i, &size)| array.buffer(2 + i, size.max(0) as usize)).collect();
    let here = |row: usize| column.valid.as_ref().is_none_or(|valid| valid[row] != 0);
    let size = |view: u128| (view as i32).max(0) as usize;
    let rows = || (0..column.length).map(|row| views.get(at + row).copied().filter(|_| here(row)).unwrap_or(0));
    let mut data = Vec::with_capacity(SHORT * column.length);
    let mut starts = Vec::with_capacity(column.length + 1);
    starts.push(0);
    for view in rows() {
        let length = size(view);
        let bytes = view.to_le_bytes();
        if length <= SHORT {
            // all bytes of the view at once, and then those too many away: a copy of one size needs no call
            data.extend_from_slice(&bytes[4..]);
            data.truncate(data.len() - (SHORT - length));
        } else {
            let (buffer, start) = ((view >> 64) as i32, ((view >> 96) as i32).max(0) as usize);
            let text = buffers.get(buffer as usize).and_then(|buffer| buffer.get(start..start + length));
            data.extend_from_slice(text.ok_or_else(|| damaged(format!("a view of {length} bytes")))?);
        }
        starts.push(data.len() as i64);
    }
    Ok((data.into(), Offsets::joined(starts.into())))
}

/// Gives a column its offsets and its child, of which only what the rows need.
fn lists<'a>(
    format: &str,
    schema: SchemaNode,
    array: ArrayNode<'a>,
    at: usize,
    column: &mut Column<'a>,
) -> Result<(), Error> {
    let length = column.length;
    let view = format.starts_with("+v");
    let (mut starts, mut stops) = (Vec::with_capacity(length), Vec::with_capacity(length));
    if view {
        let (firsts, sizes): (Cow<[i64]>, Cow<[i64]>) = match format {
            "+vL" => (cut(array, at, length), wide_sizes(array, at, length)),
            _ => (widened(array, at, length), narrow_sizes(array, at, length)),
        };
        starts.extend(firsts.iter());
        stops.extend(firsts.iter().zip(sizes.iter()).map(|(first, size)| first.saturating_add(*size)));
    } else if length > 0 {
        let all = offsets(format == "+L", array, at, length);
        starts.extend(&all[..length]);
        stops.extend(&all[1..]);
    }
    let used = |row: &usize| column.valid.as_ref().is_none_or(|valid| valid[*row] != 0) && starts[*row] < stops[*row];
    let first = (0..length).filter(used).map(|row| starts[row]).min().unwrap_or(0).max(0);
    let last = (0..length).filter(used).map(|row| stops[row]).max().unwrap_or(0).max(first);
    // an empty list may stand anywhere
    for (start, stop) in starts.iter_mut().zip(&mut stops) {
        (*start, *stop) = if *start == *stop { (0, 0) } else { (*start - first, *stop - first) };
    }
    let (first, items) = (first as usize, (last - first) as usize);
    let child = match format {
        "+m" => entries(schema.child(0), array.child(0), first, items)?,
        _ => self::column(schema.child(0), array.child(0), first, items)?,
    };
    column.offsets = Some(Offsets { starts: starts.into(), stops: Some(stops.into()) });
    column.children.push(child);
    Ok(())
}

fn wide_sizes(array: ArrayNode, at: usize, length: usize) -> Cow<[i64]> {
    let all = array.buffer::<i64>(2, at + length);
    (at..at + length).map(|row| all.get(row).copied().unwrap_or(0)).collect()
}

fn narrow_sizes(array: ArrayNode, at: usize, length: usize) -> Cow<[i64]> {
    let all = array.buffer::<i32>(2, at + length);
    (at..at + length).map(|row| all.get(row).copied().unwrap_or(0) as i64).collect()
}

/// The entries of a map as structs, whatever their fields are called.
fn entries<'a>(schema: SchemaNode, array: ArrayNode<'a>, start: usize, length: usize) -> Result<Column<'a>, Error> {
    let at = array.offset() + start;
    let mut pairs = Column::new(Kind::Struct, length);
    for (i, name) in [(0, "key"), (1, "value")] {
        pairs.names.push(name.into());
        pairs.children.push(column(schema.child(i), array.child(i), at, length)?);
    }
    Ok(pairs)
}

/// Places in the dictionary; one far beyond it for an index below 0, which only a null may have.
fn dictionary_places(format: &str, array: ArrayNode, at: usize, length: usize) -> Result<Vec<usize>, Error> {
    macro_rules! places {
        ($type:ty) => {
            cut::<$type>(array, at, length).iter().map(|&v| usize::try_from(v).unwrap_or(usize::MAX)).collect()
        };
    }
    Ok(match format {
        "c" => places!(i8),
        "s" => places!(i16),
        "i" => places!(i32),
        "l" => places!(i64),
        "C" => places!(u8),
        "S" => places!(u16),
        "I" => places!(u32),
        "L" => places!(u64),
        _ => return Err(Error::Unknown(format!("the native kernel does not read dictionaries indexed by {format:?}"))),
    })
}

fn run_ends<'a>(schema: SchemaNode, array: ArrayNode<'a>, at: usize, length: usize) -> Result<Column<'a>, Error> {
    let (ends, values) = (array.child(0), array.child(1));
    let runs = ends.length();
    let ends: Cow<[i64]> = match schema.child(0).format() {
        "s" => cut::<i16>(ends, ends.offset(), runs).iter().map(|&end| end as i64).collect(),
        "i" => widened(ends, ends.offset(), runs),
        _ => cut(ends, ends.offset(), runs),
    };
    let past = |row: usize| ends.partition_point(|&end| end <= row as i64);
    let (first, last) = (past(at), past(at + length));
    let mut run = first;
    let mut places = Vec::with_capacity(length);
    for row in at..at + length {
        while ends.get(run).is_some_and(|&end| end <= row as i64) {
            run += 1;
        }
        places.push(run - first);
    }
    let used = (last + 1).min(values.length()).saturating_sub(first);
    if places.last().is_some_and(|&last| last >= used) {
        return Err(damaged(format!("{runs} runs for {} rows", at + length)));
    }
    Ok(column(schema.child(1), values, first.min(values.length()), used)?.take(&places, None))
}
