//! Columns as the kernel reads them: the kinds and layouts of `tables/columns.py`, borrowed or owned.

use std::borrow::Cow;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Null,
    Boolean,
    Integer,
    Float,
    Decimal,
    Text,
    Binary,
    Date,
    Time,
    Timestamp,
    Duration,
    Interval,
    List,
    Struct,
    Map,
    Unsupported,
}

impl Kind {
    pub fn named(name: &str) -> Option<Kind> {
        Some(match name {
            "null" => Kind::Null,
            "boolean" => Kind::Boolean,
            "integer" => Kind::Integer,
            "float" => Kind::Float,
            "decimal" => Kind::Decimal,
            "text" => Kind::Text,
            "binary" => Kind::Binary,
            "date" => Kind::Date,
            "time" => Kind::Time,
            "timestamp" => Kind::Timestamp,
            "duration" => Kind::Duration,
            "interval" => Kind::Interval,
            "list" => Kind::List,
            "struct" => Kind::Struct,
            "map" => Kind::Map,
            "unsupported" => Kind::Unsupported,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Boolean => "boolean",
            Kind::Integer | Kind::Float | Kind::Decimal => "number",
            Kind::Text => "text",
            Kind::Binary => "binary",
            Kind::Date => "date",
            Kind::Time => "time",
            Kind::Timestamp => "timestamp",
            Kind::Duration => "duration",
            Kind::Interval => "interval",
            Kind::List => "list",
            Kind::Struct => "struct",
            Kind::Map => "map",
            Kind::Unsupported => "unsupported",
        }
    }

    pub fn is_number(self) -> bool {
        matches!(self, Kind::Integer | Kind::Float | Kind::Decimal)
    }

    pub fn is_time(self) -> bool {
        matches!(self, Kind::Date | Kind::Time | Kind::Timestamp | Kind::Duration)
    }

    pub fn is_text(self) -> bool {
        matches!(self, Kind::Text | Kind::Binary)
    }
}

/// Codes below it are small.
pub const SMALL_CODES: usize = 256;

pub enum Values<'a> {
    None,
    Bool(Cow<'a, [u8]>),
    I8(Cow<'a, [i8]>),
    I16(Cow<'a, [i16]>),
    I32(Cow<'a, [i32]>),
    I64(Cow<'a, [i64]>),
    U8(Cow<'a, [u8]>),
    U16(Cow<'a, [u16]>),
    U32(Cow<'a, [u32]>),
    U64(Cow<'a, [u64]>),
    F16(Cow<'a, [u16]>),
    F32(Cow<'a, [f32]>),
    F64(Cow<'a, [f64]>),
    /// Little-endian words of a two's complement integer, so many a row.
    Words(Cow<'a, [u64]>, usize),
    Ticks(Cow<'a, [i64]>),
    /// Months, days, nanoseconds.
    Interval(Cow<'a, [i64]>),
    Bytes(Cow<'a, [u8]>),
}

/// Where the bytes of each text, or the items of each list, begin and end: at the next beginning, if `stops` is not there.
pub struct Offsets<'a> {
    pub starts: Cow<'a, [i64]>,
    pub stops: Option<Cow<'a, [i64]>>,
}

impl<'a> Offsets<'a> {
    pub fn joined(starts: Cow<'a, [i64]>) -> Self {
        Offsets { starts, stops: None }
    }

    #[inline(always)]
    pub fn of(&self, row: usize) -> (i64, i64) {
        (self.starts[row], self.stops.as_ref().map_or_else(|| self.starts[row + 1], |stops| stops[row]))
    }

    fn rows(&self) -> usize {
        let starts = self.starts.len();
        self.stops.as_ref().map_or(starts.saturating_sub(1), |stops| stops.len().min(starts))
    }
}

/// One column of one batch. `valid` has a byte for each row, 0 for null.
pub struct Column<'a> {
    pub kind: Kind,
    pub length: usize,
    pub valid: Option<Cow<'a, [u8]>>,
    pub values: Values<'a>,
    pub offsets: Option<Offsets<'a>>,
    /// Of dictionaries: present rows of one code hold the same cell.
    pub codes: Option<Vec<usize>>,
    pub scale: i32,
    pub unit: i64,
    pub zoned: bool,
    pub children: Vec<Column<'a>>,
    pub names: Vec<Vec<u8>>,
    pub physical: Vec<u8>,
}

impl<'a> Column<'a> {
    pub fn new(kind: Kind, length: usize) -> Self {
        Column {
            kind,
            length,
            valid: None,
            values: Values::None,
            offsets: None,
            codes: None,
            scale: 0,
            unit: 1,
            zoned: false,
            children: Vec::new(),
            names: Vec::new(),
            physical: Vec::new(),
        }
    }

    /// Which of some rows are there; None for all of them.
    #[inline]
    pub fn present(&self, start: usize, length: usize) -> Option<&[u8]> {
        self.valid.as_ref().map(|valid| &valid[start..start + length])
    }

    #[inline]
    pub fn is_present(&self, row: usize) -> bool {
        self.kind != Kind::Null && self.valid.as_ref().is_none_or(|valid| valid[row] != 0)
    }

    /// The codes of some rows, where they are few enough to keep something for each of them.
    pub fn small_codes(&self, start: usize, length: usize) -> Option<&[usize]> {
        let codes = &self.codes.as_ref()?[start..start + length];
        codes.iter().all(|&code| code < SMALL_CODES).then_some(codes)
    }

    /// The bytes of one row of a text or binary column.
    #[inline]
    pub fn bytes(&self, row: usize) -> &[u8] {
        match (&self.values, &self.offsets) {
            (Values::Bytes(data), Some(offsets)) => {
                let (start, stop) = offsets.of(row);
                &data[start as usize..stop as usize]
            }
            _ => &[],
        }
    }

    /// One run of bytes that holds all those of some rows of a text column; None where they lie too far apart for that.
    pub fn span(&self, start: usize, length: usize) -> Option<&[u8]> {
        let (Values::Bytes(data), Some(offsets)) = (&self.values, &self.offsets) else {
            return None;
        };
        let (mut first, mut last, mut held) = (i64::MAX, 0, 0);
        for row in start..start + length {
            if self.valid.as_ref().is_none_or(|valid| valid[row] != 0) {
                let (from, to) = offsets.of(row);
                (first, last, held) = (first.min(from), last.max(to), held + (to - from));
            }
        }
        (last - first.min(last) <= 2 * held).then(|| &data[first.min(last) as usize..last as usize])
    }

    /// Rows by their places, in any order; a place beyond the column gives anything, and must not be valid.
    pub fn take(self, places: &[usize], valid: Option<Vec<u8>>) -> Column<'a> {
        fn picked<T: Copy + Default>(values: &[T], places: &[usize]) -> Vec<T> {
            places.iter().map(|&at| values.get(at).copied().unwrap_or_default()).collect()
        }
        fn rows<T: Copy + Default>(values: &[T], width: usize, places: &[usize]) -> Vec<T> {
            let row = |&at: &usize| {
                (0..width)
                    .map(move |i| values.get(at.saturating_mul(width).saturating_add(i)).copied().unwrap_or_default())
            };
            places.iter().flat_map(row).collect()
        }
        let own = self.valid.as_ref().map(|valid| picked(valid, places));
        let valid = match (valid, own) {
            (Some(mut valid), Some(own)) => {
                valid.iter_mut().zip(own).for_each(|(valid, own)| *valid &= (own != 0) as u8);
                Some(valid)
            }
            (valid, own) => valid.or(own),
        };
        let values = match self.values {
            Values::None => Values::None,
            Values::Bool(v) => Values::Bool(picked(&v, places).into()),
            Values::I8(v) => Values::I8(picked(&v, places).into()),
            Values::I16(v) => Values::I16(picked(&v, places).into()),
            Values::I32(v) => Values::I32(picked(&v, places).into()),
            Values::I64(v) => Values::I64(picked(&v, places).into()),
            Values::U8(v) => Values::U8(picked(&v, places).into()),
            Values::U16(v) => Values::U16(picked(&v, places).into()),
            Values::U32(v) => Values::U32(picked(&v, places).into()),
            Values::U64(v) => Values::U64(picked(&v, places).into()),
            Values::F16(v) => Values::F16(picked(&v, places).into()),
            Values::F32(v) => Values::F32(picked(&v, places).into()),
            Values::F64(v) => Values::F64(picked(&v, places).into()),
            Values::Ticks(v) => Values::Ticks(picked(&v, places).into()),
            Values::Words(v, width) => Values::Words(rows(&v, width, places).into(), width),
            Values::Interval(v) => Values::Interval(rows(&v, 3, places).into()),
            Values::Bytes(v) => Values::Bytes(v),
        };
        let offsets = self.offsets.map(|offsets| {
            let ends: Vec<(i64, i64)> =
                places.iter().map(|&at| if at < offsets.rows() { offsets.of(at) } else { (0, 0) }).collect();
            Offsets {
                starts: ends.iter().map(|(start, _)| *start).collect(),
                stops: Some(ends.iter().map(|(_, stop)| *stop).collect()),
            }
        });
        let children = match self.kind {
            Kind::Struct => self.children.into_iter().map(|child| child.take(places, None)).collect(),
            _ => self.children,
        };
        let codes = self.codes.map(|codes| picked(&codes, places));
        Column { length: places.len(), valid: valid.map(Cow::Owned), values, offsets, codes, children, ..self }
    }

    /// The fields of a struct by name, ascending: the order in which they are stored does not matter.
    pub fn fields(&self) -> Vec<(&[u8], &Column<'a>)> {
        let mut fields: Vec<_> = self.names.iter().map(Vec::as_slice).zip(&self.children).collect();
        fields.sort_by_key(|(name, _)| *name);
        fields
    }

    /// The logical type, which decides what may be merged and compared.
    pub fn logical(&self) -> Vec<u8> {
        let mut out = self.kind.name().as_bytes().to_vec();
        match self.kind {
            Kind::Timestamp if self.zoned => out.extend(b"-zoned"),
            Kind::List | Kind::Map => {
                out.push(b'<');
                out.extend(self.children[0].logical());
                out.push(b'>');
            }
            Kind::Struct => {
                out.push(b'<');
                for (i, (name, child)) in self.fields().into_iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    out.extend(name);
                    out.push(b':');
                    out.extend(child.logical());
                }
                out.push(b'>');
            }
            Kind::Unsupported => {
                out.push(b':');
                out.extend(&self.physical);
            }
            _ => {}
        }
        out
    }

    /// Whether every buffer is as long as the rows need, so that no later access can fail.
    pub fn check(&self) -> Result<(), String> {
        let n = self.length;
        let short = |what: &str| Err(format!("{what} of a {} column of {n} rows: too short", self.kind.name()));
        if self.valid.as_ref().is_some_and(|valid| valid.len() < n) {
            return short("validity");
        }
        let held = match &self.values {
            Values::None => usize::MAX,
            Values::Bool(v) => v.len(),
            Values::I8(v) => v.len(),
            Values::I16(v) => v.len(),
            Values::I32(v) => v.len(),
            Values::I64(v) => v.len(),
            Values::U8(v) => v.len(),
            Values::U16(v) => v.len(),
            Values::U32(v) => v.len(),
            Values::U64(v) => v.len(),
            Values::F16(v) => v.len(),
            Values::F32(v) => v.len(),
            Values::F64(v) => v.len(),
            Values::Words(v, width) => v.len() / width,
            Values::Ticks(v) => v.len(),
            Values::Interval(v) => v.len() / 3,
            Values::Bytes(_) => usize::MAX,
        };
        if held < n {
            return short("values");
        }
        let limit = match (self.kind, &self.values) {
            (Kind::Text | Kind::Binary, Values::Bytes(data)) => Some(data.len()),
            (Kind::List | Kind::Map, _) if self.children.len() == 1 => Some(self.children[0].length),
            (Kind::List | Kind::Map, _) => return short("children"),
            (Kind::Struct | Kind::Float, _) if self.children.iter().any(|child| child.length < n) => {
                return short("children")
            }
            (Kind::Struct, _) if self.children.len() != self.names.len() => return short("names"),
            (Kind::Null | Kind::Unsupported | Kind::Struct, _) => None,
            (_, Values::None) => return short("values"),
            _ => None,
        };
        if let Some(limit) = limit {
            let Some(offsets) = &self.offsets else {
                return short("offsets");
            };
            if offsets.rows() < n {
                return short("offsets");
            }
            for row in 0..n {
                let (start, stop) = offsets.of(row);
                if self.is_present(row) && !(0 <= start && start <= stop && stop as u64 <= limit as u64) {
                    return Err(format!("offsets of row {row}: {start} to {stop}, of {limit}"));
                }
            }
        }
        self.children.iter().try_for_each(Column::check)
    }
}

/// Some rows of a table: columns of one length.
pub struct Batch<'a> {
    pub names: Vec<Vec<u8>>,
    pub columns: Vec<Column<'a>>,
    pub rows: usize,
}

impl Batch<'_> {
    /// Whether every column has the rows of the batch, and every buffer is as long as they need.
    pub fn check(&self) -> Result<(), String> {
        match self.columns.iter().find(|column| column.length != self.rows) {
            Some(column) => Err(format!("a column of {} rows in a batch of {}", column.length, self.rows)),
            None => self.columns.iter().try_for_each(Column::check),
        }
    }
}
