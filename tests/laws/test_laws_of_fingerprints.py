"""The laws of a whole fingerprint, on its bytes and in every kernel: parts, order, layouts, types, refusals."""

from __future__ import annotations

import random
from collections.abc import Iterable
from contextlib import nullcontext
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parityline.errors import IncomparableError, TableError, UsageError
from parityline.kernel import Parameters, Partition, State, reference
from parityline.kernel.sections import Sample
from parityline.kernel.summaries import Shape, Values
from strategies import (
    KINDS,
    LAYOUTS,
    NUMBERS,
    Kind,
    batches_of,
    cut,
    edge_table,
    in_batches,
    kinds,
    permuted,
    rechunked,
    tables,
    tables_with_parameters,
)

seeds = st.integers(0, 2**32)


def test_each_kernel_is_the_one_that_its_name_says(kernel, request, monkeypatch):
    # parityline.kernel.build takes the native kernel where there is one; a law that uses it would test one kernel twice
    class Asked(Exception):
        pass

    def of_batch(*_: object) -> State:
        raise Asked

    monkeypatch.setattr(reference, "of_batch", of_batch)
    expected = pytest.raises(Asked) if request.node.callspec.params["kernel"] == "reference" else nullcontext()
    with expected:
        kernel(batches_of(pa.table({"x": [1]})), Parameters())


def merged(parts: Iterable[bytes], choose: random.Random, *, in_order: bool, round_trips: bool) -> bytes:
    """The parts merged along a random tree; neighbours only where their order counts."""
    states = [State.from_bytes(part) for part in parts]
    while len(states) > 1:
        at = choose.randrange(len(states) - 1)
        if in_order:
            left, right = states[at], states.pop(at + 1)
        else:
            choose.shuffle(states)
            left, right = states[at], states.pop()
        state = left.merge(right)
        states[at] = State.from_bytes(state.to_bytes()) if round_trips and choose.random() < 0.5 else state
    return states[0].to_bytes()


@given(drawn=tables_with_parameters(), cuts=st.lists(st.integers(0, 24), max_size=15), seed=seeds, trips=st.booleans())
def test_any_parts_merged_in_any_tree_give_the_bytes_of_one_pass(kernel, drawn, cuts, seed, trips):
    table, parameters = drawn
    parts = [kernel(batches_of(part), parameters) for part in cut(table, cuts)]
    one_pass = kernel(batches_of(table), parameters)
    choose = random.Random(seed)
    assert merged(parts, choose, in_order=parameters.ordered, round_trips=trips) == one_pass


@given(drawn=tables_with_parameters(), cuts=st.lists(st.integers(0, 24), max_size=15))
def test_chunks_of_a_table_do_not_matter(kernel, drawn, cuts):
    table, parameters = drawn
    assert kernel(batches_of(rechunked(table, cuts)), parameters) == kernel(batches_of(table), parameters)


@given(drawn=tables_with_parameters(ordered=False), seed=seeds)
def test_the_order_of_rows_does_not_matter_where_it_is_not_recorded(kernel, drawn, seed):
    table, parameters = drawn
    assert kernel(batches_of(permuted(table, seed)), parameters) == kernel(batches_of(table), parameters)


@given(drawn=tables_with_parameters(), seed=seeds)
def test_the_order_of_columns_does_not_matter(kernel, drawn, seed):
    table, parameters = drawn
    names = list(table.column_names)
    random.Random(seed).shuffle(names)
    assert kernel(batches_of(table.select(names)), parameters) == kernel(batches_of(table), parameters)


@given(
    drawn=tables_with_parameters(),
    layouts=st.lists(st.sampled_from(sorted(LAYOUTS)), min_size=3, max_size=3, unique=True),
)
def test_the_layout_of_a_table_does_not_matter(kernel, drawn, layouts):
    table, parameters = drawn
    plain = kernel(batches_of(table), parameters)
    for layout in layouts:
        assert kernel(batches_of(LAYOUTS[layout](table)), parameters) == plain, layout


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_layout_of_every_kind_does_not_matter(kernel, layout):
    table = edge_table(150)
    assert kernel(batches_of(LAYOUTS[layout](table)), Parameters()) == kernel(batches_of(table), Parameters())


def test_a_layout_that_is_tested_is_another_layout():
    table = edge_table(150)
    for name, change in LAYOUTS.items():
        laid_out = change(table)
        if name in ("garbage under nulls", "validity all set"):
            continue
        differs = [
            before.type != after.type or after.chunk(0).offset > 0
            for before, after in zip(table.columns, laid_out.columns, strict=True)
        ]
        assert any(differs), name
    floats = LAYOUTS["garbage under nulls"](table)["float64"].chunk(0)
    beneath = np.frombuffer(floats.buffers()[1], "f8")
    assert floats.null_count
    assert np.any(beneath[floats.is_null().to_numpy(zero_copy_only=False)] != 0)
    full = LAYOUTS["validity all set"](edge_table(150).slice(1, 4)).column("float64").chunk(0)
    assert full.buffers()[0] is not None


@pytest.mark.parametrize("size", [1, 2, 7, 8, 63, 64, 65, 1023])
def test_the_size_of_batches_does_not_matter(kernel, size):
    table = edge_table(150 if size < 1000 else 1100)
    table = table if size >= 7 else table.select(table.column_names[::5])
    parameters = Parameters(key=("int64",) if "int64" in table.column_names else (), ordered=True)
    assert kernel(batches_of(in_batches(table, size)), parameters) == kernel(batches_of(table), parameters)


def test_more_rows_than_are_read_at_a_time_give_the_same_bytes_in_any_batches(kernel):
    n = 70_000
    rng = np.random.default_rng(65536)
    table = pa.table({"x": rng.integers(0, 500, n), "y": rng.integers(0, 9, n).astype("f4")})
    parameters = Parameters(ordered=True, partition=Partition("y"))
    everything = kernel(batches_of(table), parameters)
    for size in (n, 65_536, 40_000):
        assert kernel(batches_of(in_batches(table, size)), parameters) == everything


@given(drawn=tables_with_parameters())
def test_a_fingerprint_that_is_read_and_written_again_is_the_same_bytes(kernel, drawn):
    table, parameters = drawn
    data = kernel(batches_of(table), parameters)
    assert State.from_bytes(data).to_bytes() == data


@given(drawn=tables_with_parameters())
def test_no_rows_change_nothing(kernel, drawn):
    table, parameters = drawn
    state = State.from_bytes(kernel(batches_of(table), parameters))
    empty = State.from_bytes(kernel(batches_of(table.slice(0, 0)), parameters))
    assert state.merge(empty).to_bytes() == empty.merge(state).to_bytes() == state.to_bytes()


@given(drawn=tables_with_parameters(min_rows=1))
def test_merging_twice_counts_twice_and_changes_neither_part(kernel, drawn):
    table, parameters = drawn
    data = kernel(batches_of(table), parameters)
    state = State.from_bytes(data)
    twice = state.merge(state)
    assert twice.rows == 2 * table.num_rows
    assert twice.to_bytes() == kernel(batches_of(pa.concat_tables([table, table])), parameters)
    assert state.to_bytes() == data


# ---------------------------------------------------------------- one number, many types


WHOLE = [t for kind in NUMBERS for t in (kind.type,) if not pa.types.is_decimal(t)]
WHOLE += [pa.decimal32(9, 2), pa.decimal64(18, 4), pa.decimal128(38, 10), pa.decimal256(76, 5)]


def _as(values: list[int | None], type_: pa.DataType) -> pa.Table:
    if pa.types.is_decimal(type_):
        return pa.table({"x": pa.array([None if v is None else Decimal(v) for v in values], type_)})
    if pa.types.is_float16(type_):
        return pa.table({"x": pa.array([None if v is None else np.float16(v) for v in values], type_)})
    return pa.table({"x": pa.array(values, type_)})


@given(
    values=st.lists(st.one_of(st.none(), st.integers(0, 127)), max_size=16),
    first=st.sampled_from(WHOLE),
    second=st.sampled_from(WHOLE),
    at=st.integers(0, 16),
    ordered=st.booleans(),
)
def test_numbers_that_are_equal_give_the_same_bytes_whatever_their_type(kernel, values, first, second, at, ordered):
    parameters = Parameters(key=("x",), ordered=ordered)
    as_first = kernel(batches_of(_as(values, first)), parameters)
    assert kernel(batches_of(_as(values, second)), parameters) == as_first
    parts = [
        State.from_bytes(kernel(batches_of(t), parameters)) for t in (_as(values[:at], first), _as(values[at:], second))
    ]
    assert parts[0].merge(parts[1]).to_bytes() == as_first
    batches = [*batches_of(_as(values[:at], first)), *batches_of(_as(values[at:], second))]
    assert kernel(batches, parameters) == as_first


@given(cents=st.lists(st.integers(-(10**14), 10**14), max_size=12))
def test_the_nearest_float_of_a_decimal_is_that_decimal_only_where_it_is_exact(kernel, cents):
    decimals = pa.table({"x": pa.array([Decimal(c).scaleb(-2) for c in cents], pa.decimal128(20, 2))})
    floats = pa.table({"x": pa.array([c / 100 for c in cents], pa.float64())})
    same = kernel(batches_of(decimals), Parameters()) == kernel(batches_of(floats), Parameters())
    assert same == all(c % 25 == 0 for c in cents)


@given(kind=kinds, data=st.data(), nulls=st.integers(0, 5), first=st.booleans())
def test_a_part_without_a_type_merges_into_any_type(kernel, kind: Kind, data, nulls, first):
    cells = data.draw(kind.lists(12))
    typed = pa.table({"x": kind.build(cells), "k": pa.array(range(len(cells)), pa.int64())})
    untyped = pa.table({"x": pa.nulls(nulls), "k": pa.array([3] * nulls, pa.int64())})
    as_typed = pa.table({"x": kind.build([None] * nulls), "k": untyped["k"]})
    parameters = Parameters(key=("k",), partition=Partition("x"))
    parts = [State.from_bytes(kernel(batches_of(t), parameters)) for t in (typed, untyped)]
    merged_parts = parts[1].merge(parts[0]) if first else parts[0].merge(parts[1])
    assert merged_parts.to_bytes() == kernel(batches_of(pa.concat_tables([typed, as_typed])), parameters)


def of_no_type_and_of_an_odd_type(kernel) -> list[State]:
    union = pa.UnionArray.from_sparse(pa.array([0, 0], pa.int8()), [pa.array([1, 2])])
    tables = (pa.table({"x": union}), pa.table({"x": pa.nulls(3)}))
    return [State.from_bytes(kernel(batches_of(table), Parameters())) for table in tables]


def test_a_part_without_a_type_merges_with_a_type_that_is_not_summarised(kernel):
    odd, empty = of_no_type_and_of_an_odd_type(kernel)
    for state in (odd.merge(empty), empty.merge(odd)):
        assert state.columns["x"].logical.startswith("unsupported:")
        assert list(state.columns["x"].summaries) == [Shape]
        assert state.columns["x"].summaries[Shape].rows == 5


def test_a_part_without_a_type_and_one_that_is_not_summarised_commute(kernel):
    odd, empty = of_no_type_and_of_an_odd_type(kernel)
    assert odd.merge(empty).to_bytes() == empty.merge(odd).to_bytes()


# ---------------------------------------------------------------- order


@given(drawn=tables_with_parameters(ordered=True, max_rows=6), seed=seeds)
def test_the_ordered_digest_changes_with_the_order_and_with_nothing_else(kernel, drawn, seed):
    table, parameters = drawn
    order = random.Random(seed).sample(range(table.num_rows), table.num_rows)
    shuffled = table.take(pa.array(order, pa.int64()))
    a, b = (State.from_bytes(kernel(batches_of(t), parameters)) for t in (table, shuffled))
    rows = [State.from_bytes(kernel(batches_of(table.slice(i, 1)), parameters)).digest for i in range(table.num_rows)]
    assert a.order is not None
    assert b.order is not None
    assert (a.order.digest == b.order.digest) == (rows == [rows[i] for i in order])
    assert a.digest == b.digest


def test_ordered_parts_merge_in_their_order_only(kernel):
    first, second = pa.table({"x": [1, 2, 3]}), pa.table({"x": [3, 5]})
    parameters = Parameters(ordered=True)
    a, b = (State.from_bytes(kernel(batches_of(t), parameters)) for t in (first, second))
    whole = kernel(batches_of(pa.concat_tables([first, second])), parameters)
    assert a.merge(b).to_bytes() == whole
    assert b.merge(a).to_bytes() != whole


# ---------------------------------------------------------------- refusals

PARAMETERS = {
    "none": Parameters(),
    "a key": Parameters(key=("a",)),
    "another key": Parameters(key=("b",)),
    "the key's columns in another order": Parameters(key=("b", "a")),
    "two key columns": Parameters(key=("a", "b")),
    "ordered": Parameters(ordered=True),
    "a partition": Parameters(partition=Partition("a")),
    "a partition by day": Parameters(partition=Partition("t", "day")),
    "a partition by month": Parameters(partition=Partition("t", "month")),
    "an ignored column": Parameters(ignored=("b",)),
    "another seed": Parameters(seed=7, seed_id=b"secret 7"),
}


@pytest.mark.parametrize("mine", PARAMETERS)
@pytest.mark.parametrize("theirs", PARAMETERS)
def test_fingerprints_of_different_parameters_refuse_to_merge(kernel, mine, theirs):
    table = pa.table({"a": [1, 2], "b": ["x", "y"], "t": pa.array([0, 1], pa.timestamp("s"))})
    a, b = (State.from_bytes(kernel(batches_of(table), PARAMETERS[p])) for p in (mine, theirs))
    if mine == theirs:
        assert a.merge(b).rows == 4
    else:
        with pytest.raises(IncomparableError, match="same parameters"):
            a.merge(b)


def test_parameters_differ_only_where_something_differs():
    a, b = Parameters(ignored=("x", "y")), Parameters(ignored=("y", "x"))
    assert a.identity() == b.identity()
    assert len({p.identity() for p in PARAMETERS.values()}) == len(PARAMETERS)


@pytest.mark.parametrize("left", KINDS, ids=str)
def test_columns_of_different_types_refuse_to_merge_and_to_be_read_together(kernel, left):
    logical = {kind.name: batches_of(pa.table({"x": kind.build([])}))[0].columns[0].logical for kind in KINDS}
    mine = pa.table({"x": left.build(list(left.edges[:1]))})
    for right in KINDS[:: 1 if left.name in ("int64", "text") else 7]:
        theirs = pa.table({"x": right.build(list(right.edges[:1]))})
        a, b = (State.from_bytes(kernel(batches_of(t), Parameters())) for t in (mine, theirs))
        if logical[left.name] == logical[right.name] or "null" in (logical[left.name], logical[right.name]):
            assert a.merge(b).rows == mine.num_rows + theirs.num_rows
        else:
            with pytest.raises(IncomparableError, match="x: one part holds"):
                a.merge(b)
            with pytest.raises(IncomparableError, match="x: one part holds"):
                kernel([*batches_of(mine), *batches_of(theirs)], Parameters())


def test_different_columns_refuse_to_merge(kernel):
    a, b = (State.from_bytes(kernel(batches_of(pa.table({n: [1]})), Parameters())) for n in ("x", "y"))
    with pytest.raises(IncomparableError, match="x, y in one only"):
        a.merge(b)


@pytest.mark.parametrize(
    "parameters",
    [Parameters(key=("absent",)), Parameters(ignored=("absent",)), Parameters(partition=Partition("absent", "day"))],
    ids=["key", "ignored", "partition"],
)
def test_a_column_that_is_named_but_not_there_is_an_error_that_lists_the_columns(kernel, parameters):
    with pytest.raises(UsageError, match=r"'absent'.*income"):
        kernel(batches_of(pa.table({"income": [1]})), parameters)


def test_a_partition_by_day_needs_times(kernel):
    with pytest.raises(UsageError, match="date or timestamp"):
        kernel(batches_of(pa.table({"x": [1]})), Parameters(partition=Partition("x", "day")))


def test_no_batches_are_no_table(kernel):
    with pytest.raises(TableError):
        kernel([], Parameters())


# ---------------------------------------------------------------- what is kept when there is too much


def streamed(kernel, table: pa.Table, parameters: Parameters, size: int) -> bytes:
    """Part after part, each through its bytes, merged as they come."""
    state: State | None = None
    for part in cut(table, range(size, table.num_rows, size)):
        piece = State.from_bytes(kernel(batches_of(part), parameters))
        state = piece if state is None else state.merge(piece)
    assert state is not None
    return state.to_bytes()


@pytest.mark.parametrize("size", [700, 2600])
def test_more_keys_and_values_than_are_kept_give_the_same_bytes_in_a_stream(kernel, size):
    n = 5200
    rng = np.random.default_rng(4096)
    table = pa.table(
        {
            "id": rng.permutation(np.concatenate([np.arange(4900), rng.integers(0, 300, n - 4900)])),
            "amount": rng.integers(0, 1500, n) / 100,
            "city": [f"city {i}" for i in rng.integers(0, 1100, n)],
        }
    )
    parameters = Parameters(key=("id",), partition=Partition("id"))
    data = kernel(batches_of(table), parameters)
    state = State.from_bytes(data)
    values = state.columns["city"].summaries[Values]
    assert isinstance(values, Values)
    assert (len(state.sample.keys), state.sample.complete, values.complete, len(values.counts)) == (
        4096,
        False,
        False,
        256,
    )
    assert state.partitions is not None
    assert (len(state.partitions.entries), state.partitions.complete) == (4096, False)
    assert streamed(kernel, table, parameters, size) == data
    assert kernel(batches_of(permuted(table, size)), parameters) == data


def test_what_was_left_out_stays_left_out_when_a_part_brings_nothing_new(kernel):
    # 4,096 keys are kept of the first part; the second has only one of them, so their union is 4,096 again
    table = pa.table({"id": np.arange(4200)})
    parameters = Parameters(key=("id",), partition=Partition("id"))
    first = State.from_bytes(kernel(batches_of(table), parameters))
    single = [State.from_bytes(kernel(batches_of(table.slice(i, 1)), parameters)) for i in range(3)]
    second = next(state for state in single if state.sample.keys[0] in first.sample.keys)
    for merged_state in (first.merge(second), second.merge(first)):
        assert merged_state.partitions is not None
        values = merged_state.columns["id"].summaries[Values]
        assert isinstance(values, Values)
        assert (merged_state.sample.complete, merged_state.partitions.complete, values.complete) == (False,) * 3


def test_a_table_of_many_columns_keeps_a_sample_of_fewer_keys(kernel):
    table = pa.table({f"c{i}": np.arange(2600) + i for i in range(100)})
    parameters = Parameters(key=("c0",))
    data = kernel(batches_of(table), parameters)
    state = State.from_bytes(data)
    assert (len(state.columns), len(state.sample.keys)) == (100, 2500)
    assert streamed(kernel, table, parameters, 1500) == data


@given(
    keys=st.lists(st.integers(0, 3), min_size=1, max_size=60),
    seed=seeds,
    cuts=st.lists(st.integers(0, 60), max_size=6),
    data=st.data(),
)
def test_keys_that_repeat_keep_their_eight_smallest_rows_and_all_their_counts(kernel, keys, seed, cuts, data):
    cells = data.draw(st.lists(st.integers(0, 12), min_size=len(keys), max_size=len(keys)))
    table = pa.table({"k": pa.array(keys, pa.int8()), "v": pa.array(cells, pa.int16())})
    parameters = Parameters(key=("k",))
    one_pass = kernel(batches_of(table), parameters)
    parts = [kernel(batches_of(part), parameters) for part in cut(table, cuts)]
    assert merged(parts, random.Random(seed), in_order=False, round_trips=True) == one_pass
    sample = State.from_bytes(one_pass).sample
    assert isinstance(sample, Sample)
    assert sorted(sample.rows_per_key) == sorted(keys.count(k) for k in set(keys))
    distinct_rows = [len({v for k, v in zip(keys, cells, strict=True) if k == key}) for key in set(keys)]
    kept = [sample.owner.count(i) for i in range(len(sample.keys))]
    assert sorted(kept) == sorted(min(8, rows) for rows in distinct_rows)
    assert list(sample.hashes) != []
    assert all(count >= 1 for count in sample.counts)


# ---------------------------------------------------------------- a fingerprint tells tables apart


@given(table=tables(min_rows=1), data=st.data())
def test_a_table_that_lost_or_doubled_a_row_has_another_digest(kernel, table, data):
    row = data.draw(st.integers(0, table.num_rows - 1))
    lost = pa.concat_tables([table.slice(0, row), table.slice(row + 1)])
    doubled = pa.concat_tables([table, table.slice(row, 1)])
    digests = [State.from_bytes(kernel(batches_of(t), Parameters())).digest for t in (table, lost, doubled)]
    assert len(set(digests)) == 3


def test_a_value_that_moved_to_another_key_shows_in_the_pairs_alone(kernel):
    parameters = Parameters(key=("k",))
    a, b = (
        State.from_bytes(kernel(batches_of(pa.table({"k": [1, 2], "v": v})), parameters)).columns["v"]
        for v in (["x", "y"], ["y", "x"])
    )
    digests = [next(s for k, s in c.summaries.items() if k.__name__ == "Digests") for c in (a, b)]
    assert digests[0].values == digests[1].values
    assert digests[0].pairs != digests[1].pairs


def test_two_columns_that_changed_places_change_the_rows(kernel):
    a, b = pa.table({"x": [1], "y": [2]}), pa.table({"x": [2], "y": [1]})
    digests = [State.from_bytes(kernel(batches_of(t), Parameters())).digest for t in (a, b)]
    assert digests[0] != digests[1]


def test_a_seed_changes_every_digest_but_no_count(kernel):
    table = edge_table()
    plain, seeded = (kernel(batches_of(table), p) for p in (Parameters(), Parameters(seed=1, seed_id=b"12345678")))
    a, b = State.from_bytes(plain), State.from_bytes(seeded)
    assert a.digest != b.digest
    for name in table.column_names:
        assert a.columns[name].summaries[Shape] == b.columns[name].summaries[Shape]


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_a_table_without_columns_has_a_fingerprint(kernel, rows):
    table = pa.table({"x": range(rows)}).select([])
    data = kernel(batches_of(table), Parameters())
    assert State.from_bytes(data).to_bytes() == data
    assert State.from_bytes(data).columns == {}
