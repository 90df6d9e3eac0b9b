"""`variable-unavailable`: a column of a source is absent or empty."""

from __future__ import annotations

import numpy as np
import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.variable_unavailable import CODE

RESEARCH = frame("amount", "city", "gaps")


@pytest.mark.parametrize("key", [pytest.param("id", id="keyed"), pytest.param(None, id="without a key")])
@pytest.mark.parametrize(
    ("production", "column"),
    [
        pytest.param(RESEARCH.drop(columns="amount"), "amount", id="absent"),
        pytest.param(RESEARCH.assign(amount=np.nan), "amount", id="all NaN"),
        pytest.param(RESEARCH.assign(amount=None), "amount", id="all null"),
        pytest.param(RESEARCH.assign(city=None), "city", id="all text null"),
        pytest.param(RESEARCH.assign(gaps=None), "gaps", id="was missing in part"),
    ],
)
def test_is_named(production, column, key):
    finding = first(RESEARCH, production, key=key)
    assert (finding.code, finding.column, finding.scenario) == (CODE, column, 6)
    if column in production:
        assert finding.share == 1.0
        assert (finding.expected, finding.found) == (0, int(production[column].isna().sum())) or column == "gaps"


def test_is_named_among_new_rows_too():
    production = RESEARCH.assign(id=RESEARCH["id"] + 10_000, amount=None)
    assert first(RESEARCH, production).code == CODE


@pytest.mark.parametrize(
    ("before", "after", "kind", "code"),
    [
        pytest.param(RESEARCH, RESEARCH.drop(columns="amount"), "etl", "column-missing", id="not at a source"),
        pytest.param(
            RESEARCH,
            changed(RESEARCH, amount=lambda c: c.where(RESEARCH["id"] < 1_000)),
            "source",
            "missing-in-one-segment",
            id="half of it",
        ),
        pytest.param(RESEARCH.assign(old=None), RESEARCH.assign(old=None), "source", None, id="empty on both sides"),
        pytest.param(RESEARCH, RESEARCH.rename(columns={"amount": "a"}), "source", "column-renamed", id="renamed"),
    ],
)
def test_is_not_named(before, after, kind, code):
    verdict = verified(before, after, kind=kind)
    assert CODE not in codes(verdict)
    assert (verdict.first and verdict.first.code) == code


TIMED = frame("amount", "when", "gaps")
SINCE = TIMED["when"] > np.datetime64("2025-08-01T00:00:00")


@pytest.mark.parametrize("column", ["amount", "gaps"])
def test_no_value_since_a_time(column):
    finding = first(TIMED, changed(TIMED, **{column: lambda c: c.mask(SINCE)}), time="when")
    assert (finding.code, finding.column) == (CODE, column)
    lost = SINCE & TIMED[column].notna()
    assert finding.evidence["since"] == str(TIMED["when"][lost].min())[:19]
    assert finding.evidence["condition"]["of_them"] == lost.sum()


@pytest.mark.parametrize(
    ("production", "time"),
    [
        pytest.param(changed(TIMED, amount=lambda c: c.mask(SINCE)), None, id="no declared time"),
        pytest.param(
            changed(TIMED, amount=lambda c: c.mask(SINCE & (TIMED["id"] % 9 > 0))), "when", id="some have values"
        ),
        pytest.param(changed(TIMED, amount=lambda c: c.mask(~SINCE)), "when", id="until a time"),
        pytest.param(
            changed(TIMED, amount=lambda c: c.mask(SINCE).mask(TIMED["id"] < 9, 1.0)), "when", id="others too"
        ),
    ],
)
def test_is_not_unavailable_since_a_time(production, time):
    keywords = {"time": time} if time else {}
    verdict = verified(TIMED, production, **keywords)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)
