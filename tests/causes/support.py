"""Two tiny real runs of one stage, and what their verdict says first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import parityline
from parityline import Finding, Record, Verdict

ROWS = 2_000


def frame(*columns: str, seed: int = 7) -> pd.DataFrame:
    """2,000 rows of a small business with `id` and the named columns; equal seeds give equal frames."""
    rng = np.random.default_rng(seed)
    start = np.datetime64("2025-01-01T00:00:00", "ns")
    every: dict[str, Any] = {
        "id": np.arange(ROWS),
        "amount": rng.normal(100, 30, ROWS),
        "price": np.round(rng.uniform(1, 900, ROWS), 2),
        "count": rng.integers(0, 400, ROWS),
        "city": rng.choice(["Bergen", "Oslo", "Tromso", "Vardo"], ROWS, p=[0.4, 0.3, 0.2, 0.1]),
        "flag": rng.random(ROWS) < 0.3,
        "name": [f"Customer {i:05d} of Oslo" for i in rng.permutation(ROWS)],
        "when": start + rng.integers(0, 364 * 86_400 * 1_000, ROWS).astype("timedelta64[ms]"),
        "gaps": np.where(rng.random(ROWS) < 0.1, np.nan, rng.normal(5, 2, ROWS)),
        "p": rng.uniform(0, 1, ROWS),
    }
    return pd.DataFrame({"id": every["id"], **{name: every[name] for name in columns}})


def recorded(table: Any, *, environment: str = "research", kind: str = "source", **keywords: Any) -> Record:
    """The record of a run of one stage, called `table`."""
    keywords = {"key": "id", **keywords}
    run = parityline.record("tiny", environment=environment)
    getattr(run, kind)("table", table, **keywords)
    return run.record


def verified(before: Any, after: Any, *, rows: str = "auto", **keywords: Any) -> Verdict:
    """The verdict on two runs of one stage, recorded in the same way."""
    observed = recorded(after, environment="production", **keywords)
    return parityline.verify(recorded(before, **keywords), observed, rows=rows)


def first(before: Any, after: Any, **keywords: Any) -> Finding | None:
    """What the verdict on two runs of one stage says first; None where nothing fails."""
    return verified(before, after, **keywords).first


def first_code(before: Any, after: Any, **keywords: Any) -> str | None:
    """Its code."""
    finding = first(before, after, **keywords)
    return None if finding is None else finding.code


def codes(verdict: Verdict) -> set[str]:
    """The codes of all findings."""
    return {finding.code for finding in verdict.findings}


def changed(table: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    """A copy with other columns; a callable is given the column."""
    return table.assign(**{name: new(table[name]) if callable(new) else new for name, new in columns.items()})


def holding(numbers: dict[str, Any], finding: Finding) -> bool:
    """Whether the evidence of a finding holds these numbers."""
    return {name: finding.evidence.get(name) for name in numbers} == numbers
