"""`window-edge-changed`: only the first rows of each entity differ."""

from __future__ import annotations

import pytest
from support import codes
from two_stages import BY_DAY, compared, found, histories

from parityline.causes.window_edge_changed import CODE

TABLE = histories()
Y = TABLE.groupby("customer")["y"]
PLACE = TABLE.groupby("customer").cumcount()


def table(values):
    return TABLE[["id", "customer", "day"]].assign(f=values)


def rolled(least):
    return Y.rolling(7, min_periods=least).mean().droplevel(0)


@pytest.mark.parametrize(("before", "after", "rows"), [(7, 1, 6), (1, 7, 6), (3, 1, 2)])
def test_is_named(before, after, rows):
    finding = found(compared(table(rolled(before)), table(rolled(after)), source=TABLE, **BY_DAY))
    assert (finding.code, finding.evidence["first_rows"]) == (CODE, rows)
    assert f"first {rows} rows of each customer" in finding.sentence


def test_a_lag_that_is_filled():
    finding = found(compared(table(Y.shift(1)), table(Y.shift(1).fillna(0.0)), source=TABLE, **BY_DAY))
    assert (finding.code, finding.evidence["first_rows"]) == (CODE, 1)


@pytest.mark.parametrize(
    ("after", "keywords"),
    [
        pytest.param(rolled(1), {}, id="without histories"),
        pytest.param(rolled(7) * 2, BY_DAY, id="all full windows"),
        pytest.param(rolled(7).where(PLACE != 20, 1.0), BY_DAY, id="in the middle"),
        pytest.param(rolled(7).where((PLACE > 5) | (TABLE["customer"] > 1), 1.0), BY_DAY, id="two customers alone"),
    ],
)
def test_is_not_named(after, keywords):
    verdict = compared(table(rolled(7)), table(after), source=TABLE, **keywords)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def test_a_gap_that_is_filled_with_another_constant_is_no_edge():
    """An input begins late for all entities: its first rows are filled, and no window is not full."""
    late = TABLE.assign(y=TABLE["y"].mask(PLACE < 9))
    sides = [table(late["y"].fillna(fill)) for fill in (10.0, 12.5)]
    finding = found(compared(*sides, source=late, raw_keywords=BY_DAY, **BY_DAY))
    assert finding.code == "imputed-with-other-constant"
