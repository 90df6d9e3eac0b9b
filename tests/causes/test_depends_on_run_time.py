"""`depends-on-run-time`: ages that are counted up to the time of the run."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support import codes
from two_stages import RAW, column, found, run

import parityline
from parityline import recording
from parityline.causes.depends_on_run_time import CODE

WHEN = RAW["when"]
NOW, LATER = pd.Timestamp("2025-03-01T10:00:00"), pd.Timestamp("2025-03-13T08:30:00")


def verdict_of(monkeypatch, before, after, later=LATER, source=RAW):
    """The two runs, each under the clock of its own day."""
    records = []
    for moment, table, name in ((NOW, before, "research"), (later, after, "production")):
        monkeypatch.setattr(recording, "now", lambda moment=moment: moment.isoformat() + "Z")
        records.append(run(name, source, table, kind="features", raw_keywords={}))
    return parityline.verify(*records)


@pytest.mark.parametrize(
    ("age", "unit"),
    [
        pytest.param(lambda now: (now - WHEN).dt.days, "days", id="whole days"),
        pytest.param(lambda now: (now - WHEN).dt.total_seconds() / 3600, "hours", id="hours with fractions"),
        pytest.param(lambda now: (now - WHEN) // pd.Timedelta("7D"), "weeks", id="whole weeks"),
        pytest.param(lambda now: (now.normalize() - WHEN.dt.normalize()).dt.days, "days", id="from day to day"),
    ],
)
def test_is_named(monkeypatch, age, unit):
    finding = found(verdict_of(monkeypatch, column(age(NOW)), column(age(LATER))))
    assert (finding.code, finding.evidence["unit"], finding.evidence["of"]) == (CODE, unit, "raw.when")


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        pytest.param(RAW["age"], RAW["age"] + 12, "shifted-by-constant", id="as much as the days, but no age"),
        pytest.param((NOW - WHEN).dt.days, (NOW - WHEN).dt.days + 40, "shifted-by-constant", id="too much"),
        pytest.param(WHEN.dt.day, WHEN.dt.day + 12, "shifted-by-constant", id="a part of the time"),
    ],
)
def test_is_not_named(monkeypatch, before, after, code):
    verdict = verdict_of(monkeypatch, column(before), column(after))
    assert found(verdict).code == code
    assert CODE not in codes(verdict)


def test_without_the_time_it_is_not_named(monkeypatch):
    sides = column((NOW - WHEN).dt.days), column((LATER - WHEN).dt.days)
    assert CODE not in codes(verdict_of(monkeypatch, *sides, source=RAW[["id", "city"]]))


def test_one_noise_more(monkeypatch):
    after = (LATER - WHEN).dt.days + np.where(RAW["id"] % 2, 3, 0)
    assert CODE not in codes(verdict_of(monkeypatch, column((NOW - WHEN).dt.days), column(after)))
