"""`ddof-changed`: the ratio of two deviations, or variances, is that of n - 1 and n."""

from __future__ import annotations

import numpy as np
import pytest
from support import codes
from two_stages import ORDERS, RAW, by_customer, column, compared, found

from parityline.causes.ddof_changed import CODE

BY = ORDERS.groupby("customer")["value"]


@pytest.mark.parametrize("by_n", [True, False])
@pytest.mark.parametrize("what", ["std", "var"])
def test_is_named(what, by_n):
    sides = [getattr(BY, what)(ddof=ddof) for ddof in ((1, 0) if by_n else (0, 1))]
    finding = found(by_customer(*sides))
    assert finding.code == CODE
    assert finding.evidence["sizes"] == [int(BY.size().min()), int(BY.size().max())]
    assert ("divides by n;" if by_n else "divides by n - 1;") in finding.sentence


def test_a_window_of_one_length():
    before = RAW["amount"].rolling(7).std()
    finding = found(compared(column(before), column(RAW["amount"].rolling(7).std(ddof=0)), source=RAW[["id", "city"]]))
    assert (finding.code, finding.evidence["sizes"]) == (CODE, [7, 7])


def test_groups_of_one_row():
    sizes = np.minimum(ORDERS["customer"] * 31 + ORDERS["id"] % 97, 10_000)
    by = ORDERS.groupby(sizes)["value"]
    sides = (own.rename("n").rename_axis("g").reset_index() for own in (by.std(ddof=1), by.std(ddof=0)))
    finding = found(compared(*sides, source=ORDERS, key="g"))
    assert finding.code == CODE


@pytest.mark.parametrize("kind", ["etl", "features"])
@pytest.mark.parametrize("factor", [0.5, 0.9, 0.99, 0.75, 1.1, 1 / np.sqrt(2.5)])
def test_a_factor_is_no_ddof(factor, kind):
    verdict = compared(column(RAW["amount"]), column(RAW["amount"] * factor), kind=kind)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


@pytest.mark.parametrize("step", [1, -1])
def test_one_more_is_no_ddof(step):
    verdict = compared(column(RAW["age"]), column(RAW["age"] + step))
    assert verdict.first.code == "shifted-by-constant"


def test_a_reference_that_is_zero_where_nothing_is_missing():
    sides = BY.std(ddof=1), BY.std(ddof=0).where(BY.size() > 5, 3.0)
    assert CODE not in codes(by_customer(*sides))
