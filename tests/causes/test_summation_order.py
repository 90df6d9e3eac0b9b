"""`summation-order`: the same numbers added up in another order, and nothing that is larger than that."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support import frame

import parityline
from parityline import Verdict
from parityline.causes.summation_order import CODE

ROWS = frame("amount", "city").assign(day=lambda t: t["id"] % 90)


def reverse(values: pd.Series) -> float:
    return float(np.add.reduce(values.to_numpy()[::-1]))


def naive(values: pd.Series) -> float:
    return float(np.cumsum(values.to_numpy())[-1])


def verified(
    add, by: str = "day", *, research=naive, raw: pd.DataFrame = ROWS, single: bool = False, **keywords
) -> Verdict:
    """Sums by group of the same rows, in research added one by one."""
    sides = []
    for environment, own, rows in (("research", research, ROWS), ("production", add, raw)):
        with parityline.record("sums", environment=environment) as run:
            run.source("raw", rows, key="id", totals=keywords.get("totals"))
            made = rows.groupby(by, as_index=False).agg(total=("amount", own))
            made = made.astype({"total": "float32"}) if single else made
            derives = {"derives": keywords["derives"]} if "derives" in keywords else {}
            run.etl("sums", made, key=by, inputs=["raw"], **derives)
        sides.append(run.record)
    return parityline.verify(*sides)


DECLARED = {
    "by-total": {},
    "groups": {"totals": {"amount": ["day"]}},
}


@pytest.mark.parametrize("by", ["day", "city"])
@pytest.mark.parametrize("how", DECLARED)
def test_is_a_note(by, how):
    verdict = verified(reverse, by, **DECLARED[how])
    assert verdict.status == "pass", str(verdict)
    (finding,) = verdict.findings
    assert (finding.stage, finding.code, finding.column, finding.severity) == ("sums", CODE, "total", "note")
    assert 0 < finding.evidence["largest"] <= finding.evidence["bound"] < 1e-6
    assert finding.evidence["of"] == "raw.amount"


def test_groups_whose_totals_are_recorded_have_a_bound_of_their_own():
    whole = verified(reverse).findings[0].evidence
    group = verified(reverse, totals={"amount": ["day"]}).findings[0].evidence
    assert group["summed"] < 40 < whole["summed"] == len(ROWS)
    assert group["bound"] < whole["bound"] / 100


@pytest.mark.parametrize(
    ("add", "keywords"),
    [
        pytest.param(lambda v: naive(v) * (1 + 1e-9), {}, id="more than that"),
        pytest.param(lambda v: float(v.astype("f4").cumsum().iloc[-1]), {}, id="single precision"),
        pytest.param(reverse, {"raw": ROWS.assign(amount=ROWS["amount"].mask(ROWS["id"] == 3, 1.5))}, id="other input"),
        pytest.param(lambda v: naive(v) + 1e-10, {"totals": {"amount": ["day"]}}, id="beyond the bound of a group"),
        pytest.param(
            lambda v: v.mean() * (1 + 4e-16),
            {"research": lambda v: v.mean(), "derives": {"total": ["raw.amount"]}},
            id="made of it, and no sum",
        ),
        pytest.param(
            lambda v: naive(v) / 7 * (1 + 4e-16), {"research": lambda v: naive(v) / 7}, id="no sum of an input"
        ),
    ],
)
def test_is_not_said(add, keywords):
    verdict = verified(add, **keywords)
    assert verdict.status == "fail"
    assert CODE not in {finding.code for finding in verdict.findings}


def test_sums_in_single_precision_have_a_wider_bound():
    def single(order):
        return lambda v: float(np.add.accumulate(v.to_numpy(np.float32)[::order], dtype=np.float32)[-1])

    assert verified(single(-1), "city", research=single(1), single=True).findings[0].code == CODE


def test_a_column_of_the_rows_themselves_is_no_sum():
    sides = []
    for environment, amount in (("research", ROWS["amount"]), ("production", np.nextafter(ROWS["amount"], np.inf))):
        with parityline.record("rows", environment=environment) as run:
            run.source("raw", ROWS, key="id")
            run.etl("made", ROWS.assign(amount=amount)[["id", "amount"]], key="id", inputs=["raw"])
        sides.append(run.record)
    verdict = parityline.verify(*sides)
    assert verdict.status == "fail"
