"""Equal values have equal fingerprints, however they are stored, in both kernels."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parityline.kernel import Parameters, State
from strategies import batches_of

Build = Callable[..., bytes]
WIDE = [2**53 + 1, -(2**63), 2**64 - 1, 10**40 + 1, Decimal("0.1"), Decimal("123456789012345678.90")]
numbers = st.lists(st.one_of(st.sampled_from([*WIDE, 5, -1.5, math.nan, math.inf, None]), st.floats()), max_size=30)


@given(values=numbers, ordered=st.booleans())
def test_numbers_are_exact_beside_nan_and_null(kernel: Build, values: list[Any], ordered: bool) -> None:
    parameters = Parameters(ordered=ordered)
    whole = kernel(batches_of({"x": pd.Series(values, dtype=object)}), parameters)
    state = State.from_bytes(kernel(batches_of({"x": []}), parameters))
    for value in values:  # alone, each has a type that holds it
        state = state.merge(State.from_bytes(kernel(batches_of({"x": [value]}), parameters)))
    assert whole == state.to_bytes()


def test_numbers_are_exact_beside_nan_in_many_rows(kernel: Build) -> None:
    values = [2**53 + 1 + 2 * i if i % 3 else math.nan for i in range(9000)]
    (batch,) = batches_of({"x": pd.Series(values, dtype=object)})
    assert batch.columns[0].children
    parts = [kernel(batches_of({"x": [v for v in values if (v != v) == nan]}), Parameters()) for nan in (True, False)]
    expected = State.from_bytes(parts[0]).merge(State.from_bytes(parts[1])).to_bytes()
    assert kernel([batch], Parameters()) == expected
    assert kernel(batch.slices(1000), Parameters()) == expected


@pytest.mark.parametrize("layout", ["objects", "Arrow", "nested"])
def test_the_order_of_the_fields_of_a_struct_does_not_matter(kernel: Build, layout: str) -> None:
    rows = [{"b": "x", "a": 1, "é": None}, {"b": None, "a": 2, "é": 0.5}, None]
    turned = [None if row is None else dict(reversed(row.items())) for row in rows]
    fields = [("b", pa.string()), ("a", pa.int64()), ("é", pa.float64())]
    made: dict[str, tuple[Any, Any]] = {
        "objects": ({"x": rows}, pa.table({"x": pa.array(rows, pa.struct(fields))})),
        "Arrow": (
            pa.table({"x": pa.array(rows, pa.struct(fields))}),
            pa.table({"x": pa.array(turned, pa.struct(fields[::-1]))}),
        ),
        "nested": (
            pa.table({"x": pa.array([rows], pa.list_(pa.struct(fields)))}),
            pa.table({"x": pa.array([turned], pa.list_(pa.struct(fields[::-1])))}),
        ),
    }
    one, other = (kernel(batches_of(table), Parameters()) for table in made[layout])
    assert one == other


def test_the_names_of_the_fields_of_a_struct_matter(kernel: Build) -> None:
    one, other = ({"x": [{"a": 1, "b": 2}]}, {"x": [{"a": 2, "b": 1}]})
    assert kernel(batches_of(one), Parameters()) != kernel(batches_of(other), Parameters())
