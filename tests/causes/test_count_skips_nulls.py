"""`count-skips-nulls`: rows of a group on one side, values of a column on the other."""

from __future__ import annotations

import pytest
from support import codes
from two_stages import ORDERS, by_customer, compared, found

from parityline.causes.count_skips_nulls import CODE

BY = ORDERS.groupby("customer")


@pytest.mark.parametrize("name", ["status", "gaps"])
def test_is_named(name):
    finding = found(by_customer(BY.size(), BY[name].count()))
    assert (finding.code, finding.evidence["of"]) == (CODE, f"raw.{name}")
    assert "counts only rows where" in finding.sentence


def test_the_way_back():
    finding = found(by_customer(BY["status"].count(), BY.size()))
    assert finding.code == CODE
    assert "counts all rows" in finding.sentence


def test_totals_by_group_tell_it_too():
    sides = (own.rename("n").reset_index() for own in (BY.size(), BY["gaps"].count()))
    finding = found(compared(*sides, source=ORDERS, key="customer", raw_keywords={"totals": {"gaps": "customer"}}))
    assert (finding.code, finding.evidence["of"]) == (CODE, "raw.gaps")


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(BY.size() - (BY["status"].count() < BY.size()), id="one fewer where some are missing"),
        pytest.param(BY.size() + 1, id="one more"),
        pytest.param(BY["value"].nunique().where(BY["status"].count() > 5, 0), id="something else"),
    ],
)
def test_is_not_named(after):
    verdict = by_customer(BY.size(), after)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


@pytest.mark.parametrize("research_counts_rows", [True, False])
def test_without_the_groups_the_sums_name_it(research_counts_rows):
    sides = [own.rename("n").reset_index() for own in (BY.size(), BY["status"].count())]
    source = ORDERS.drop(columns="customer")
    verdict = compared(*sides[:: 1 if research_counts_rows else -1], source=source, key="customer")
    told = found(verdict)
    assert (told.code, told.evidence["of"]) == (CODE, ["raw.status"])
    assert sorted(told.evidence["totals"]) == sorted([len(ORDERS), int(ORDERS["status"].notna().sum())])


def test_without_the_groups_counts_of_other_rows_are_not_named():
    twice, values = (own.rename("n").reset_index() for own in (2 * BY.size(), BY["status"].count()))
    assert CODE not in codes(compared(twice, values, source=ORDERS.drop(columns="customer"), key="customer"))


def test_without_the_groups_other_counts_are_not_named():
    sides = [own.rename("n").reset_index() for own in (BY.size(), BY["status"].count())]
    sides[1].loc[0, "n"] -= 1
    assert CODE not in codes(compared(*sides, source=ORDERS.drop(columns="customer"), key="customer"))
