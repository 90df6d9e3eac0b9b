"""Streams: the native kernel gives of an Arrow stream what the reference makes of its batches, and keeps none of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from parityline import RecordingWarning, diff, fingerprint, kernel, record
from parityline.errors import TableError, UsageError
from parityline.kernel import Parameters, reference
from parityline.tables import Table, databases, open_table
from parityline.taps import tapped
from required import missing
from strategies import KINDS, LAYOUTS, batches_of, edge_table


def needs_native() -> None:
    if kernel.kernel_name() != "native":
        missing("the native kernel was not built")


def assert_streams(table: Any, parameters: Parameters | None = None) -> None:
    """The stream is what is read, and gives the bytes of the batches."""
    needs_native()
    parameters = parameters or Parameters(ordered=True)
    opened = open_table(table)
    assert opened.streams is not None

    def no_batches() -> Any:
        raise AssertionError("read in batches")

    found = kernel.build(Table(no_batches, "", streams=opened.streams), parameters)
    assert found.to_bytes() == reference.build(open_table(table).read(), parameters).to_bytes()


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_the_stream_of_every_arrow_kind(kind: Any) -> None:
    array = kind.build([None, *kind.edges, None])
    assert_streams(pa.table({"x": array, "y": pa.array(np.arange(len(array)))}))
    assert_streams(pa.table({"x": array.slice(1)}))
    assert_streams(pa.table({"x": array.slice(0, 0)}))


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_the_stream_of_every_layout(layout: str) -> None:
    assert_streams(LAYOUTS[layout](edge_table(50)))


def relation(sql: str = "select i, i / 3 x, 'é' || i t from range(3000) s(i)") -> Any:
    return duckdb.connect().sql(sql)


STREAMED: dict[str, Callable[[], Any]] = {
    "Polars frame": lambda: pl.DataFrame({"a": ["x", None, "a longer text than its view holds"], "b": [1.5, None, 2]}),
    "Polars series": lambda: pl.Series("a", [1, None]),
    "Polars lazy frame": lambda: pl.LazyFrame({"a": range(5000)}).with_columns(b=pl.col("a") / 7),
    "Polars lazy frame without rows": lambda: pl.LazyFrame(schema={"a": pl.Int8, "b": pl.Categorical}),
    "DuckDB relation": relation,
    "DuckDB relation without rows": lambda: relation("select 1 a where false"),
    "names": lambda: pa.table([pa.array([i]) for i in range(4)], names=["a", "", "a", "a [2]"]),
}


@pytest.mark.parametrize("name", STREAMED)
def test_the_stream_of_a_library(name: str) -> None:
    assert_streams(STREAMED[name]())


@pytest.mark.parametrize("ending", ["parquet", "arrow", "csv", "jsonl"])
def test_the_streams_of_files(ending: str, tmp_path: Path) -> None:
    for part in ("b", "a"):
        table = pa.table({"i": [1, 2, None], "t": [part, "é", None]})
        write(table, tmp_path / f"{part}.{ending}")
    assert_streams(tmp_path)
    assert_streams(f"{tmp_path}/a.{ending}")


def write(table: pa.Table, path: Path) -> None:
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=2)
    elif path.suffix == ".arrow":
        pl.from_arrow(table).write_ipc(path)
    elif path.suffix == ".csv":
        pl.from_arrow(table).write_csv(path)
    else:
        pl.from_arrow(table).write_ndjson(path)


def test_files_of_different_layouts_are_one_table(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": pa.array([1, 2], pa.int8()), "t": pa.array(["a", "b"])}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"x": [0.5], "t": pa.array([None], pa.null())}), tmp_path / "b.parquet")
    assert fingerprint(tmp_path) == fingerprint({"x": [1, 2, 0.5], "t": ["a", "b", None]})


def test_a_query_of_a_duckdb_file_is_a_stream(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "d.duckdb")) as connection:
        connection.sql("create table t as select i, i % 3 g from range(10) s(i)")
    table = databases.query_table("select * from t", str(tmp_path / "d.duckdb"))
    assert table.streams is not None
    assert kernel.build(table, Parameters()).rows == 10
    broken = databases.query_table("select error('lost') from t", str(tmp_path / "d.duckdb"))
    with pytest.raises(TableError, match=r"d\.duckdb: .*lost"):
        kernel.build(broken, Parameters())


def test_a_type_that_only_pyarrow_reads_is_read_by_pyarrow() -> None:
    union = pa.UnionArray.from_sparse(pa.array([0, 0], pa.int8()), [pa.array([1, 2])])
    table = pa.table({"u": union, "n": [1, None]})
    found = fingerprint(table)
    assert found.columns["u"].type.startswith("unsupported:sparse_union")
    assert fingerprint(table.to_reader()) == found
    assert found.columns["n"].missing == 1


def test_the_facts_of_a_tap_are_those_of_the_batches() -> None:
    table = pa.table(
        {"b": pa.array([1, None], pa.int8()), "": pa.array(["x", "y"]).dictionary_encode(), "a": [[1], []]}
    )
    found, facts = tapped(open_table(table), Parameters())
    other, expected = tapped(Table(lambda: iter(batches_of(table)), "pyarrow"), Parameters())
    assert (found, facts) == (other, expected)
    assert facts["columns"] == ["b", "column 2", "a"]
    assert facts["types"]["b"] == "int8"


WITHOUT_PYARROW = """
import sys
sys.modules["pyarrow"] = None
import parityline, polars
frame = polars.DataFrame({"n": [1, None, 3], "t": ["x", None, "y" * 20], "l": [[1], [], None]})
found = parityline.fingerprint(frame)
assert parityline.fingerprint(frame.lazy()) == found
assert (found.rows, found.columns["l"].type, found.columns["t"].missing) == (3, "list<number>", 1)
try:
    parityline.fingerprint(polars.DataFrame({"x": polars.Series([2**100], dtype=polars.Int128)}))
except parityline.TableError as error:
    assert "pip install 'parityline[arrow]'" in str(error)
"""


def test_a_stream_is_read_without_pyarrow() -> None:
    needs_native()
    ran = subprocess.run([sys.executable, "-c", WITHOUT_PYARROW], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr


# ---------------------------------------------------------------- what breaks off


def reader(batches: Iterator[pa.RecordBatch]) -> pa.RecordBatchReader:
    return pa.RecordBatchReader.from_batches(pa.schema([("x", pa.int64())]), batches)


def breaking(error: BaseException) -> Iterator[pa.RecordBatch]:
    yield pa.record_batch({"x": [1]})
    raise error


@pytest.mark.parametrize("error", [ValueError, KeyError, OSError])
def test_a_stream_that_breaks_off_says_why(error: type[Exception]) -> None:
    with pytest.raises(TableError, match=r"broke off while it was read: .*disk on fire"):
        fingerprint(reader(breaking(error("disk on fire"))))


def test_ctrl_c_within_a_producer_is_not_a_broken_table() -> None:
    with pytest.raises(KeyboardInterrupt):
        fingerprint(reader(breaking(KeyboardInterrupt())))


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_stops_between_batches() -> None:
    batch = pa.record_batch({"x": np.arange(20_000)})
    # C++ all the way: no Python runs that could see the signal
    table = pa.Table.from_batches([batch] * 200_000)
    threading.Thread(target=lambda: (time.sleep(0.5), os.kill(os.getpid(), signal.SIGINT)), daemon=True).start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        fingerprint(table)
    assert time.monotonic() - started < 10


def test_a_file_that_breaks_off_is_named(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": np.arange(50_000)}), tmp_path / "a.parquet")
    data = bytearray((tmp_path / "a.parquet").read_bytes())
    data[len(data) // 3 : len(data) // 3 + 2000] = bytes(2000)
    (tmp_path / "b.parquet").write_bytes(bytes(data))
    with pytest.raises(TableError, match=r"b\.parquet: the table broke off"):
        fingerprint(tmp_path)


def test_the_record_keeps_no_cell_that_a_reader_quotes(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_text("x\n" + "1\n" * 700_000 + "Canary Anna\n")
    with (
        record("shop", environment="production") as run,
        pytest.warns(RecordingWarning, match="Canary Anna"),
    ):
        run.source("people", path)
    assert run.record.stages["people"].unchecked == "source-unreadable: late.csv: the table broke off while it was read"
    assert b"Canary" not in run.record.to_bytes()


def test_a_csv_whose_type_changes_late_names_the_file_and_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_text("x\n" + "1\n" * 700_000 + "oops\n")
    with pytest.raises(TableError, match=r"late\.csv: .*oops.*read it as text by like="):
        fingerprint(path)
    found = fingerprint(path, like=fingerprint({"x": ["a"]}))
    assert (found.columns["x"].type, found.rows) == ("text", 700_001)


# ---------------------------------------------------------------- threads


@pytest.mark.parametrize("given", ["0", "-1", "many", "1.5", " 2", "²"])
def test_a_number_of_threads_that_is_none_is_said(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITYLINE_THREADS", given)
    with pytest.raises(UsageError, match=f"PARITYLINE_THREADS: expected a positive whole number, found '{given}'"):
        fingerprint({"x": [1]})


def test_the_number_of_threads_is_kept_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    needs_native()
    table = pa.table({"x": np.arange(1_000_000) % 977, "y": np.arange(1_000_000) / 7})
    monkeypatch.delenv("PARITYLINE_THREADS", raising=False)
    expected = fingerprint(table)
    asked: list[int | None] = []
    native = kernel._twin()

    class Noted:
        def __getattr__(self, name: str) -> Any:
            def called(*arguments: Any) -> Any:
                asked.append(arguments[-1])
                return getattr(native, name)(*arguments)

            return called

    monkeypatch.setattr(kernel, "_twin", Noted)
    for given, threads in (("1", 1), ("3", 3), ("", None)):
        monkeypatch.setenv("PARITYLINE_THREADS", given)
        for source in (table, {"x": table["x"].to_numpy(), "y": table["y"].to_numpy()}):
            assert fingerprint(source) == expected
            assert asked.pop() == threads


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_threads_share_every_layout(layout: str) -> None:
    needs_native()
    table = LAYOUTS[layout](edge_table(1500)).combine_chunks().slice(1)
    found = set()
    for threads in (1, 3):
        builder = kernel._twin().Builder(Parameters(ordered=True), threads)
        builder.add(table)
        found.add(bytes(builder.finish()))
    assert len(found) == 1


def test_threads_share_the_words_of_a_large_dictionary_and_long_runs() -> None:
    needs_native()
    words = pa.array([f"word {i}" for i in range(20_000)])
    places = pa.array((np.arange(100_000) * 7919) % 20_000, pa.int32(), mask=np.arange(100_000) % 11 == 0)
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([5, 40_000, 99_999, 100_000], pa.int32()), [3, None, 4, 5])
    coded = pa.table({"x": pa.DictionaryArray.from_arrays(places, words), "r": runs})
    plain = pa.table({"x": coded["x"].cast(pa.string()), "r": pa.array([3] * 5 + [None] * 39_995 + [4] * 59_999 + [5])})
    built = []
    for table, threads in ((coded, 1), (coded, 3), (plain, 1)):
        builder = kernel._twin().Builder(Parameters(ordered=True), threads)
        builder.add(table)
        built.append(bytes(builder.finish()))
    assert len(set(built)) == 1


# ---------------------------------------------------------------- types that a text file does not have


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_text_that_looks_like_something_else_is_read_as_the_reference_has_it(ending: str, tmp_path: Path) -> None:
    research = pa.table(
        {"zip": ["00501", "10001"], "day": ["2024-01-31", "x"], "note": ["a", "b"], "n": [1, 2**53 + 1]}
    )
    like = fingerprint(research)
    rows = pa.table({"zip": ["00501", "10001"], "day": ["2024-01-31", "2024-02-01"], "n": [1, 2**53 + 1]})
    rows = rows.append_column("note", pa.array([None, None], pa.string())).select(research.column_names)
    write(rows, tmp_path / f"p.{ending}")
    alone = fingerprint(tmp_path / f"p.{ending}")
    assert alone.columns["day"].type != "text"
    assert alone.columns["note"].type == "null"
    assert (alone.columns["zip"].type == "text") == (ending == "jsonl")
    assert fingerprint(tmp_path / f"p.{ending}", like=like) == fingerprint(rows)


def test_a_column_that_the_file_lacks_is_still_missing(tmp_path: Path) -> None:
    like = fingerprint({"a": ["x"], "b": ["y"]})
    for ending in ("csv", "jsonl"):
        write(pa.table({"a": ["1", "2"]}), tmp_path / f"p.{ending}")
        assert list(fingerprint(tmp_path / f"p.{ending}", like=like).columns) == ["a"]


def test_diff_reads_a_csv_as_the_reference_has_it(tmp_path: Path) -> None:
    table = pa.table({"zip": ["00501", "10001"], "n": [1, 2]})
    write(table, tmp_path / "a.parquet")
    write(table, tmp_path / "b.csv")
    assert diff(tmp_path / "a.parquet", tmp_path / "b.csv").status == "pass"
    assert "type-differs" in [f.code for f in diff(tmp_path / "b.csv", tmp_path / "a.parquet").findings]


def test_a_record_reads_a_csv_as_the_record_it_is_like(tmp_path: Path) -> None:
    table = pa.table({"zip": ["00501", "10001"], "score": [0.5, 0.25]})
    write(table, tmp_path / "p.csv")

    def recorded(source: Any, like: Any) -> Any:
        with record("shop", environment="e", like=like) as run:
            run.source("orders", source, key="zip")
            run.predictions("scored", source, key="zip", score="score")
            run.split("parts", {"train": source}, key="zip")
        return run.record

    reference = recorded(table, None)
    observed, alone = recorded(tmp_path / "p.csv", reference), recorded(tmp_path / "p.csv", None)
    for stage, part in (("orders", ""), ("scored", ""), ("parts", "train")):
        found, expected, guessed = (r.stages[stage].tables[part] for r in (observed, reference, alone))
        assert found == expected
        assert guessed.columns["zip"].type == "number"


def test_a_number_in_json_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "p.jsonl").write_text('{"zip": 501}\n')
    found = fingerprint(tmp_path / "p.jsonl", like=fingerprint({"zip": ["00501"]}))
    assert found.columns["zip"].type == "number"


# ---------------------------------------------------------------- JSON lines in blocks


@pytest.fixture
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parityline.tables.json_lines._BLOCK", 64)


def lines(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(rows))
    return path


@pytest.mark.usefixtures("_small_blocks")
def test_the_type_of_a_json_column_is_that_of_all_rows(tmp_path: Path) -> None:
    rows = ['{"n": null, "t": "2024-01-31", "s": {"a": 1}}'] * 5
    rows += ['{"n": 1, "t": "x", "s": {"a": null, "b": [1]}}', "", '{"n": 0.5, "late": true}'] * 3
    path = lines(tmp_path / "f.jsonl", *rows)
    assert_streams(path)
    found = fingerprint(path)
    s = [{"a": 1, "b": None}] * 5 + [{"a": None, "b": [1]}, None] * 3
    assert found == fingerprint(
        {
            "n": [None] * 5 + [1, 0.5] * 3,
            "t": ["2024-01-31"] * 5 + ["x", None] * 3,
            "s": s,
            "late": [None] * 5 + [None, True] * 3,
        }
    )


@pytest.mark.usefixtures("_small_blocks")
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        pytest.param(['{"a": 1}'] * 7 + ['{"a": "x"}'] * 3 + [""], r"rows 8 to 10 .*int64 vs string", id="blocks"),
        pytest.param(['{"a": 1}'] * 40 + ["{oops"], r"in row \d\d", id="no JSON"),
        pytest.param(['{"a": 1}', '{"a": "x"}', ""], "changed from number to string in row 2", id="one block"),
        pytest.param([""], "empty file", id="nothing"),
        pytest.param(["", "\n"], "empty file", id="blank lines"),
    ],
)
def test_json_that_is_no_table_says_where(rows: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=rf"f\.jsonl: could not be read as json: .*({message})"):
        fingerprint(lines(tmp_path / "f.jsonl", *rows))


@pytest.mark.usefixtures("_small_blocks")
def test_a_line_longer_than_a_block(tmp_path: Path) -> None:
    texts = ["x" * 300, "é" * 70, ""]
    path = lines(tmp_path / "f.jsonl", *(f'{{"t": "{t}"}}' for t in texts))
    assert fingerprint(path) == fingerprint({"t": texts})


# ---------------------------------------------------------------- Polars objects


class Point:
    pass


def test_polars_objects_are_typed_by_their_values() -> None:
    for values, type_ in (([1, None, 2**70], "number"), (["x", None, "y"], "text"), ([Point(), None, Point()], None)):
        frame = pl.DataFrame({"x": pl.Series(values, dtype=pl.Object), "y": [1, 2, 3]})
        found = fingerprint(frame)
        assert found.columns["x"].type == (type_ or "unsupported:Point")
        assert found == fingerprint({"x": values, "y": [1, 2, 3]})
        with pytest.raises(TableError, match="without a column of Python objects; collect it before"):
            fingerprint(frame.lazy())


def test_a_lazy_frame_that_fails_says_why() -> None:
    with pytest.raises(TableError, match="conversion from `str` to `i64` failed"):
        fingerprint(pl.LazyFrame({"a": ["x"]}).select(pl.col("a").cast(pl.Int64)))
    with pytest.raises(TableError, match=r"could not be collected: .*nowhere"):
        fingerprint(pl.LazyFrame({"a": ["x"]}).select("nowhere"))
