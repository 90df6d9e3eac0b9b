"""`window-shifted`: the value of a row is that of a neighbour in the reference."""

from __future__ import annotations

import pytest
from support import codes
from two_stages import BY_DAY, compared, found, histories

from parityline.causes.window_shifted import CODE

TABLE = histories()
Y = TABLE.groupby("customer")["y"]
SUM = Y.rolling(3).sum().droplevel(0)


def table(values):
    return TABLE[["id", "customer", "day"]].assign(f=values)


@pytest.mark.parametrize(
    ("before", "after", "later"),
    [
        pytest.param(Y.shift(1), TABLE["y"], 1, id="the present row"),
        pytest.param(Y.shift(1), Y.shift(3), -2, id="two rows too old"),
        pytest.param(
            Y.rolling(3).sum().droplevel(0).groupby(TABLE["customer"]).shift(1),
            Y.rolling(3).sum().droplevel(0),
            1,
            id="window",
        ),
    ],
)
def test_is_named(before, after, later):
    finding = found(compared(table(before), table(after), source=TABLE, **BY_DAY))
    assert (finding.code, finding.evidence["rows_later"]) == (CODE, later)


@pytest.mark.parametrize(
    ("after", "keywords"),
    [
        pytest.param(TABLE["y"], {}, id="without histories"),
        pytest.param(Y.shift(1) + 1, BY_DAY, id="one more"),
        pytest.param(TABLE["y"].where(TABLE["customer"] % 9 > 0, Y.shift(1)), BY_DAY, id="not of all customers"),
        pytest.param(Y.cumsum(), BY_DAY, id="a sum"),
    ],
)
def test_is_not_named(after, keywords):
    verdict = compared(table(Y.shift(1)), table(after), source=TABLE, **keywords)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def test_a_column_of_few_values_has_too_many_neighbours():
    sides = (table(Y.shift(lag) > 10) for lag in (1, 0))
    assert CODE not in codes(compared(*sides, source=TABLE, **BY_DAY))


def test_infinite_values_are_asked_like_others():
    y = TABLE["y"].where(TABLE["id"] % 50 > 0, float("inf"))
    sides = [table(y.groupby(TABLE["customer"]).shift(lag)) for lag in (1, 0)]
    verdict = compared(*sides, source=TABLE, **BY_DAY)
    assert (found(verdict).code, found(verdict).evidence["rows_later"]) == (CODE, 1)


def test_infinite_values_on_both_sides_of_a_row_are_no_failure():
    y = TABLE["y"].where(TABLE["id"] % 2 > 0, float("inf"))
    verdict = compared(table(y), table(y * 3), source=TABLE, **BY_DAY)
    assert CODE not in codes(verdict)
    assert not any("fact-unreadable" in limit.why for limit in (*verdict.unchecked, *verdict.limits))
