"""The laws of every summary, on encoded bytes (style.md section 7, reliability.md section 4.1)."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given

from parityline.kernel.canonical import hash_cells
from parityline.kernel.encoding import Reader, Writer
from parityline.kernel.reading import Reading
from parityline.kernel.summaries import (
    SUMMARIES,
    Digests,
    Distinct,
    Distribution,
    Form,
    Range,
    Shape,
    Summary,
    Totals,
    Values,
)
from parityline.tables.arrow import of_array
from parityline.tables.columns import Column
from strategies import BY_NAME, KINDS, Kind, alike, columns_of


@dataclass(frozen=True)
class Law:
    """A summary class, and how it is made from a column."""

    name: str
    kind: type[Summary]
    of_column: Callable[[Column], Summary]

    def of(self, kind: Kind, cells: list[Any]) -> Summary:
        return self.of_column(columns_of(kind, cells))


def _reading(column: Column) -> Reading:
    return Reading("x", column, 0)


def _digests_by_key(column: Column) -> Summary:
    # the key of a row is a function of its cell here, so that parts of a column have the keys of the whole
    return Digests.of(_reading(column), hash_cells(column, 77))


LAWS = [Law(kind.__name__, kind, lambda column, kind=kind: kind.of(_reading(column))) for kind in SUMMARIES]
LAWS.append(Law("Digests by key", Digests, _digests_by_key))
every_summary = pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)


def to_bytes(summary: Summary) -> bytes:
    out = Writer()
    summary.encode(out)
    return out.value()


def from_bytes(kind: type[Summary], data: bytes) -> Summary:
    reader = Reader(data)
    summary = kind.decode(reader)
    reader.end()
    return summary


def test_every_summary_is_under_the_laws():
    assert {law.kind for law in LAWS} == set(SUMMARIES)


@every_summary
@given(drawn=alike(2))
def test_summary_of_the_whole_is_the_merge_of_its_parts(law, drawn):
    kind, (left, right) = drawn
    assert to_bytes(law.of(kind, left).merge(law.of(kind, right))) == to_bytes(law.of(kind, left + right))


@every_summary
@given(drawn=alike(3))
def test_merge_is_associative_and_commutative(law, drawn):
    kind, cells = drawn
    a, b, c = (law.of(kind, part) for part in cells)
    assert to_bytes(a.merge(b)) == to_bytes(b.merge(a))
    assert to_bytes(a.merge(b).merge(c)) == to_bytes(a.merge(b.merge(c)))


@every_summary
@given(drawn=alike(1))
def test_the_empty_value_and_the_empty_column_change_nothing(law, drawn):
    kind, (cells,) = drawn
    summary = law.of(kind, cells)
    for empty in (law.kind(), law.of(kind, [])):
        assert to_bytes(summary.merge(empty)) == to_bytes(summary)
        assert to_bytes(empty.merge(summary)) == to_bytes(summary)


@every_summary
@given(drawn=alike(1))
def test_the_order_of_the_cells_does_not_matter(law, drawn):
    kind, (cells,) = drawn
    assert to_bytes(law.of(kind, cells[::-1])) == to_bytes(law.of(kind, cells))


@every_summary
@given(drawn=alike(2))
def test_what_is_read_is_what_was_written(law, drawn):
    kind, (left, right) = drawn
    a, b = law.of(kind, left), law.of(kind, right)
    again = from_bytes(law.kind, to_bytes(a))
    assert to_bytes(again) == to_bytes(a)
    assert to_bytes(again.merge(from_bytes(law.kind, to_bytes(b)))) == to_bytes(a.merge(b))


def read_every_estimate(summary: Summary) -> None:
    """Everything that can be asked of a summary."""
    match summary:
        case Distinct():
            summary.estimate()
        case Distribution():
            _ = summary.rows, summary.rank_error, summary.edges(), [summary.quantile(q) for q in (0, 0.1, 0.5, 1)]
        case Totals():
            _ = summary.sum, summary.mean, summary.variance(), summary.deviation(0)
        case Values():
            _ = summary.distinct, summary.counted()
        case Form():
            summary.named()
        case _:
            repr(summary)


@every_summary
@given(drawn=alike(2))
def test_reading_estimates_and_merging_change_no_bytes(law, drawn):
    kind, (left, right) = drawn
    summary, other = law.of(kind, left), law.of(kind, right)
    before, before_other = to_bytes(summary), to_bytes(other)
    read_every_estimate(summary)
    merged = to_bytes(summary.merge(other))
    assert (to_bytes(summary), to_bytes(other)) == (before, before_other)
    assert to_bytes(summary.merge(other)) == merged


@every_summary
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_edge_cells_of_every_kind_obey_the_laws(law, kind):
    cells = [None, *kind.edges, *kind.edges[::3]]
    everything = to_bytes(law.of(kind, cells))
    assert to_bytes(from_bytes(law.kind, everything)) == everything
    one_by_one = law.kind()
    for cell in cells:
        one_by_one = law.of(kind, [cell]).merge(one_by_one)
    assert to_bytes(one_by_one) == everything


SHAPES = {
    "no rows": lambda cells: [],
    "one null": lambda cells: [None],
    "one cell": lambda cells: cells[:1],
    "all null": lambda cells: [None] * 70,
    "all equal": lambda cells: cells[-1:] * 70,
    "two in turn": lambda cells: cells[:2] * 35,
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_kind_in_every_shape_has_a_defined_result(kind, shape):
    cells = SHAPES[shape](list(kind.edges))
    half = len(cells) // 2
    for law in LAWS:
        merged = law.of(kind, cells[:half]).merge(law.of(kind, cells[half:]))
        assert to_bytes(merged) == to_bytes(law.of(kind, cells)), law.name
        read_every_estimate(merged)
    counted = Shape.of(_reading(columns_of(kind, cells)))
    assert (counted.rows, counted.nulls) == (len(cells), sum(cell is None for cell in cells))


BOUNDED = (Distribution, Distinct, Values)
"""Summaries that keep only so much, so that what is dropped could depend on when it was dropped."""


@pytest.mark.parametrize("law", [law for law in LAWS if law.kind in BOUNDED], ids=lambda law: law.name)
@pytest.mark.parametrize("name", ["float64", "int64", "decimal128(38,10)", "text", "timestamp[us]"])
def test_a_summary_whose_room_is_used_up_merges_to_the_same_bytes(law, name):
    # more than 1,024 values, 2,048 bins; parts that are complete, and parts that are not
    rng = np.random.default_rng(2024)
    wide = rng.integers(0, 2**62, 2600).tolist()
    if name == "float64":
        cells = [int(b) for b in rng.normal(0, 1e6, 2600).view(np.int64).astype(np.uint64)]
    elif name == "text":
        cells = [f"customer {n % 5000}" for n in wide]
    else:
        cells = [n % 10**16 for n in wide]
    cells += cells[:700]
    kind = BY_NAME[name]
    everything = to_bytes(law.of(kind, cells))
    for cuts in ([1300], [700, 1100, 2200, 2900], [1, 2, 1026, 1027, 3200]):
        places = [0, *cuts, len(cells)]
        parts = [law.of(kind, cells[a:b]) for a, b in itertools.pairwise(places)]
        rng.shuffle(parts)
        merged = law.kind()
        for part in parts:
            merged = merged.merge(from_bytes(law.kind, to_bytes(part)))
        assert to_bytes(merged) == everything


def test_a_summary_is_frozen():
    for law in LAWS:
        summary = law.of(BY_NAME["int64"], [1, 2])
        field = next(iter(law.kind.__dataclass_fields__))
        with pytest.raises(AttributeError):
            setattr(summary, field, None)


@given(drawn=alike(1))
def test_counts_add_up_and_numbers_stand_in_order(drawn):
    kind, (cells,) = drawn
    reading = _reading(columns_of(kind, cells))
    shape, totals, distribution = Shape.of(reading), Totals.of(reading), Distribution.of(reading)
    values, span, distinct = Values.of(reading), Range.of(reading), Distinct.of(reading)
    present = shape.rows - shape.nulls
    assert min(shape.nulls, shape.zeros, shape.negatives, shape.empties) >= 0
    assert shape.nans + shape.plus_infinities + shape.minus_infinities <= present
    if reading.is_number:
        assert totals.count == present - shape.nans - shape.plus_infinities - shape.minus_infinities
        assert distribution.rows == totals.count
        assert totals.negative <= 0 <= totals.positive
        assert (totals.squares > 0) == (totals.count > shape.zeros)
    if values.complete and kind.name != "null":
        assert sum(values.counts) == present
    assert span.at_minimum <= present
    assert len(values.hashes) <= present
    # of 24 cells at most, the estimate is next to the number of distinct ones
    assert abs(distinct.estimate() - len(values.hashes)) <= 0.5
    quantiles = [distribution.quantile(q) for q in (0, 0.25, 0.5, 0.75, 1)]
    assert quantiles == [None] * 5 or quantiles == sorted(quantiles)


def test_nulls_of_any_kind_are_the_nulls_of_the_null_type():
    for kind in KINDS:
        typed, untyped = columns_of(kind, [None, None]), of_array(pa.nulls(2))
        for law in (Shape, Digests, Totals, Distribution, Distinct, Values):
            assert to_bytes(law.of(_reading(typed))) == to_bytes(law.of(_reading(untyped))), kind.name
