"""`differs-in-one-segment`, and the subset rule: a condition is found where there is one, and never invented."""

from __future__ import annotations

import numpy as np
import pytest
from support import ROWS, changed, codes, first, frame, verified

from parityline.causes.differs_in_one_segment import CODE
from parityline.conditions import Candidate, separating
from parityline.kernel.cells import Cells

RESEARCH = frame("amount", "price", "count", "city", "flag", "when", "gaps", "p", "name")
NOISE = np.random.default_rng(3).normal(0, 1, ROWS)
WHEN = RESEARCH["when"]

CONDITIONS = [
    pytest.param(RESEARCH["city"] == "Vardo", "`city` = Vardo", id="a value"),
    pytest.param(RESEARCH["city"].isin(["Vardo", "Tromso"]), "`city` is one of Tromso, Vardo", id="two values"),
    pytest.param(RESEARCH["flag"], "`flag` = true", id="a flag"),
    pytest.param(RESEARCH["gaps"].isna(), "`gaps`", id="missing"),
    pytest.param(RESEARCH["count"] == 0, None, id="too few rows to tell"),
    pytest.param(RESEARCH["price"] > 700, "`price` >= 7", id="above a bound"),
    pytest.param(RESEARCH["amount"] < 70, "`amount` <= 69.", id="below a bound"),
    pytest.param((RESEARCH["price"] > 300) & (RESEARCH["price"] < 400), "`price` from 30", id="a range"),
    pytest.param(WHEN > "2025-09-01", "`when` >= 2025-09-01", id="since a time"),
    pytest.param(WHEN.dt.hour == 3, "the hour of `when` is 3", id="an hour"),
    pytest.param(WHEN.dt.day_of_week >= 5, "the weekday of `when` is Saturday to Sunday", id="a weekday"),
    pytest.param(RESEARCH["amount"] < 0, None, id="no row at all"),
]


@pytest.mark.parametrize(("where", "words"), CONDITIONS)
def test_the_condition_is_found(where, words):
    production = changed(RESEARCH, p=lambda c: c.where(~where, c + NOISE))
    finding = first(RESEARCH, production)
    if words is None:
        assert finding is None or finding.code != CODE
        return
    assert (finding.code, finding.column) == (CODE, "p"), finding
    assert finding.evidence["condition"]["condition"].startswith(words), finding.evidence["condition"]
    assert finding.evidence["condition"]["rows"] == finding.evidence["condition"]["of_them"] == int(where.sum())


@pytest.mark.parametrize("seed", range(10))
def test_random_rows_have_no_condition(seed):
    chosen = np.random.default_rng(seed).random(ROWS) < (0.01, 0.05, 0.2, 0.5, 0.9)[seed % 5]
    verdict = verified(RESEARCH, changed(RESEARCH, p=lambda c: c.where(~chosen, c + NOISE)))
    assert codes(verdict) == {"values-differ"}
    assert "condition" not in verdict.first.evidence


def test_a_cause_keeps_its_code_and_says_where():
    where = RESEARCH["city"] == "Oslo"
    finding = first(RESEARCH, changed(RESEARCH, amount=lambda c: c.where(~where, c * 100)))
    assert finding.code == "unit-changed"
    assert finding.sentence.endswith("only where `city` = Oslo")


def test_two_faults_of_one_column_are_both_named():
    gaps = RESEARCH["gaps"]
    production = changed(RESEARCH, gaps=(gaps * 100).fillna(-999))
    found = {f.code for f in verified(RESEARCH, production).findings if f.column == "gaps"}
    assert found == {"unit-changed", "null-became-sentinel"}


def test_two_faults_in_rows_of_different_values_are_both_named():
    cities = RESEARCH["city"]
    amount = (
        RESEARCH["amount"].where(cities != "Oslo", -RESEARCH["amount"]).where(cities != "Vardo", lambda c: c.round(1))
    )
    found = {f.code: f for f in verified(RESEARCH, changed(RESEARCH, amount=amount)).findings}
    assert set(found) == {"sign-flipped", "rounded"}
    assert found["rounded"].sentence.endswith("only where `city` = Vardo")


def test_few_rows_and_rows_of_a_column_without_repeats_have_no_condition():
    unique = [Candidate("id", "text", Cells.of([f"{i}".encode() for i in range(200)]))]
    chosen = np.zeros(200, np.bool_)
    assert separating(chosen, unique) is None
    chosen[[3, 77, 150]] = True
    assert separating(chosen, unique) is None
    assert separating(~chosen | chosen, unique) is None


def test_the_parts_of_one_column_do_not_use_up_what_another_one_may_ask():
    from parityline.causes.cause import MOST_CONDITIONS

    rng = np.random.default_rng(9)
    groups = rng.integers(0, MOST_CONDITIONS + 4, ROWS)
    research = RESEARCH.assign(a=rng.normal(size=ROWS), g=groups)
    production = research.assign(
        a=research["a"] + rng.normal(size=ROWS) * (research["city"] == "Vardo"),
        p=research["p"].where(research["city"] != "Vardo", 0.9 * research["p"] + rng.normal(size=ROWS) / 100),
    )
    named = {f.column: f.code for f in verified(research, production).findings if f.severity == "error"}
    assert named == {"a": CODE, "p": CODE}
