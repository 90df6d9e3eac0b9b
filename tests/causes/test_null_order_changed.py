"""`null-order-changed`: a missing value on one side, the end of the others on the other."""

from __future__ import annotations

import pytest
from support import codes
from two_stages import ORDERS, by_customer, found

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
