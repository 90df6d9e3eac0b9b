"""`null-order-changed`: a missing value on one side, the end of the others on the other."""

from __future__ import annotations

import numpy as np
import pytest
from support import codes
from two_stages import LARGE, ORDERS, by_customer, found

from parityline.causes.null_order_changed import CODE


def by(name, place, position):
    rows = ORDERS.sort_values(name, na_position=position, kind="stable").groupby("customer")
    return rows[name].apply(lambda own: own.iloc[place])


@pytest.mark.parametrize("name", ["status", "gaps"])
@pytest.mark.parametrize(
    ("place", "before", "after", "words"),
    [
        pytest.param(0, "last", "first", "sort first here", id="first here"),
        pytest.param(0, "first", "last", "sort first in research", id="first in research"),
        pytest.param(-1, "first", "last", "sort last here", id="last here"),
    ],
)
def test_is_named(name, place, before, after, words):
    finding = found(by_customer(by(name, place, before), by(name, place, after)))
    assert (finding.code, finding.evidence["of"]) == (CODE, f"raw.{name}")
    assert words in finding.sentence


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(by("gaps", 0, "first").where(lambda own: own.index != 0, 9.0), id="not for all groups"),
        pytest.param(by("gaps", 0, "last").where(lambda own: own.index % 4 > 0), id="for other groups"),
        pytest.param(by("gaps", -1, "last"), id="the other end"),
    ],
)
def test_is_not_named(after):
    verdict = by_customer(by("gaps", 0, "last"), after)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


@pytest.mark.parametrize("nothing", [None, np.nan])
@pytest.mark.parametrize("back", [False, True])
def test_every_group_begins_with_a_missing_value(nothing, back):
    """Nothing is left that has a type, and pandas may write NaN for each: no column of numbers."""
    source = LARGE.assign(
        status=LARGE["status"].mask(LARGE["customer"] % 2 == 0, LARGE["status"].replace("new", "old"))
    )
    sides = [source.groupby("customer")["status"].min()]
    sides.append(sides[0].map(lambda _: nothing).astype(object if nothing is None else float))
    finding = found(by_customer(*sides[:: -1 if back else 1], source=source))
    assert (finding.code, finding.evidence["of"], finding.evidence["groups"]) == (CODE, "raw.status", 12)


def test_every_group_became_missing_and_had_another_value():
    before = LARGE.groupby("customer")["status"].agg(lambda own: own.dropna().mode()[0])
    before[before.index < 3] = "open"
    verdict = by_customer(before, before.map(lambda _: np.nan), source=LARGE)
    assert "every value is missing" in found(verdict).sentence
    assert not codes(verdict) & {CODE, "type-differs"}
