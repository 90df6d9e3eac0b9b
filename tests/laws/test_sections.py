"""What the sections of a fingerprint hold, on tables that use up their room; in every kernel, at once and merged."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from parityline.errors import UsageError
from parityline.kernel import Parameters, State
from parityline.kernel.encoding import Writer
from parityline.kernel.sections import Classes, Entities, GroupTotals, RareRows, Section, Windows
from parityline.kernel.sections.compact import MOST_BINS, MOST_VALUES, ByBin, ByValue, Groups
from parityline.kernel.sections.group_totals import MOST_GROUPS, Grouping
from parityline.kernel.sections.rare import CLASSES, MOST_RARE, rare_rows
from strategies import EXAMPLES, batches_of, cut

ROWS = 6000
WEEK = timedelta(days=7)
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)


def shop() -> pa.Table:
    """Visits of 500 customers over two years; the 9 visits of 100,000 that a sample would miss are among them."""
    random = np.random.default_rng(7)
    amount = random.normal(50, 20, ROWS)
    amount[[17, 400, 5999]] = [np.nan, -np.inf, 0.0]
    seconds = random.integers(0, 2 * 365 * 86_400, ROWS)
    times = pa.array([BEGIN + timedelta(seconds=int(s)) for s in seconds], pa.timestamp("us", "UTC"))
    names = ["Zoë" if i == 123 else f"name {i % 40}" for i in range(ROWS)]
    return pa.table(
        {
            "id": np.arange(ROWS),
            "customer": random.integers(0, 500, ROWS),
            "time": times,
            "amount": amount,
            "cents": pa.array([None if i % 50 == 0 else int(a) for i, a in enumerate(random.integers(0, 900, ROWS))]),
            "name": names,
            "late": random.integers(0, 2, ROWS).astype(bool),
        }
    )


TABLE = shop()
PARAMETERS = Parameters(
    key=("id",),
    ordered=True,
    time="time",
    entity=("customer",),
    target="late",
    totals=(("amount", ("name",)), ("amount", ("cents", "name"))),
)


def of(kernel: Any, table: pa.Table, parameters: Parameters) -> State:
    return State.from_bytes(kernel(batches_of(table), parameters))


def encoded(section: Section) -> bytes:
    out = Writer()
    section.encode(out)
    return out.value()


def merged(kernel: Any, table: pa.Table, parameters: Parameters, parts: int) -> State:
    """Many parts, each through its bytes, merged as a stream."""
    size = table.num_rows // parts + 1
    states = [of(kernel, part, parameters) for part in cut(table, range(size, table.num_rows, size))]
    whole = states[0]
    for state in states[1:]:
        whole = State.from_bytes(whole.to_bytes()).merge(State.from_bytes(state.to_bytes()))
    return whole


@pytest.fixture(name="state")
def _state(kernel: Any) -> State:
    return of(kernel, TABLE, PARAMETERS)


@pytest.mark.parametrize("parts", [2, 7, 20 if EXAMPLES <= 100 else 60])
def test_a_stream_of_parts_gives_the_bytes_of_one_pass(kernel, state, parts):
    assert merged(kernel, TABLE, PARAMETERS, parts).to_bytes() == state.to_bytes()


def test_the_order_of_the_rows_changes_only_what_is_ordered(kernel, state):
    shuffled = TABLE.take(np.random.default_rng(0).permutation(ROWS))
    other = of(kernel, shuffled, PARAMETERS)
    for kind in (RareRows, Entities, Windows, Classes, GroupTotals):
        a, b = (encoded(side.sections[kind]) for side in (state, other))
        assert a == b, kind
    assert state.sample.positions != other.sample.positions


def test_sampled_rows_keep_their_places(state):
    ids = state.sample.columns[state.sampled_columns.index("id")].tolist()
    assert len(ids) == 4096
    assert list(state.sample.positions) == ids
    assert state.sample.table == ROWS


def test_rare_rows_are_kept_whole(state):
    rare, names = state.section(RareRows), state.sampled_columns
    amount, name = names.index("amount"), names.index("name")
    cells = {column: rare.columns[names.index(column)].tolist() for column in names}

    def found(column: int, kind: str) -> list[Any]:
        return sorted(cells["id"][i] for i in rare.members[column][CLASSES.index(kind)])

    assert found(amount, "nan") == [17]
    assert found(amount, "infinite") == [400]
    assert found(amount, "zero") == [5999]
    assert found(name, "non_ascii") == [123]
    negative = found(amount, "negative")
    assert len(negative) == MOST_RARE
    assert all(TABLE["amount"][int(i)].as_py() < 0 for i in negative)
    nulls = found(names.index("cents"), "null")
    hashed = {int(k): h for k, h in zip(*_keys(state), strict=True)}
    smallest = sorted((i for i in range(0, ROWS, 50) if i in hashed), key=hashed.__getitem__)[:MOST_RARE]
    assert nulls == sorted(smallest)


def _keys(state: State) -> tuple[list[Any], tuple[int, ...]]:
    at = state.sampled_columns.index("id")
    return state.sample.columns[at].tolist(), state.sample.keys


def test_halves_and_far_dates_are_rare(kernel):
    days = [-30_000, -25_567, 0, 84_370, 84_371]
    table = pa.table(
        {
            "k": range(5),
            "x": [0.5, 1.5000000001, -2.5, 2.0**51 + 0.5, 2.0**52 + 1],
            "d": pa.array(days, pa.date32()),
            "far": pa.array([-(2**62), 2**62, None, 0, -2_208_988_801], pa.timestamp("s")),
        }
    )
    rare = of(kernel, table, Parameters(key=("k",))).section(RareRows)
    keys = rare.columns[2].tolist()  # d, far, k, x
    found = {
        (column, kind): sorted(int(keys[i]) for i in rare.members[at][CLASSES.index(kind)])
        for at, column in ((0, "d"), (1, "far"), (3, "x"))
        for kind in ("half", "before_1900", "after_2200")
    }
    assert found["x", "half"] == [0, 2, 3]
    assert (found["d", "before_1900"], found["d", "after_2200"]) == ([0], [4])
    assert (found["far", "before_1900"], found["far", "after_2200"]) == ([0, 4], [1])


@pytest.mark.parametrize(("columns", "rows"), [(1, 16), (62, 16), (63, 15), (125, 4), (250, 1), (251, 0)])
def test_wide_tables_keep_fewer_rare_rows(columns, rows):
    assert rare_rows(columns) == rows


def test_entities_are_whole_and_in_time(state):
    entities, names = state.section(Entities), state.sampled_columns
    customers = entities.columns[names.index("customer")].tolist()
    counts = Counter(TABLE["customer"].to_pylist())
    kept = [int(customers[entities.owner.index(i)]) for i in range(len(entities.hashes))]
    assert entities.rows == tuple(counts[customer] for customer in kept)
    assert 0 < len(entities.owner) <= 4096 < len(entities.owner) + max(counts.values())
    assert entities.threshold is not None
    assert entities.threshold > entities.hashes[-1]
    for at, customer in enumerate(kept):
        own = [i for i, owner in enumerate(entities.owner) if owner == at]
        assert len(own) == min(64, counts[customer])
        times = [entities.times[i] for i in own]
        assert times == sorted(times)


def test_an_entity_keeps_its_first_rows(kernel):
    table = pa.table({"e": ["a"] * 200, "t": pa.array([*range(199, 0, -1), None], pa.date32())})
    entities = of(kernel, table, Parameters(entity=("e",), time="t")).section(Entities)
    assert (entities.rows, entities.threshold, entities.times) == ((200,), None, tuple(range(1, 65)))


def test_windows_are_as_fine_as_their_number_allows(state):
    windows = state.section(Windows)
    assert windows.unit == 4  # 731 days are too many, 24 months are not
    assert windows.groups.keys == tuple(range(648, 672))
    months = Counter((t.year - 1970) * 12 + t.month - 1 for t in TABLE["time"].to_pylist())
    assert windows.groups.rows.tolist() == [months[key] for key in windows.groups.keys]


@pytest.mark.parametrize("unit", ["hour", "day", "month", "year"])
def test_a_given_window_is_kept(kernel, unit):
    table = TABLE.slice(0, 900)
    windows = of(kernel, table, Parameters(time="time", window=unit)).section(Windows)
    name = {"hour": "%Y-%m-%d %H", "day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}[unit]
    expected = Counter(t.strftime(name) for t in table["time"].to_pylist())
    assert windows.groups.rows.tolist() == [expected[key] for key in sorted(expected)]


def test_dates_have_no_windows_finer_than_days(kernel):
    table = pa.table({"d": pa.array([0, 1, 1, None], pa.date32())})
    windows = of(kernel, table, Parameters(time="d")).section(Windows)
    assert (windows.unit, windows.groups.keys, windows.groups.rows.tolist()) == (3, (0, 1), [1, 2])


def check_groups(groups: Groups, names: list[str], group_of: list[int]) -> None:
    """Each column of the table by group, against plain Python."""
    for name, compact in zip(names, groups.columns, strict=True):
        cells = TABLE[name].to_pylist()
        by = [[cell for cell, group in zip(cells, group_of, strict=True) if group == key] for key in groups.keys]
        assert compact.nulls.tolist() == [own.count(None) for own in by]
        nan = [sum(isinstance(cell, float) and np.isnan(cell) for cell in own) for own in by]
        assert compact.nans.tolist() == nan
        present = [[c for c in own if c is not None and c == c] for own in by]
        if isinstance(compact.content, ByValue):
            assert len(compact.content.cells) <= MOST_VALUES
            assert compact.content.counts.sum(axis=0).tolist() == [len(own) for own in present]
            assert len({c for own in present for c in own}) == len(compact.content.cells)
            continue
        assert isinstance(compact.content, ByBin)
        assert len(compact.content.prefixes) <= MOST_BINS
        if name == "time":
            continue
        finite = [[Fraction(c) for c in own if np.isfinite(c)] for own in present]
        assert [totals.sum for totals in compact.content.totals] == [sum(own) for own in finite]
        assert [totals.squares for totals in compact.content.totals] == [sum(c * c for c in own) for own in finite]
        assert compact.content.counts.sum(axis=0).tolist() == [len(own) for own in finite]


def test_columns_by_window_are_those_of_the_rows(state):
    months = [(t.year - 1970) * 12 + t.month - 1 for t in TABLE["time"].to_pylist()]
    check_groups(state.section(Windows).groups, state.sampled_columns, months)


def test_columns_by_class_are_those_of_the_rows(state):
    classes = state.section(Classes)
    key_of = {bool(cell): key for cell, key in zip(classes.cells, classes.groups.keys, strict=True)}
    check_groups(classes.groups, state.sampled_columns, [key_of[late] for late in TABLE["late"].to_pylist()])


def test_a_target_of_many_values_has_no_classes_but_totals_by_value(kernel):
    state = of(kernel, TABLE, Parameters(target="cents"))
    assert state.section(Classes).groups is None
    totals = state.section(GroupTotals).groupings
    by_name = totals[Grouping("cents", ("name",), False)]
    expected = Counter()
    for name, cents in zip(TABLE["name"].to_pylist(), TABLE["cents"].to_pylist(), strict=True):
        expected[name] += cents or 0
    assert {g.cells[0].decode(): g.totals.sum for g in by_name.groups.values()} == expected
    # a column of many values is not broken down unless asked
    assert totals[Grouping("cents", ("id",), False)].groups == {}


def test_totals_by_group_are_exact(state):
    by_name = state.section(GroupTotals).groupings[Grouping("amount", ("name",), True)]
    assert by_name.complete
    amounts, names = TABLE["amount"].to_pylist(), TABLE["name"].to_pylist()
    for group in by_name.groups.values():
        own = [a for a, n in zip(amounts, names, strict=True) if n.encode() == group.cells[0]]
        finite = [Fraction(a) for a in own if np.isfinite(a)]
        assert (group.rows, group.nans) == (len(own), sum(np.isnan(a) for a in own))
        assert (group.totals.count, group.totals.sum) == (len(finite), sum(finite))
    assert by_name.missing.rows == 0


def test_many_groups_are_a_sample_and_rows_without_a_group_are_kept(state):
    grouped = state.section(GroupTotals).groupings[Grouping("amount", ("cents", "name"), True)]
    assert (grouped.complete, len(grouped.groups)) == (False, MOST_GROUPS)
    cents, names = TABLE["cents"].to_pylist(), TABLE["name"].to_pylist()
    counts = Counter((c, n.encode()) for c, n in zip(cents, names, strict=True))
    assert all(group.rows == counts[int(group.cells[0]), group.cells[1]] for group in grouped.groups.values())
    assert grouped.missing.rows == cents.count(None)
    lost = [a for a, c in zip(TABLE["amount"].to_pylist(), cents, strict=True) if c is None and np.isfinite(a)]
    assert grouped.missing.totals.sum == sum(map(Fraction, lost))


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        (Parameters(time="name"), "time name: expected a date or timestamp column, found text"),
        (
            Parameters(entity=("customer",), time="amount"),
            "time amount: expected a date or timestamp column, found number",
        ),
        (Parameters(totals=(("name", ("id",)),)), "totals name: expected a column of numbers, found text"),
        (Parameters(entity=("nobody",)), "entity: expected a column of the table, found 'nobody'"),
        (Parameters(target="nobody"), "target: expected a column of the table, found 'nobody'"),
        (Parameters(totals=(("amount", ("nobody",)),)), "totals: expected a column of the table, found 'nobody'"),
    ],
)
def test_what_does_not_fit_the_table_is_said(kernel, parameters, said):
    with pytest.raises(UsageError, match=said):
        kernel(batches_of(TABLE), parameters)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"time": "t", "window": "week"}, "window: expected one of second, minute"),
        ({"window": "day"}, "window: expected a time column beside it"),
        ({"totals": (("x", ()),)}, "totals x: expected columns whose values name a group"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(wrong, said):
    with pytest.raises(UsageError, match=said):
        Parameters(**wrong)
