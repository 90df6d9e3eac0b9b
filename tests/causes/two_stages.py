"""Two tiny real runs of two stages: `raw`, and `table` made of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import parityline
from parityline import Finding, Verdict

ROWS = 2_000


def raw(seed: int = 5) -> pd.DataFrame:
    """2,000 cases with columns of many kinds; equal seeds give equal tables."""
    rng = np.random.default_rng(seed)
    start = np.datetime64("2023-01-01T00:00:00", "ns")
    return pd.DataFrame(
        {
            "id": np.arange(ROWS),
            "halves": rng.integers(-400, 400, ROWS) / 4,
            "cents": rng.integers(0, 100_000, ROWS) / 1000,
            "delta": rng.integers(-300, 300, ROWS),
            "amount": rng.lognormal(3, 1, ROWS),
            "zeros": np.where(rng.random(ROWS) < 0.2, 0.0, rng.normal(5, 2, ROWS)),
            "age": rng.integers(16, 90, ROWS),
            "city": rng.choice(["Bergen", "Oslo", "Tromso", "Vardo"], ROWS, p=[0.4, 0.3, 0.2, 0.1]),
            "when": start + rng.integers(0, 730 * 86_400, ROWS).astype("timedelta64[s]"),
            "gaps": np.where(rng.random(ROWS) < 0.1, np.nan, rng.normal(5, 2, ROWS)),
            "customer": rng.integers(0, 60, ROWS),
            "p": rng.uniform(0, 1, ROWS),
        }
    )


RAW = raw()


def run(environment: str, source: Any, table: Any, *, kind: str, raw_keywords: dict[str, Any], **keywords: Any) -> Any:
    """The record of a run whose stage `table` is made of `raw`."""
    keywords = {"key": "id", **keywords}
    with parityline.record("tiny", environment=environment) as recorder:
        recorder.source("raw", source, **{"key": "id", **raw_keywords})
        getattr(recorder, kind)("table", table, inputs=["raw"], **keywords)
    return recorder.record


def compared(
    before: Any,
    after: Any,
    *,
    source: Any = RAW,
    source_here: Any = None,
    kind: str = "features",
    raw_keywords: dict[str, Any] | None = None,
    rows: str = "auto",
    **keywords: Any,
) -> Verdict:
    """The verdict on two runs whose tables are `before` and `after`."""
    here = source if source_here is None else source_here
    keywords |= {"kind": kind, "raw_keywords": raw_keywords or {}}
    reference = run("research", source, before, **keywords)
    return parityline.verify(reference, run("production", here, after, **keywords), rows=rows)


def column(values: Any, name: str = "x", source: pd.DataFrame = RAW) -> pd.DataFrame:
    """A table of the key and one column."""
    return pd.DataFrame({"id": source["id"], name: values})


def found(verdict: Verdict) -> Finding:
    """What a verdict says first of the stage `table`."""
    return next(finding for finding in verdict.findings if finding.stage == "table" and finding.severity == "error")


def histories(seed: int = 3) -> pd.DataFrame:
    """60 customers of 30 rows each, by day, with a number that is missing now and then."""
    rng = np.random.default_rng(seed)
    rows = 60 * 30
    return pd.DataFrame(
        {
            "id": rng.permutation(rows),
            "customer": np.repeat(np.arange(60), 30),
            "day": np.tile(pd.date_range("2024-01-01", periods=30).to_numpy(), 60),
            "x": np.where(rng.random(rows) < 0.1, np.nan, rng.normal(50, 20, rows)),
            "y": rng.normal(10, 3, rows),
        }
    )


BY_DAY = {"entity": "customer", "time": "day"}


def groups(seed: int = 8, *, large: bool = False) -> pd.DataFrame:
    """Orders of 80 customers, 2 to 40 each, with gaps in some columns of some of them.

    large: of 12 customers, 600 each, with gaps in all of them: more rows than a sample holds, and than a history.
    """
    rng = np.random.default_rng(seed)
    customer = np.repeat(np.arange(12), 600) if large else np.repeat(np.arange(80), rng.integers(2, 41, 80))
    rows = len(customer)
    some = (customer % 3 == 0) | large
    return pd.DataFrame(
        {
            "id": np.arange(rows),
            "customer": customer,
            "at": np.datetime64("2024-01-01") + np.arange(rows).astype("timedelta64[h]"),
            "value": rng.lognormal(2, 1, rows),
            "gaps": np.where(some & (rng.random(rows) < 0.4), np.nan, rng.normal(5, 1, rows)),
            "status": np.where(some & (rng.random(rows) < 0.4), None, rng.choice(["new", "open", "paid"], rows)),
        }
    )


ORDERS = groups()
LARGE = groups(large=True)


def by_customer(before: Any, after: Any, *, source: pd.DataFrame = ORDERS, **keywords: Any) -> Verdict:
    """The verdict on two aggregates by customer, each a series that `groupby` gave."""
    sides = [own.rename("n").reset_index() for own in (before, after)]
    raw_keywords = {"entity": "customer", "time": "at", **keywords}
    return compared(*sides, source=source, key="customer", raw_keywords=raw_keywords)
