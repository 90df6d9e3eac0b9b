"""Rhythms: how often a variable changes within an entity, and whether it is stuck."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import parityline

DAYS, SENSORS = 40, 30


def readings(seed, first, every=1, stuck=None):
    """One row a sensor and hour of the day; `index` changes every so many rows."""
    g = np.random.default_rng(seed)
    rows = DAYS * SENSORS
    sensor, day = np.repeat(np.arange(SENSORS), DAYS), np.tile(np.arange(DAYS), SENSORS)
    value = g.normal(20, 5, rows).round(2)
    held = value[sensor * DAYS + day // every * every]
    if stuck is not None:
        held = np.where((sensor % 3 == 0) & (day >= stuck), 60.0, held)
    return pd.DataFrame({
        "id": np.arange(rows) + seed * 100_000, "sensor": [f"s{s}" for s in sensor],
        "at": pd.Timestamp(first) + pd.to_timedelta(day, unit="D"), "index": held, "other": g.random(rows),
    })  # fmt: skip


def verdict(before, after):
    records = []
    for table, environment in ((before, "research"), (after, "production")):
        with parityline.record("rhythm", environment=environment) as run:
            run.source("sensors", table, key="id", time="at", entity="sensor")
        records.append(run.record)
    return parityline.verify(*records, rows="new")


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        pytest.param({}, {}, None, id="the same rhythm"),
        pytest.param({}, {"every": 7}, "updated-less-often", id="F151 daily became weekly"),
        pytest.param({"every": 7}, {}, "cadence-differs", id="weekly became daily"),
        pytest.param({}, {"stuck": 20}, "value-stuck", id="F150 stuck sensors"),
        pytest.param({"every": 7}, {"every": 7}, None, id="weekly on both sides"),
    ],
)
def test_rhythm(before, after, code):
    found = verdict(readings(1, "2025-01-01", **before), readings(2, "2025-03-01", **after))
    told = [(f.column, f.code) for f in found.findings if f.severity == "error"]
    if code == "value-stuck":  # a third of the values at 60 is another distribution too
        assert ("index", code) in told
    else:
        assert told == ([] if code is None else [("index", code)])
