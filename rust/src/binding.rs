//! The only file that knows Python: what it gives becomes the arguments of the kernel, and errors become its own.

use std::borrow::Cow;
use std::panic::{catch_unwind, AssertUnwindSafe};

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{
    PyException, PyKeyboardInterrupt, PyNotImplementedError, PyRuntimeError, PyTypeError, PyValueError,
};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCapsule};

use crate::arrow;
use crate::columns::{Batch, Column, Kind, Offsets, Values};
use crate::foreign::{self, Array, SchemaNode, Stream};
use crate::groups::UNITS;
use crate::rows::Unit;
use crate::sealing;
use crate::state::{Builder, Error, Parameters, Rows};

/// Buffers stay alive, and locked, as long as this lives.
#[derive(Default)]
struct Held {
    buffers: Vec<PyBuffer<u8>>,
}

struct Reader<'py> {
    numpy: Bound<'py, PyModule>,
}

impl<'py> Reader<'py> {
    fn new(py: Python<'py>) -> PyResult<Self> {
        Ok(Reader { numpy: py.import("numpy")? })
    }

    #[allow(unsafe_code)]
    fn array<'a, T: Copy>(&self, array: &Bound<'py, PyAny>, dtype: &str, held: &mut Held) -> PyResult<Cow<'a, [T]>> {
        let dtype = if dtype.is_empty() { None } else { Some(dtype) };
        let flat = self.numpy.call_method1("ascontiguousarray", (array, dtype))?.call_method1("reshape", (-1,))?;
        if flat.len()? == 0 {
            return Ok(Cow::Borrowed(&[]));
        }
        let buffer: PyBuffer<u8> = PyBuffer::get(&flat.call_method1("view", ("u1",))?)?;
        // SAFETY: `held` keeps the buffer until the batch is done, and the table is not written to meanwhile
        let slice = unsafe { foreign::slice(buffer.buf_ptr().cast(), buffer.len_bytes()) };
        held.buffers.push(buffer);
        Ok(slice)
    }

    fn column<'a>(&self, given: &Bound<'py, PyAny>, held: &mut Held) -> PyResult<Column<'a>> {
        let name: String = given.getattr("kind")?.extract()?;
        let kind =
            Kind::named(&name).ok_or_else(|| PyValueError::new_err(format!("unknown kind of column: {name}")))?;
        let mut column = Column::new(kind, given.getattr("length")?.extract()?);
        column.scale = given.getattr("scale")?.extract()?;
        column.unit = given.getattr("unit")?.extract::<i64>()?.max(1);
        column.zoned = given.getattr("zoned")?.extract()?;
        column.physical = text(&given.getattr("physical")?)?;
        for name in given.getattr("names")?.try_iter()? {
            column.names.push(text(&name?)?);
        }
        for child in given.getattr("children")?.try_iter()? {
            column.children.push(self.column(&child?, held)?);
        }
        let valid = given.getattr("valid")?;
        if !valid.is_none() {
            column.valid = Some(self.array(&valid, "?", held)?);
        }
        let offsets = given.getattr("offsets")?;
        if !offsets.is_none() {
            column.offsets = Some(Offsets::joined(self.array(&offsets, "i8", held)?));
        }
        let values = given.getattr("values")?;
        if !values.is_none() {
            column.values = self.values(kind, &values, held)?;
        }
        Ok(column)
    }

    fn values<'a>(&self, kind: Kind, values: &Bound<'py, PyAny>, held: &mut Held) -> PyResult<Values<'a>> {
        Ok(match kind {
            Kind::Boolean => Values::Bool(self.array(values, "?", held)?),
            Kind::Text | Kind::Binary => Values::Bytes(self.array(values, "u1", held)?),
            Kind::Date | Kind::Time | Kind::Timestamp | Kind::Duration => {
                Values::Ticks(self.array(values, "i8", held)?)
            }
            Kind::Interval => Values::Interval(self.array(values, "i8", held)?),
            Kind::Decimal => {
                let width: usize = values.getattr("shape")?.get_item(1)?.extract()?;
                if !matches!(width, 2 | 4) {
                    return Err(PyValueError::new_err(format!("decimals of {width} words")));
                }
                Values::Words(self.array(values, "u8", held)?, width)
            }
            Kind::Integer | Kind::Float => {
                let dtype = values.getattr("dtype")?;
                let name: String = format!(
                    "{}{}",
                    dtype.getattr("kind")?.extract::<String>()?,
                    dtype.getattr("itemsize")?.extract::<usize>()?
                );
                match name.as_str() {
                    "i1" => Values::I8(self.array(values, &name, held)?),
                    "i2" => Values::I16(self.array(values, &name, held)?),
                    "i4" => Values::I32(self.array(values, &name, held)?),
                    "i8" => Values::I64(self.array(values, &name, held)?),
                    "u1" => Values::U8(self.array(values, &name, held)?),
                    "u2" => Values::U16(self.array(values, &name, held)?),
                    "u4" => Values::U32(self.array(values, &name, held)?),
                    "u8" => Values::U64(self.array(values, &name, held)?),
                    "f2" => Values::F16(self.array(values, &name, held)?),
                    "f4" => Values::F32(self.array(values, &name, held)?),
                    "f8" => Values::F64(self.array(values, &name, held)?),
                    _ => return Err(PyTypeError::new_err(format!("numbers of dtype {dtype}"))),
                }
            }
            _ => Values::None,
        })
    }

    fn batch<'a>(&self, given: &Bound<'py, PyAny>, held: &mut Held) -> PyResult<Batch<'a>> {
        let names = given.getattr("names")?.try_iter()?.map(|name| text(&name?)).collect::<PyResult<_>>()?;
        let columns = given.getattr("columns")?.try_iter()?;
        let columns = columns.map(|column| self.column(&column?, held)).collect::<PyResult<Vec<_>>>()?;
        Ok(Batch { names, columns, rows: given.getattr("rows")?.extract()? })
    }
}

/// The UTF-8 of a str; a lone surrogate is not Unicode text, but a frame may hold one and must still be read.
fn text(given: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    given.call_method1("encode", ("utf-8", "surrogatepass"))?.extract()
}

fn texts(given: &Bound<'_, PyAny>) -> PyResult<Vec<Vec<u8>>> {
    given.try_iter()?.map(|item| text(&item?)).collect()
}

fn optional(given: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u8>>> {
    if given.is_none() {
        return Ok(None);
    }
    text(given).map(Some)
}

fn parameters(given: &Bound<'_, PyAny>) -> PyResult<Parameters> {
    let partition = given.getattr("partition")?;
    let mut result = Parameters {
        seed: given.getattr("seed")?.call_method1("__and__", (u64::MAX,))?.extract()?,
        encoded: given.call_method0("identity")?.extract()?,
        key: texts(&given.getattr("key")?)?,
        ordered: given.getattr("ordered")?.extract()?,
        ignored: texts(&given.getattr("ignored")?)?,
        hash_keys: given.getattr("hash_keys")?.extract()?,
        time: optional(&given.getattr("time")?)?,
        entity: texts(&given.getattr("entity")?)?,
        target: optional(&given.getattr("target")?)?,
        ..Parameters::default()
    };
    if let Some(unit) = given.getattr("window")?.extract::<Option<String>>()? {
        result.window = UNITS.iter().position(|own| *own == unit);
    }
    for pair in given.getattr("totals")?.try_iter()? {
        let pair = pair?;
        result.totals.push((text(&pair.get_item(0)?)?, texts(&pair.get_item(1)?)?));
    }
    if !partition.is_none() {
        let unit = match partition.getattr("unit")?.extract::<String>()?.as_str() {
            "day" => Unit::Day,
            "month" => Unit::Month,
            _ => Unit::Value,
        };
        result.partition = Some((text(&partition.getattr("column")?)?, unit));
        result.shown = text(partition.str()?.as_any())?;
    }
    Ok(result)
}

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        let (class, message) = match error {
            Error::Other(message) => return PyRuntimeError::new_err(message),
            Error::Unknown(message) => return PyNotImplementedError::new_err(message),
            Error::Table(message) => ("TableError", message),
            Error::Usage(message) => ("UsageError", message),
            Error::Incomparable(message) => ("IncomparableError", message),
        };
        Python::attach(|py| {
            let make = || {
                let shown = PyBytes::new(py, &message).call_method1("decode", ("utf-8", "surrogatepass"))?;
                py.import("parityline.errors")?.getattr(class)?.call1((shown,))
            };
            make().map_or_else(|error| error, PyErr::from_value)
        })
    }
}

/// A panic is a bug of ours; it reaches Python as an ordinary exception.
fn guarded<T>(body: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        let shown = text.unwrap_or("no message");
        Err(PyRuntimeError::new_err(format!("the native kernel broke off; this is a bug of parityline: {shown}")))
    })
}

fn thread_count(threads: Option<usize>) -> usize {
    threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |n| n.get()))
}

#[pyfunction]
#[pyo3(signature = (batches, parameters, threads = None))]
fn build<'py>(
    batches: &Bound<'py, PyAny>,
    parameters: &Bound<'py, PyAny>,
    threads: Option<usize>,
) -> PyResult<Bound<'py, PyBytes>> {
    let py = batches.py();
    guarded(|| {
        let reader = Reader::new(py)?;
        let mut builder = Builder::new(self::parameters(parameters)?, thread_count(threads));
        for given in batches.try_iter()? {
            let given = given?;
            parameters.call_method1("check_columns", (given.getattr("names")?,))?;
            let mut held = Held::default();
            let batch = reader.batch(&given, &mut held)?;
            batch.check().map_err(Error::Other)?;
            py.detach(|| builder.add(&batch, [Ok::<_, Error>(&batch)]))?;
        }
        let bytes = py.detach(|| builder.finish())?;
        Ok(PyBytes::new(py, &bytes))
    })
}

/// A fingerprint in the making, of Arrow streams one after the other.
#[pyclass(name = "Builder", module = "parityline.kernel._native")]
struct StreamBuilder {
    builder: Option<Builder>,
    parameters: Py<PyAny>,
}

#[pymethods]
impl StreamBuilder {
    #[new]
    #[pyo3(signature = (parameters, threads = None))]
    fn new(parameters: &Bound<'_, PyAny>, threads: Option<usize>) -> PyResult<Self> {
        let builder = Builder::new(self::parameters(parameters)?, thread_count(threads));
        Ok(StreamBuilder { builder: Some(builder), parameters: parameters.clone().unbind() })
    }

    /// Reads a stream to its end: a capsule, or anything that gives one.
    fn add(&mut self, stream: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = stream.py();
        let builder = self.builder.as_mut().ok_or_else(finished)?;
        guarded(|| add_stream(stream, self.parameters.bind(py), builder))
    }

    fn finish<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let builder = self.builder.take().ok_or_else(finished)?;
        guarded(|| {
            let bytes = py.detach(|| builder.finish())?;
            Ok(PyBytes::new(py, &bytes))
        })
    }
}

fn finished() -> PyErr {
    PyValueError::new_err("this fingerprint is finished")
}

/// The stream that an object gives; it may be a capsule already.
fn exported(given: &Bound<'_, PyAny>) -> PyResult<Stream> {
    let capsule = match given.hasattr("__arrow_c_stream__")? {
        true => given.call_method0("__arrow_c_stream__")?,
        false => given.clone(),
    };
    let pointer = capsule.cast::<PyCapsule>()?.pointer_checked(Some(c"arrow_array_stream"))?;
    Stream::taken(pointer).ok_or_else(|| PyValueError::new_err("this stream was read already"))
}

/// What foreign code raised, which may be anything, as a TableError; Ctrl-C stays what it is.
fn unreadable(py: Python<'_>, error: PyErr) -> PyErr {
    if !error.is_instance_of::<PyException>(py) {
        return error;
    }
    let reason = cause(&error.to_string());
    let message = format!("expected a table of Arrow's own types, found one that cannot be read: {reason}");
    let table_error = PyErr::from(Error::Table(message.into()));
    table_error.set_cause(py, Some(error));
    table_error
}

fn add_stream(stream: &Bound<'_, PyAny>, parameters: &Bound<'_, PyAny>, builder: &mut Builder) -> PyResult<()> {
    let py = stream.py();
    let mut stream = exported(stream).map_err(|error| unreadable(py, error))?;
    let schema = py
        .detach(|| stream.schema())
        .map_err(|reason| Error::Table(format!("expected a table, found one that cannot be read: {reason}").into()))?;
    let given = (0..schema.node().children()).map(|i| PyBytes::new(py, schema.node().child(i).name()));
    let given = given.map(|name| name.call_method1("decode", ("utf-8",))).collect::<PyResult<Vec<_>>>()?;
    let unique = py.import("parityline.tables.columns")?.getattr("unique_names")?.call1((given,))?;
    parameters.call_method1("check_columns", (&unique,))?;
    let names = texts(&unique)?;
    // types that are not read are found here, while the stream can still be read in another way
    let nothing = arrow::batch(schema.node(), foreign::nothing(), &names, 0, 0)?;
    let (schema, names) = (schema.node(), &names[..]);
    let mut next = || {
        Python::attach(|py| py.check_signals())?;
        let array = stream.next().map_err(broken_off)?;
        Ok::<_, PyErr>(array.map(|array| Lot { schema, names, array }))
    };
    // a producer that is written in Python takes the lock by itself
    py.detach(|| builder.add(&nothing, std::iter::from_fn(|| next().transpose())))
}

/// One array of a stream.
struct Lot<'a> {
    schema: SchemaNode<'a>,
    names: &'a [Vec<u8>],
    array: Array,
}

impl Rows for Lot<'_> {
    fn count(&self) -> usize {
        self.array.node().length()
    }

    fn least(&self) -> usize {
        arrow::words(self.schema, self.array.node())
    }

    fn read(&self, start: usize, length: usize, take: &mut dyn FnMut(&Batch, usize)) -> Result<(), Error> {
        let batch = arrow::batch(self.schema, self.array.node(), self.names, start, length)?;
        batch.check().map_err(Error::Other)?;
        take(&batch, 0);
        Ok(())
    }
}

fn broken_off(reason: String) -> PyErr {
    let reason = cause(&reason);
    if reason == "KeyboardInterrupt" {
        // Ctrl-C, while the producer ran Python
        return PyKeyboardInterrupt::new_err(());
    }
    PyErr::from(Error::Table(format!("the table broke off while it was read: {reason}").into()))
}

/// The first line, or the last one where the reason ends in a Python traceback.
fn cause(reason: &str) -> String {
    let mut lines = reason.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or("the producer gives no reason");
    let line = if first.contains("Traceback") { lines.next_back().unwrap_or(first) } else { first };
    line.chars().take(300).collect()
}

#[pyfunction]
fn seal<'py>(py: Python<'py>, key: [u8; 32], data: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    match sealing::sealed(&key, data) {
        Some(sealed) => Ok(PyBytes::new(py, &sealed)),
        None => Err(PyValueError::new_err("expected at most 64 GiB to seal")),
    }
}

#[pyfunction]
fn unseal<'py>(py: Python<'py>, key: [u8; 32], sealed: &[u8]) -> Option<Bound<'py, PyBytes>> {
    sealing::opened(&key, sealed).map(|data| PyBytes::new(py, &data))
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(build, module)?)?;
    module.add_function(wrap_pyfunction!(seal, module)?)?;
    module.add_function(wrap_pyfunction!(unseal, module)?)?;
    module.add_class::<StreamBuilder>()
}
