"""`total-not-conserved`: what `conserves=` declares is held on the observed side, whatever differs before it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import parityline
from parityline import Verdict
from parityline.checks.conserved import CODE

RANDOM = np.random.default_rng(2)
SALES = pd.DataFrame({"id": range(900), "shop": RANDOM.integers(0, 30, 900), "amount": RANDOM.gamma(2, 30, 900)})
SHOPS = pd.DataFrame({"shop": range(30), "town": [f"t{n % 7}" for n in range(30)]})
TWICE = pd.concat([SHOPS, SHOPS[:3]], ignore_index=True)


def verdict_of(
    *, shops: pd.DataFrame = SHOPS, research_shops: pd.DataFrame = SHOPS, how: str = "left", conserves=("amount",),
    sales: pd.DataFrame = SALES,
) -> Verdict:  # fmt: skip
    sides = []
    for environment, lookup, rows in (("research", research_shops, SALES), ("production", shops, sales)):
        with parityline.record("sales", environment=environment) as run:
            run.source("sales", rows, key="id")
            run.source("shops", lookup, key="shop")
            joined = rows.merge(lookup, on="shop", how=how)
            run.etl("joined", joined, key="id", inputs=["sales", "shops"], conserves=list(conserves))
            towns = joined.groupby("town", as_index=False).agg(amount=("amount", "sum"))
            run.etl("towns", towns, key="town", inputs=["joined"], conserves="amount")
        sides.append(run.record)
    return parityline.verify(*sides)


def broken(verdict: Verdict) -> list[tuple[str, str, str | None, str]]:
    return [(f.stage, f.severity, f.column, f.origin) for f in verdict.findings if f.code == CODE]


def test_sums_by_group_conserve_a_total_but_for_what_floats_lose():
    verdict = verdict_of()
    assert (verdict.status, verdict.findings, verdict.unchecked) == ("pass", (), ())


def test_a_fan_out_breaks_it_where_it_happens_and_nowhere_behind():
    verdict = verdict_of(shops=TWICE)
    assert broken(verdict) == [("joined", "error", "amount", "new")]
    finding = next(f for f in verdict.findings if f.code == CODE)
    assert finding.found == pytest.approx(SALES.merge(TWICE, on="shop")["amount"].sum())
    assert finding.expected == pytest.approx(SALES["amount"].sum())
    assert finding.evidence["held_in_research"]


def test_rows_that_an_inner_join_drops_break_it():
    assert broken(verdict_of(shops=SHOPS[:-2], how="inner")) == [("joined", "error", "amount", "new")]


def test_other_values_before_it_do_not():
    assert not broken(verdict_of(sales=SALES.assign(amount=SALES["amount"] * 3)))


def test_it_is_new_even_behind_an_input_that_differs():
    verdict = verdict_of(sales=SALES.assign(amount=SALES["amount"] * 3), shops=TWICE)
    assert broken(verdict) == [("joined", "error", "amount", "new")]


def test_what_research_broke_too_is_said():
    verdict = verdict_of(shops=TWICE, research_shops=TWICE)
    assert broken(verdict) == [("joined", "error", "amount", "new")]
    assert "research does not conserve it either" in verdict.first.sentence


def test_what_cannot_be_added_up_is_unchecked():
    verdict = verdict_of(conserves=["amount", "town", "nowhere"])
    assert [(u.stage, u.what) for u in verdict.unchecked] == [
        ("joined", "conserved total of town"), ("joined", "conserved total of nowhere"),
    ]  # fmt: skip
    assert verdict.exit_code == 3
