"""Tables that nobody means well with: the correct result or a clear error, the process alive, and nothing leaked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from parityline import fingerprint
from parityline.errors import ParitylineError, TableError
from parityline.fingerprints import Fingerprint
from parityline.kernel import Parameters, State, build, reference
from parityline.kernel.cells import Wide
from parityline.tables import open_table
from parityline.tables.columns import MOST_NESTED
from required import native_kernel

HUGE = "x" * 10**6
NAMES: dict[str, tuple[list[str], list[str]]] = {
    "the same twice": (["a", "a", "b", "a"], ["a", "a [2]", "a [3]", "b"]),
    "the same as a later one": (["a", "a", "a [2]"], ["a", "a [2]", "a [3]"]),
    "empty": (["", "x", ""], ["column 1", "column 3", "x"]),
    "empty beside its own name": (["", "column 1", "column 1"], ["column 1", "column 1 [2]", "column 1 [3]"]),
    "newlines and controls": (["a\nb", "a\rb", "\x01", "\x1b[2J", "\u202e"], []),
    "markup": (["<script>alert(1)</script>", "&lt;", "a|b", "`a`", "{{ a }}", '"', "../../etc/passwd"], []),
    "a million characters": ([HUGE, HUGE, HUGE + "y"], [HUGE, HUGE + " [2]", HUGE + "y"]),
    "the words of the format": (["parameters", "record.json", "a:day", "a,b", "a<b:number>"], []),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("library", ["pyarrow", "pandas"])
def test_every_column_is_kept_whatever_its_name(kernel, library, name):
    given, expected = NAMES[name]
    table: Any = pa.table([pa.array([i, i]) for i in range(len(given))], names=given)
    if library == "pandas":
        table = pd.DataFrame(np.tile(np.arange(len(given)), (2, 1)), columns=given)
    data = kernel(open_table(table).read(), Parameters())
    state = State.from_bytes(data)
    assert list(state.columns) == sorted(expected or given)
    assert state.to_bytes() == data
    # the first of equal names keeps it, with its own values
    firsts = {own: given.index(own) for own in given if own}
    found = fingerprint(table).columns
    assert {own: found[own].max for own in firsts} == firsts
    assert len({column.max for column in found.values()}) == len(given)


@pytest.mark.parametrize("name", ["a\nb", "<script>", HUGE, "a:b", "\x00"])
def test_a_column_of_any_name_can_be_key_and_partition(name):
    found = fingerprint({name: [1, 2, 2], "x": [1.0, 2.0, 3.0]}, key=name, partition=name, ordered=True)
    assert (found.key, found.partitions) == ((name,), {1: 1, 2: 2})
    with pytest.raises(ParitylineError) as error:
        fingerprint({name: [1]}, key=name + "?")
    assert "expected a column of the table" in str(error.value)


def test_texts_of_a_million_characters_are_told_apart(kernel):
    texts = [HUGE, HUGE, HUGE + "y", HUGE[:-1] + "z", None, ""]
    tables = [{"t": texts}, pa.table({"t": texts}), pd.DataFrame({"t": texts}), pl.DataFrame({"t": texts})]
    (data,) = {kernel(open_table(table).read(), Parameters()) for table in tables}
    assert len(data) < 10_000
    column = fingerprint(tables[1]).columns["t"]
    assert (column.distinct, column.missing, column.range.longest, column.range.shortest) == (4, 1, 10**6 + 1, 0)


def nested(depth: int, kind: str) -> pa.Array:
    """One cell of a number under so many lists or structs, and a null."""
    array = pa.array([7, None])
    for level in range(depth):
        if kind == "list" or (kind == "both" and level % 2):
            array = pa.LargeListArray.from_arrays(pa.array([0, 1, 1 + level % 2], pa.int64()), array)
        else:
            array = pa.StructArray.from_arrays([array], ["f"])
    return array


def as_objects(depth: int, kind: str) -> list[Any]:
    value: Any = 7
    for level in range(depth):
        value = [value] if kind == "list" or (kind == "both" and level % 2) else {"f": value}
    return [value, None]


@pytest.mark.parametrize("kind", ["list", "struct", "both"])
def test_types_nest_as_deep_as_is_said(kernel, kind):
    deep = nested(MOST_NESTED - 2, kind)  # the stream itself counts as one
    expected = kernel(open_table({"x": deep}).read(), Parameters())
    assert kernel(open_table(pa.table({"x": deep})).read(), Parameters()) == expected
    for table in ({"x": nested(MOST_NESTED, kind)}, {"x": as_objects(MOST_NESTED, kind)}):
        state = State.from_bytes(kernel(open_table(table).read(), Parameters()))
        assert state.columns["x"].logical.count("<") == MOST_NESTED
    for depth in (MOST_NESTED + 1, 300, 5000):
        with pytest.raises(TableError, match="nested at most 64 deep"):
            kernel(open_table({"x": as_objects(depth, kind)}).read(), Parameters())
    for depth in (MOST_NESTED + 1, 300):
        with pytest.raises(TableError, match="nested at most 64 deep"):
            kernel(open_table({"x": nested(depth, kind)}).read(), Parameters())
        with pytest.raises(TableError, match="cannot be read"):
            kernel(open_table(pa.table({"x": nested(depth, kind)})).read(), Parameters())
        with pytest.raises(TableError, match="nested at most 64 deep"):
            build(open_table(pa.table({"x": nested(depth, kind)})), Parameters())


def test_the_same_cell_nested_otherwise_is_another_one(kernel):
    cells = [as_objects(depth, kind) for depth in (1, 2, 64) for kind in ("list", "struct")]
    assert len({kernel(open_table({"x": cell}).read(), Parameters()) for cell in cells}) == 6


def test_a_list_that_holds_itself_is_refused():
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(TableError, match="nested at most 64 deep"):
        fingerprint({"x": [endless]})


def test_keys_of_dictionaries_that_are_no_texts_keep_their_values(kernel):
    by_number, by_text = ([{key: 5}, {key: 6}, None] for key in (1, "1"))
    expected = kernel(open_table({"x": by_text}).read(), Parameters())
    assert kernel(open_table({"x": by_number}).read(), Parameters()) == expected
    assert State.from_bytes(expected).columns["x"].logical == "struct<1:number>"


@pytest.mark.parametrize("cell", [Decimal("1e400"), Decimal("-1e-400"), 10**76, float("-inf"), -(2**255)])
def test_numbers_beyond_all_bounds_are_kept_or_refused(kernel, cell):
    if isinstance(cell, Decimal):
        with pytest.raises(TableError, match="256 bits"):
            open_table({"x": [cell, 1]}).read()
        return
    data = kernel(open_table({"x": [cell, 1]}).read(), Parameters(key=("x",)))
    state = State.from_bytes(data)
    assert state.columns["x"].logical == "number"
    assert state.merge(state).rows == 4


def built(table: Any, parameters: Parameters) -> list[bytes]:
    """By each kernel that there is."""
    opened = open_table(table)
    return [state.to_bytes() for state in (reference.build(opened.read(), parameters), build(opened, parameters))]


def decimals(scale: int, count: int = 3) -> pa.Array:
    data = b"".join((10**18 + 7 * i).to_bytes(16, "little", signed=True) for i in range(-count + 1, 1))
    return pa.Array.from_buffers(pa.decimal128(20, scale), count, [None, pa.py_buffer(data)])


@pytest.mark.parametrize("count", [3, 300])
@pytest.mark.parametrize("scale", [-230, -100, 320, 1000])
def test_decimals_of_any_scale_that_can_be_written_are_read_again(scale, count):
    table = pa.table({"x": decimals(scale, count), "y": ["a", "b", "c"] * (count // 3)})
    parameters = Parameters(key=("x",), ordered=True, target="y", totals=(("x", ("y",)),))
    states = [State.from_bytes(data) for data in built(table, parameters)]
    assert len({state.to_bytes() for state in states}) == 1
    found = Fingerprint(states[0]).columns["x"]
    assert found.range.maximum == Wide(1, 18 - scale)
    assert found.totals.sum * Fraction(10) ** scale == sum(10**18 - 7 * i for i in range(count))
    assert found.max == pytest.approx(10.0 ** (18 - scale))
    assert states[0].merge(states[0]).rows == 2 * count


@pytest.mark.parametrize("scale", [-231, 1001, -40_000, 40_000])
def test_decimals_that_could_not_be_written_are_refused(kernel, scale):
    with pytest.raises(TableError, match=f"scale from -230 to 1000, found {scale}"):
        kernel(open_table({"x": decimals(scale)}).read(), Parameters())
    if scale > 0:
        with pytest.raises(TableError, match="scale from -230 to 1000"):
            kernel(open_table({"x": [Decimal(f"1e-{scale}")]}).read(), Parameters())


# ---------------------------------------------------------------- producers that fail


class Producer:
    """A foreign object with a stream that is not one."""

    def __init__(self, gives: Any) -> None:
        self.gives = gives

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        if isinstance(self.gives, BaseException):
            raise self.gives
        return self.gives() if callable(self.gives) else self.gives


def used() -> Any:
    capsule = pa.table({"a": [1]}).__arrow_c_stream__()
    pa.RecordBatchReader._import_from_c_capsule(capsule)
    return capsule


FOREIGN: dict[str, Any] = {
    "an error": KeyError("no stream"),
    "no memory": MemoryError(),
    "None": None,
    "a number": 5,
    "another capsule": lambda: pa.array([1]).__arrow_c_array__()[0],
    "a stream of arrays": lambda: pa.chunked_array([[1]]).__arrow_c_stream__(),
    "a stream that was read": used,
}


@pytest.mark.parametrize("name", FOREIGN)
def test_an_object_whose_stream_is_none_is_refused(kernel, name):
    with pytest.raises(TableError, match="found one that cannot be read") as error:
        kernel(open_table(Producer(FOREIGN[name])).read(), Parameters())
    assert error.value.__cause__ is not None


@pytest.mark.parametrize("name", FOREIGN)
def test_an_object_whose_stream_is_none_is_refused_by_the_kernel_itself(name):
    with pytest.raises(TableError, match=r"found one that cannot be read|found a stream of single columns"):
        build(open_table(Producer(FOREIGN[name])), Parameters())


class Broken(Exception):
    """An error that no library knows."""


ERRORS = (
    ValueError("the disk\nis gone"),
    Broken("gone"),
    MemoryError(),
    OSError(28, "full"),
    StopIteration(),
    KeyError(1),
)


def reader(error: BaseException, batches: int) -> pa.RecordBatchReader:
    def rows() -> Iterator[pa.RecordBatch]:
        for i in range(batches):
            yield pa.record_batch({"a": [i]})
        raise error

    return pa.RecordBatchReader.from_batches(pa.schema([("a", pa.int64())]), rows())


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("batches", [0, 3])
@pytest.mark.parametrize("foreign", [False, True])
def test_a_producer_that_raises_in_midstream_is_a_table_error(kernel, error, batches, foreign):
    def given() -> Any:
        return Producer(lambda: reader(error, batches).__arrow_c_stream__()) if foreign else reader(error, batches)

    with pytest.raises(TableError, match="the table broke off while it was read") as found:
        kernel(open_table(given()).read(), Parameters())
    assert "\n" not in str(found.value)
    with pytest.raises(TableError, match="the table broke off while it was read") as found:
        build(open_table(given()), Parameters())
    assert "\n" not in str(found.value)
    # and the next one is read as if nothing had been
    assert State.from_bytes(kernel(open_table({"a": [1]}).read(), Parameters())).rows == 1


def test_batches_of_another_type_than_the_stream_says_are_a_table_error(kernel):
    batches = iter([pa.record_batch({"a": [1]}), pa.record_batch({"a": ["text"]})])
    stream = pa.RecordBatchReader.from_batches(pa.schema([("a", pa.int64())]), batches)
    with pytest.raises(TableError):
        kernel(open_table(stream).read(), Parameters())


# ---------------------------------------------------------------- leaks

TIMES, WARM_UP = 200, 60
PASSED_OVER = ("stream", "other types")
"""Arrow's stream interface itself has no way to see that a producer does not keep to its own schema; pyarrow has."""
MOST_GROWTH_MIB = 8
"""What the process may grow by after the warm-up. One batch is 0.2 MiB, so losing one at each time would be 28 MiB."""

LEAKS = """
    import json, os, sys
    from collections.abc import Iterator
    import pyarrow as pa
    from parityline.errors import ParitylineError
    from parityline.kernel import Parameters, State, reference
    from parityline.tables import open_table

    times, warm_up, kernel, planted = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4] == "planted"
    TEXT = pa.array(["y" * 99 + str(i % 10) for i in range(2000)])
    kept = []

    def batch():
        # a copy of its own, so that a batch that is not freed is memory that is not freed
        return pa.record_batch({"a": pa.concat_arrays([TEXT[:1000], TEXT[1000:]])})

    def stream(error, batches=2):
        def rows():
            for _ in range(batches):
                yield batch()
            if error is not None:
                raise error
        return pa.RecordBatchReader.from_batches(batch().schema, rows())

    class Producer:
        def __init__(self, error):
            self.error = error
        def __arrow_c_stream__(self, requested_schema=None):
            return stream(self.error).__arrow_c_stream__()

    def build(table, parameters=Parameters()):
        if kernel == "reference":
            return reference.build(open_table(table).read(), parameters).to_bytes()
        from parityline.kernel import _native
        if kernel == "stream":
            builder = _native.Builder(parameters, 1)
            builder.add(table)
            return bytes(builder.finish())
        return bytes(_native.build(open_table(table).read(), parameters))

    def other_types():
        batches = iter([batch(), pa.record_batch({"a": [1]})])
        return pa.RecordBatchReader.from_batches(batch().schema, batches)

    SITUATIONS = {
        "read": lambda: build(stream(None)),
        "raises": lambda: build(stream(ValueError("gone"))),
        "raises in a foreign object": lambda: build(Producer(RuntimeError("gone"))),
        "other types": lambda: build(other_types()),
        "no such key": lambda: build(stream(None), Parameters(key=("b",))),
        "damaged bytes": lambda: State.from_bytes(build(stream(None, 1))[:-1]),
    }

    def used():
        # not the peak, which begins with that of the process that started this one
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    if kernel == "stream":
        del SITUATIONS["other types"]

    outcomes = {}
    for i in range(times):
        if i == warm_up:
            before = used()
        if planted:
            kept.append(batch())
        for name, situation in SITUATIONS.items():
            try:
                situation()
                outcomes[name] = ""
            except ParitylineError as error:
                outcomes[name] = type(error).__name__
    print(used() - before)
    print(json.dumps(outcomes))
"""


def growth_mib(kernel: str, planted: str = "") -> float:
    """By how much a process that meets every situation many times grows after its warm-up."""
    arguments = [sys.executable, "-c", textwrap.dedent(LEAKS), str(TIMES), str(WARM_UP), kernel, planted]
    # Arrow's own pools keep what was freed
    environment = {**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system"}
    run = subprocess.run(arguments, capture_output=True, text=True, env=environment, timeout=300, check=False)
    assert run.returncode == 0, run.stderr
    growth, outcomes = run.stdout.splitlines()
    expected = {
        "read": "",
        "raises": "TableError",
        "raises in a foreign object": "TableError",
        "other types": "TableError",
        "no such key": "UsageError",
        "damaged bytes": "FormatError",
    }
    assert json.loads(outcomes) == {name: error for name, error in expected.items() if (kernel, name) != PASSED_OVER}
    return float(growth)


@pytest.mark.skipif(sys.platform != "linux", reason="memory in use is asked of /proc")
@pytest.mark.parametrize("kernel_name", ["reference", "native", "stream"])
def test_nothing_is_leaked_by_what_fails(kernel_name):
    if kernel_name != "reference":
        native_kernel()
    assert growth_mib(kernel_name) < MOST_GROWTH_MIB


@pytest.mark.skipif(sys.platform != "linux", reason="memory in use is asked of /proc")
def test_a_batch_that_is_leaked_each_time_would_be_found_out():
    assert growth_mib("reference", "planted") > MOST_GROWTH_MIB
