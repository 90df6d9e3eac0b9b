"""The native kernel gives the bytes of the reference: for any table, parameters, batches and number of threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from parityline.errors import ParitylineError, TableError
from parityline.kernel import reference
from parityline.kernel.encoding import Writer
from parityline.kernel.parameters import Parameters, Partition
from parityline.kernel.sections import Section
from parityline.kernel.state import State
from parityline.tables import open_table
from parityline.tables.columns import Batch, Column
from required import native_kernel
from strategies import (
    EXAMPLES,
    KINDS,
    LAYOUTS,
    Kind,
    batches_of,
    cut,
    edge_table,
    in_batches,
    kinds,
    tables_with_parameters,
)

ROOT = Path(__file__).resolve().parents[2]
DATA = (ROOT / os.environ.get("PARITYLINE_DATA", "../shared/data")).resolve()
FILES = sorted(DATA.rglob("*.parquet"))
THREADS = (1, 2)


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    native_kernel()


def native() -> Any:
    return native_kernel()


def build_stream(stream: Any, parameters: Parameters, threads: int | None = None) -> bytes:
    builder = native().Builder(parameters, threads)
    builder.add(stream)
    return bytes(builder.finish())


def first_difference(expected: bytes, found: bytes) -> str:
    """Where two fingerprints differ first: the column and its summary, or the part of the table."""
    a, b = State.from_bytes(expected), State.from_bytes(found)
    if list(a.columns) != list(b.columns):
        return f"columns: {list(a.columns)} and {list(b.columns)}"
    for name, column in a.columns.items():
        other = b.columns[name]
        if column.logical != other.logical or column.summaries.keys() != other.summaries.keys():
            return f"{name!r}: {column.logical} and {other.logical}"
        for kind, summary in column.summaries.items():
            if repr(summary) != repr(other.summaries[kind]):
                return f"{name!r} ({column.logical}): {summary!r:.2000}\nand {other.summaries[kind]!r:.2000}"
    if (a.rows, a.digest, a.sections.keys()) != (b.rows, b.digest, b.sections.keys()):
        return f"{a.rows} rows, digest {a.digest}, and {b.rows} rows, digest {b.digest}"
    for section, own in a.sections.items():
        if encoded(own) != encoded(b.sections[section]):
            return f"{own!r:.2000}\nand {b.sections[section]!r:.2000}"
    return "equal as values; the encodings differ"


def encoded(section: Section) -> bytes:
    out = Writer()
    section.encode(out)
    return out.value()


def assert_equal(expected: bytes, found: bytes, what: str) -> None:
    if expected != found:
        pytest.fail(f"{what}: {first_difference(expected, found)}")


def outcome(build: Callable[[], bytes]) -> tuple[bytes, ParitylineError | None]:
    try:
        return build(), None
    except ParitylineError as error:
        return b"", error


def assert_same(batches: Sequence[Batch], parameters: Parameters, expected: bytes | None = None) -> bytes:
    """Both kernels on the same batches, or on the same failure."""
    if expected is None:
        expected, failure = outcome(lambda: reference.build(batches, parameters).to_bytes())
        if failure is not None:
            for threads in THREADS:
                _, found = outcome(lambda threads=threads: native().build(iter(batches), parameters, threads=threads))
                assert (type(found), str(found)) == (type(failure), str(failure))
            return b""
    for threads in THREADS:
        assert_equal(expected, native().build(iter(batches), parameters, threads=threads), f"{threads} threads")
    return expected


def assert_same_stream(
    table: Any, parameters: Parameters, again: Callable[[], Any] | None = None, expected: bytes | None = None
) -> None:
    """The stream of a table, read by the native kernel itself, gives what the reference makes of its batches."""
    expected = assert_same(batches_of(table), parameters, expected)
    for threads in THREADS if expected else ():
        stream = table if again is None else again()
        found = build_stream(stream, parameters, threads=threads)
        assert_equal(expected, found, f"stream, {threads} threads")


def pieces(batches: Iterable[Batch], size: int) -> list[Batch]:
    return [piece for batch in batches for piece in batch.slices(size)]


def large(rows: int, distinct: int) -> pa.Table:
    """Every kind of column, most of them with so many distinct cells."""
    random = np.random.default_rng(distinct)
    picked = random.permutation(rows) % distinct
    nulls = random.random(rows) < 0.1
    columns = {
        "integer": pa.array((picked - distinct // 2) * 7_919_000_000_001, pa.int64(), mask=nulls),
        "unsigned": pa.array(picked.astype(np.uint64) + np.uint64(2**64 - distinct)),
        "small": pa.array(picked.astype(np.int16)),
        "float": pa.array(random.normal(0, 1, distinct)[picked], mask=nulls),
        "price": pa.array(np.round(random.lognormal(3, 2, distinct), 2)[picked]),
        "single": pa.array(random.normal(0, 1, distinct).astype(np.float32)[picked], mask=nulls),
        "strange": pa.array(np.where(picked % 5 == 0, np.nan, np.where(picked % 7 == 0, -np.inf, picked * 0.1))),
        "decimal": pa.array((picked - distinct // 3) * 10**13, pa.int64()).cast(pa.decimal128(38, 3)),
        "exact": pa.array(picked * 2654435761 % 10**9 - 5 * 10**8, pa.int64(), mask=nulls).cast(pa.decimal128(38, 9)),
        "text": pa.array([f"wörd {i} " + "x" * (i % 300) for i in picked.tolist()], mask=nulls),
        "number text": pa.array([f"{i / 8:.2f}" for i in picked.tolist()]),
        "binary": pa.array([i.to_bytes(3, "big") for i in picked.tolist()], pa.binary()),
        "date": pa.array(picked.astype(np.int32) - 300, pa.int32(), mask=nulls).cast(pa.date32()),
        "time": pa.array(picked * 1_000_000 % 86_400_000_000, pa.time64("us")),
        "instant": pa.array(picked * 86_400 * 10**6 + picked % 3, pa.timestamp("us"), mask=nulls),
        "far": pa.array((picked - distinct // 2) * 10**12, pa.timestamp("s", "UTC")),
        "duration": pa.array(picked * 60_000, pa.duration("ms")),
        "list": pa.array([[i, None][: i % 3] for i in picked.tolist()]),
        "struct": pa.array([{"a": i, "b": str(i % 5)} for i in picked.tolist()]),
        "yes": pa.array(picked % 2 == 0, mask=nulls),
    }
    return pa.table(columns)


@given(case=tables_with_parameters(), size=st.integers(1, 30))
def test_native_equals_reference_on_any_table(case: tuple[pa.Table, Parameters], size: int) -> None:
    table, parameters = case
    batches = batches_of(table)
    expected = assert_same(batches, parameters)
    assert_same(pieces(batches, size), parameters, expected)
    assert_equal(expected, build_stream(in_batches(table, size), parameters), "stream")


@given(case=tables_with_parameters(min_rows=1), layout=st.sampled_from(sorted(LAYOUTS)))
def test_native_equals_reference_on_any_layout(case: tuple[pa.Table, Parameters], layout: str) -> None:
    table, parameters = case
    assert_same_stream(LAYOUTS[layout](table), parameters)


@pytest.mark.parametrize("kind", KINDS, ids=str)
@given(data=st.data())
def test_native_equals_reference_on_one_kind(kind: Kind, data: st.DataObject) -> None:
    cells = data.draw(kind.lists())
    assert_same(batches_of(pa.table([kind.build(cells)], names=["a"])), Parameters(ordered=True))


@given(first=kinds, second=kinds, data=st.data())
@example(first=KINDS[0], second=KINDS[1], data=None)
def test_native_equals_reference_where_types_change(first: Kind, second: Kind, data: st.DataObject | None) -> None:
    cells = [data.draw(kind.lists(8)) if data else [None] for kind in (first, second)]
    batches = [batches_of(pa.table([k.build(c)], names=["a"]))[0] for k, c in zip((first, second), cells, strict=True)]
    assert_same(batches, Parameters())
    assert_same([*batches, batches[0]], Parameters(ignored=("a",)))


@pytest.mark.parametrize("rows", [0, 1, 300])
def test_native_equals_reference_on_the_edges_of_every_kind(rows: int) -> None:
    table = edge_table(rows)
    batches = batches_of(table)
    plain = assert_same(batches, Parameters())
    for layout in LAYOUTS if rows else ():
        assert_same_stream(LAYOUTS[layout](table), Parameters(), expected=plain)
    for parameters in (
        Parameters(),
        Parameters(seed=0xFEDCBA9876543210, seed_id=b"12345678", key=("text", "int64"), ordered=True),
        Parameters(key=("float64",), partition=Partition("date32", "month"), ignored=("text", "struct", "boolean")),
        Parameters(partition=Partition("timestamp[us]", "day")),
    ):
        expected = assert_same(batches, parameters)
        assert_same(pieces(batches, 7), parameters, expected)


@pytest.mark.parametrize("distinct", [900, 1024, 1025, 2500, 5000 if EXAMPLES <= 100 else 10_000])
def test_native_equals_reference_on_many_distinct_cells(distinct: int) -> None:
    table = large(2 * distinct, distinct)
    batches = batches_of(table)
    keyed = Parameters(key=("integer",), ordered=True, partition=Partition("text"))
    expected = assert_same(batches, keyed)
    assert_same(pieces(batches, 1000), keyed, expected)
    assert_equal(expected, build_stream(in_batches(table, 3000), keyed), "stream")
    uneven = [batch for part in cut(table, [1, 2, 900, 1700, 1700, 1799]) for batch in batches_of(part)]
    assert_same(uneven, keyed, expected)
    filled = [batch for batch in uneven if batch.rows]
    assert_same(filled, Parameters(key=("yes", "small"), partition=Partition("date", "month"), ignored=("float",)))


def test_native_equals_reference_on_duplicate_rows_and_keys() -> None:
    rows = np.arange(200_000) % 5000
    table = pa.table({"key": rows % 100, "again": rows // 3, "value": (rows % 7).astype(float)})
    for key in ((), ("key",), ("again",), ("key", "again")):
        assert_same(batches_of(table), Parameters(key=key))


def test_native_equals_reference_on_long_texts() -> None:
    lengths = [*range(230, 270), 1023, 1024, 1025, 4095, 4096, 4097, 10_000, 200_000]
    texts = [("é " if n % 2 else "0") * n for n in lengths] + ["1" * n + " " for n in lengths]
    assert_same(batches_of(pa.table({"1" * 5000: texts, "0" * 4096: texts[::-1]})), Parameters())


def unusual_columns() -> Iterator[Column]:
    """Columns that no Arrow table gives: strides, both byte orders, offsets that do not begin at 0."""
    numbers = np.arange(40, dtype=np.int64)
    yield Column("integer", 10, None, numbers[::4])
    yield Column("integer", 10, None, numbers[:10].astype(">i8"))
    yield Column("float", 10, np.arange(20)[::2] % 4 == 0, numbers[:10].astype(np.float64)[::-1])
    yield Column("decimal", 10, None, np.arange(40, dtype=np.uint64).reshape(10, 4)[:, :2], scale=30)
    data = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz", np.uint8)
    offsets = np.array([5, 5, 6, 8, 9, 12, 12, 13, 20, 21, 26])
    yield Column("text", 10, None, data, offsets=offsets)
    yield Column("list", 10, None, offsets=offsets, children=(Column("text", 26, None, data, offsets=np.arange(27)),))
    yield Column("struct", 10)
    yield Column("unsupported", 10, physical="union<ü>")
    yield Column("null", 10)
    yield Column("duration", 10, None, numbers[:10] - 5, unit=7)


@pytest.mark.parametrize("column", list(unusual_columns()), ids=lambda column: column.kind)
def test_native_equals_reference_on_unusual_columns(column: Column) -> None:
    batch = Batch(("a\ud800", "b"), (column, Column("boolean", 10, None, np.arange(10) % 2 == 0)), 10)
    assert_same([batch], Parameters(key=("b",), partition=Partition("a\ud800")))
    assert_same(pieces([batch], 3), Parameters())
    nulls = replace(batch, columns=(Column("null", 10), batch.columns[1]))
    assert_same([nulls, batch, nulls], Parameters())
    assert_same([batch, nulls], Parameters(ignored=("a\ud800",)))


@pytest.mark.parametrize(
    ("batches", "parameters"),
    [
        pytest.param([], Parameters(), id="no batches"),
        pytest.param([{"a": [1]}], Parameters(key=("b",)), id="no key"),
        pytest.param([{"a": [1]}], Parameters(ignored=("ü",)), id="nothing to ignore"),
        pytest.param([{"a": [1]}, {"b": [1]}], Parameters(), id="other columns"),
        pytest.param([{"a": [1]}, {"a": [1], "b": [1]}], Parameters(), id="more columns"),
        pytest.param([{"a": [1]}, {"a": ["x"]}], Parameters(), id="another type"),
        pytest.param([{"a": [1]}], Parameters(partition=Partition("a", "day")), id="no dates"),
    ],
)
def test_native_fails_as_the_reference_does(batches: list[dict[str, list[Any]]], parameters: Parameters) -> None:
    assert_same([batch for table in batches for batch in batches_of(table)], parameters)
    with pytest.raises(ParitylineError):
        native().build([batch for table in batches for batch in batches_of(table)], parameters)


def test_an_error_of_the_batches_comes_through() -> None:
    def breaking() -> Iterator[Batch]:
        yield from batches_of({"a": [1]})
        raise ZeroDivisionError("while reading")

    with pytest.raises(ZeroDivisionError, match="while reading"):
        native().build(breaking(), Parameters())


DEEP = pa.struct(
    [("a", pa.list_(pa.struct([("b", pa.dictionary(pa.int8(), pa.string()))]))), ("c", pa.list_(pa.int8(), 2))]
)


def streams() -> Iterator[tuple[str, Any]]:
    """Tables of types and layouts that the strategies do not give."""
    deep = pa.array([None, {"a": [{"b": "x"}, None, {"b": None}], "c": [1, None]}, {"a": [], "c": None}] * 7, DEEP)
    yield "deep", pa.table({"deep": deep.slice(2, 15)})
    yield "names", pa.table([pa.array([i]) for i in range(6)], names=["a", "", "a", "a [2]", "", "column 2"])
    yield "no rows", pa.table({"deep": deep.slice(0, 0), "text": pa.array([], pa.dictionary(pa.int32(), pa.string()))})
    yield "no batches", pa.RecordBatchReader.from_batches(pa.schema([("a", pa.int8()), ("b", DEEP)]), [])
    yield "no columns", pa.table({})
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([2, 5, 9], pa.int16()), pa.array(["a", None, "b"]))
    yield "runs", pa.table({"runs": runs.slice(1, 7)})
    nested = pa.DictionaryArray.from_arrays(pa.array([1, None, 0, 1]), pa.array([[1, 2], [None]]))
    yield "dictionary of lists", pa.table({"a": nested.slice(1)})
    yield "fixed", pa.table({"a": pa.array([b"ab", None, b"cd"], pa.binary(2)).slice(1)})
    yield "uuid", pa.table({"a": pa.array([bytes(range(16)), None], pa.uuid())})
    entries = pa.array([[("a", 1)], None, [], [("b", None), ("c", 3)]] * 3, pa.map_(pa.string(), pa.int64()))
    yield "map", pa.table({"a": entries.slice(1, 8)})
    frame = polars.DataFrame({"a": ["x", None, "a longer text, not in its view"], "c": [1.5, None, float("nan")]})
    yield "polars", frame.with_columns(d=polars.col("a").cast(polars.Categorical), e=polars.lit([1, 2]))


@pytest.mark.parametrize(("name", "table"), list(streams()), ids=lambda value: value if isinstance(value, str) else "")
def test_the_native_stream_equals_the_reference(name: str, table: Any) -> None:
    again = (lambda: pa.RecordBatchReader.from_batches(table.schema, [])) if name == "no batches" else None
    assert_same_stream(table, Parameters(ordered=True), again)


def test_a_stream_may_be_a_capsule_and_is_read_once() -> None:
    capsule = pa.table({"a": [1]}).__arrow_c_stream__()
    assert build_stream(capsule, Parameters()).startswith(b"PLFP")
    with pytest.raises(TableError, match="read already"):
        build_stream(capsule, Parameters())


def test_a_stream_that_breaks_off_is_a_table_error() -> None:
    def breaking() -> Iterator[pa.RecordBatch]:
        yield pa.record_batch({"a": [1]})
        raise ValueError("the disk is gone\nand more")

    def stream() -> pa.RecordBatchReader:
        return pa.RecordBatchReader.from_batches(pa.schema([("a", pa.int64())]), breaking())

    with pytest.raises(TableError) as expected:
        batches_of(stream())
    with pytest.raises(TableError) as found:
        build_stream(stream(), Parameters())
    assert str(found.value) == str(expected.value)


def test_a_layout_that_only_pyarrow_reads_says_so() -> None:
    union = pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([1])])
    with pytest.raises(NotImplementedError, match="does not read the Arrow format"):
        build_stream(pa.table({"a": union}), Parameters())
    with pytest.raises(TableError, match="single columns"):
        build_stream(pa.chunked_array([[1]]), Parameters())


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_native_equals_reference_on_real_data(path: Path) -> None:
    batches = list(open_table(path).read())
    names = batches[0].names
    assert_same(batches, Parameters())
    assert_same(batches, Parameters(key=names[:2], ordered=True, partition=Partition(names[0]), ignored=names[-1:]))
