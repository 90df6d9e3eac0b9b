"""`nan-in-aggregate`: missing exactly for the groups that hold a missing value."""

from __future__ import annotations

import numpy as np
import pytest
from support import codes
from two_stages import LARGE, ORDERS, by_customer, compared, found

from parityline.causes.nan_in_aggregate import CODE

BY = ORDERS.groupby("customer")
SKIPPED = BY["gaps"].mean()
TAKEN = BY["gaps"].apply(lambda own: np.mean(own.to_numpy()))


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        pytest.param(SKIPPED, TAKEN, "takes a missing value along here", id="missing here"),
        pytest.param(TAKEN, SKIPPED, "in research, and skips it here", id="missing in research"),
    ],
)
def test_is_named(before, after, words):
    finding = found(by_customer(before, after))
    assert (finding.code, finding.evidence["of"]) == (CODE, "raw.gaps")
    assert words in finding.sentence


def test_totals_by_group_tell_it_too():
    sides = (own.rename("n").reset_index() for own in (SKIPPED, TAKEN))
    finding = found(compared(*sides, source=ORDERS, key="customer", raw_keywords={"totals": {"gaps": "customer"}}))
    assert finding.code == CODE


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(TAKEN.where(TAKEN.index != 0, 5.0), id="not for all of them"),
        pytest.param(TAKEN.where(TAKEN.index % 10 > 0), id="for others too"),
        pytest.param(TAKEN * 2, id="other values differ too"),
        pytest.param(SKIPPED * 2, id="no value is missing"),
    ],
)
def test_is_not_named(after):
    verdict = by_customer(SKIPPED, after)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


OF_LARGE = LARGE.groupby("customer")["gaps"].mean()


def test_every_group_holds_a_missing_value():
    finding = found(by_customer(OF_LARGE, OF_LARGE * np.nan, source=LARGE))
    assert (finding.code, finding.evidence["of"], finding.evidence["groups"]) == (CODE, "raw.gaps", 12)
    assert "all 12 groups, each of them with a missing `raw.gaps`" in finding.sentence


@pytest.mark.parametrize(
    ("before", "source"),
    [
        pytest.param(OF_LARGE * 100, LARGE, id="no value among those of the group"),
        pytest.param(OF_LARGE, LARGE.fillna({"gaps": 5.0}), id="without gaps"),
        pytest.param(LARGE.groupby("customer").size() * 1.0, LARGE, id="a count"),
    ],
)
def test_every_group_became_missing_for_another_reason(before, source):
    verdict = by_customer(before, before * np.nan, source=source)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)
