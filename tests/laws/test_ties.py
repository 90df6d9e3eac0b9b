"""What is equal, in any number: keys and rows that repeat, values of several types, and samples at their very limits.

Samples keep what has the smallest hashes, so equal things tie in every one of them. The hashes that must be kept are
computed here by the library xxhash, from the definition in docs/format.md.
"""

from __future__ import annotations

import random
import struct
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from parityline.kernel import Parameters, Partition, State, reference
from parityline.kernel.cells import Wide
from parityline.kernel.sections import Entities
from parityline.kernel.summaries import Distribution, Values
from required import native_kernel
from strategies import batches_of, permuted

KEPT_KEYS, KEPT_ROWS, ENTITY_ROWS = 4096, 8, 64


def hash_of(number: float) -> int:
    """The hash of a number, and of a key of one number."""
    return xxhash.xxh3_128_intdigest(struct.pack("<d", number), seed=0x9E3779B97F4A7C15)


def streamed(kernel, table: pa.Table, parameters: Parameters, size: int) -> bytes:
    """Small parts, each by itself, merged in the order in which they come."""
    state: State | None = None
    for start in range(0, table.num_rows, size):
        part = State.from_bytes(kernel(batches_of(table.slice(start, size)), parameters))
        state = part if state is None else state.merge(part)
    assert state is not None
    return state.to_bytes()


def values_of(state: State, column: str) -> Values:
    found = state.columns[column].summaries[Values]
    assert isinstance(found, Values)
    return found


# ---------------------------------------------------------------- at the limits, every key twice


def twice(distinct: int) -> pa.Table:
    """So many numbers, each in two rows that are seldom near each other."""
    numbers = np.random.default_rng(distinct).permutation(np.tile(np.arange(distinct), 2))
    return pa.table({"id": numbers, "x": (numbers % 7).astype(float)})


@pytest.mark.parametrize("distinct", [255, 256, 257, 1023, 1024, 1025])
def test_values_around_their_limits_are_those_of_the_smallest_hashes(kernel, distinct):
    table = twice(distinct)
    data = kernel(batches_of(table), Parameters())
    found = values_of(State.from_bytes(data), "id")
    kept = distinct if distinct <= 1024 else 256
    assert found.complete == (distinct <= 1024)
    assert found.hashes == tuple(sorted(map(hash_of, range(distinct)))[:kept])
    assert found.counts == (2,) * kept
    assert streamed(kernel, table, Parameters(), 97) == data


@pytest.mark.parametrize("distinct", [4095, 4096, 4097])
def test_keys_and_partitions_around_their_limits_are_those_of_the_smallest_hashes(kernel, distinct):
    table, parameters = twice(distinct), Parameters(key=("id",), partition=Partition("id"))
    data = kernel(batches_of(table), parameters)
    state = State.from_bytes(data)
    expected = tuple(sorted(map(hash_of, range(distinct)))[:KEPT_KEYS])
    complete = distinct <= KEPT_KEYS
    assert (state.sample.complete, state.sample.keys) == (complete, expected)
    assert state.sample.rows_per_key == (2,) * len(expected)
    assert state.sample.counts == (2,) * len(expected)
    assert state.partitions is not None
    assert (state.partitions.complete, tuple(own for own, *_ in state.partitions.entries)) == (complete, expected)
    assert {rows for *_, rows, _ in state.partitions.entries} == {2}
    assert streamed(kernel, table, parameters, 411) == data


@pytest.mark.parametrize("distinct", [2047, 2048, 2049])
def test_bins_around_their_limit_lose_a_bit_only_beyond_it(kernel, distinct):
    # numbers whose keys differ in the last bits alone, so that one bit less halves the bins
    numbers = (np.arange(distinct, dtype=np.uint64) + np.float64(1.0).view(np.uint64)).view(np.float64)
    table = pa.table({"x": np.random.default_rng(1).permutation(np.tile(numbers, 2))})
    data = kernel(batches_of(table), Parameters())
    found = State.from_bytes(data).columns["x"].summaries[Distribution]
    assert isinstance(found, Distribution)
    assert (found.shift, len(found.prefixes)) == ((0, distinct) if distinct <= 2048 else (1, (distinct + 1) // 2))
    assert found.rows == 2 * distinct
    assert streamed(kernel, table, Parameters(), 211) == data


def test_a_stream_of_single_rows_at_the_limit_gives_the_bytes_of_one_pass(kernel):
    # every row is a part, and the last ones drop what the first ones kept
    table = pa.table({"id": np.arange(300), "c": [f"{i:05}" for i in range(300)], "y": np.arange(300) % 9})
    parameters = Parameters(entity=("id",), target="y", totals=(("id", ("c",)),))
    data = kernel(batches_of(table), parameters)
    assert streamed(kernel, table, parameters, 1) == data


# ---------------------------------------------------------------- keys and rows that repeat

HOT = 1500


def hot_key() -> pa.Table:
    """One key of 1,500 rows, each another one, among 3,000 keys of one row."""
    keys = np.concatenate([np.full(HOT, 7), 100 + np.arange(3000)])
    return permuted(pa.table({"id": keys, "x": np.arange(len(keys)) / 4}), 3)


def rows_of(kernel, table: pa.Table) -> dict[int, int]:
    """How often each row is there, by its hash: the complete sample of a table without a key."""
    sample = State.from_bytes(kernel(batches_of(table), Parameters())).sample
    assert sample.complete
    return dict(zip(sample.keys, sample.counts, strict=True))


def test_a_hot_key_keeps_its_eight_smallest_rows_and_counts_all(kernel):
    table, parameters = hot_key(), Parameters(key=("id",), ordered=False)
    data = kernel(batches_of(table), parameters)
    sample = State.from_bytes(data).sample
    place = sample.keys.index(hash_of(7))
    assert sample.rows_per_key[place] == HOT
    own = [row for row, owner in zip(sample.hashes, sample.owner, strict=True) if owner == place]
    hot = table.filter(pa.compute.equal(table["id"], 7))
    assert own == sorted(rows_of(kernel, hot))[:KEPT_ROWS]
    assert set(sample.counts) == {1}
    assert streamed(kernel, table, parameters, 150) == data
    assert kernel(batches_of(permuted(table, 8)), parameters) == data


def test_rows_that_are_there_once_twice_and_three_times_are_counted(kernel):
    times = np.arange(900) % 3 + 1
    table = permuted(pa.table({"id": np.repeat(np.arange(900), times), "x": np.repeat(np.arange(900) // 2, times)}), 5)
    assert Counter(rows_of(kernel, table).values()) == {1: 300, 2: 300, 3: 300}
    for parameters in (Parameters(), Parameters(key=("id",)), Parameters(key=("x",)), Parameters(key=("id", "x"))):
        data = kernel(batches_of(table), parameters)
        sample = State.from_bytes(data).sample
        assert Counter(sample.counts) == {1: 300, 2: 300, 3: 300}
        assert sum(sample.rows_per_key) == table.num_rows
        assert streamed(kernel, table, parameters, 60) == data


@pytest.mark.parametrize("cell", [5, 0.5, "text", None, float("nan")])
@pytest.mark.parametrize("key", [(), ("x",)])
def test_a_table_of_one_row_again_and_again(kernel, cell, key):
    one = pa.table({"x": pa.array([cell], from_pandas=False), "y": [1]})
    table = pa.concat_tables([one] * 5000).combine_chunks()
    parameters = Parameters(key=key, partition=Partition("x"), entity=("x",), target="x")
    data = kernel(batches_of(table), parameters)
    state = State.from_bytes(data)
    assert (state.sample.rows_per_key, state.sample.counts) == ((5000,), (5000,))
    assert [rows for *_, rows, _ in state.partitions.entries] == [5000]  # type: ignore[union-attr]
    assert streamed(kernel, table, parameters, 250) == data
    single = State.from_bytes(kernel(batches_of(one), parameters))
    assert state.digest == single.digest * 5000 % 2**128


def test_rows_of_one_time_are_told_apart_by_their_hash(kernel):
    n = 3 * ENTITY_ROWS
    day = pa.array([20_000] * n, pa.date32())
    table = pa.table({"who": ["ann"] * n, "at": day, "x": np.arange(n)})
    parameters = Parameters(entity=("who",), time="at")
    data = kernel(batches_of(table), parameters)
    found = State.from_bytes(data).section(Entities)
    assert found is not None
    assert found.rows == (n,)
    assert found.row_hashes == tuple(sorted(rows_of(kernel, table))[:ENTITY_ROWS])
    assert streamed(kernel, permuted(table, 2), parameters, 10) == data


@pytest.mark.parametrize(
    "parameters", [Parameters(), Parameters(key=("id",)), Parameters(key=("x", "id"), ordered=True)]
)
def test_the_kernels_agree_on_what_ties(parameters):
    native = native_kernel()
    for table in (hot_key(), twice(4097), pa.concat_tables([hot_key()] * 3).combine_chunks()):
        batches = batches_of(table)
        expected = reference.build(batches, parameters).to_bytes()
        for threads in (1, 2, 7):
            assert bytes(native.build(iter(batches), parameters, threads=threads)) == expected


# ---------------------------------------------------------------- numbers of several types

NUMBERS: dict[str, tuple[pa.DataType, tuple[Any, ...]]] = {
    "int64": (pa.int64(), (0, 1, -1, 5, 2**53, 2**53 + 1, -(2**63), None)),
    "uint64": (pa.uint64(), (0, 1, 5, 2**53 + 1, 2**64 - 1, None)),
    "int8": (pa.int8(), (0, 1, -1, 5, None)),
    "float64": (pa.float64(), (0.0, -0.0, 1.0, -1.0, 5.0, 0.5, 2.0**53, -(2.0**63), None)),
    "float32": (pa.float32(), (0.0, 1.0, 5.0, 0.5, None)),
    "decimal": (
        pa.decimal128(38, 2),
        (*map(Decimal, ("0", "1", "-1.00", "5.0", "0.50", f"{2**53 + 1}")), None),
    ),
}


def exact(cell: Any) -> Fraction | None:
    return None if cell is None else Fraction(cell)


@given(data=st.data(), seed=st.integers(0, 999))
def test_parts_of_several_types_of_number_merge_to_the_numbers(kernel, data, seed):
    names = data.draw(st.lists(st.sampled_from(sorted(NUMBERS)), min_size=2, max_size=5))
    parts = [data.draw(st.lists(st.sampled_from(NUMBERS[name][1]), max_size=9)) for name in names]
    parameters = Parameters(key=("x",), totals=(("x", ("y",)),), target="y")

    def state(cells: list[Any], type_: pa.DataType) -> State:
        table = pa.table({"x": pa.array(cells, type_), "y": pa.array([1] * len(cells), pa.int8())})
        return State.from_bytes(kernel(batches_of(table), parameters))

    states = [state(cells, NUMBERS[name][0]) for name, cells in zip(names, parts, strict=True)]
    random.Random(seed).shuffle(states)
    whole = states[0]
    for part in states[1:]:
        whole = whole.merge(part)
    cells = [cell for part in parts for cell in part]
    # decimals hold every one of these numbers, so that one pass over them is the truth
    one_pass = state([None if cell is None else Decimal(cell) for cell in cells], pa.decimal128(38, 2))
    assert whole.to_bytes() == one_pass.to_bytes()
    counted = Counter(exact(cell) for cell in cells if cell is not None)
    found = values_of(whole, "x")
    pairs = zip(found.cells, found.counts, strict=True)
    assert {Fraction(c.value if isinstance(c, Wide) else c): n for c, n in pairs} == counted  # type: ignore[arg-type]
    assert sum(whole.sample.rows_per_key) == len(cells)
