"""Two tiny real runs with a split."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import parityline
from parityline import Finding, Verdict

ROWS = 1_200


def table(seed: int = 2) -> pd.DataFrame:
    """1,200 rows of 200 customers, with a rare class and a day."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "id": rng.permutation(ROWS),
            "customer": np.repeat(np.arange(200), 6),
            "x": rng.normal(0, 1, ROWS),
            "y": (rng.random(ROWS) < 0.2).astype(int),
            "day": pd.date_range("2024-01-01", periods=ROWS, freq="6h"),
        }
    )


TABLE = table()


def run(name: str, source: Any, parts: Any, **keywords: Any) -> Any:
    """The record of a run that splits `source`."""
    recorder = parityline.record("tiny", environment=name)
    recorder.etl("raw", source, key="id")
    recorder.split("parts", parts, inputs=["raw"], **{"key": "id", **keywords})
    return recorder.record


def split(before: Any, after: Any, *, source: Any = TABLE, here: Any = None, **keywords: Any) -> Verdict:
    """The verdict on two splits; `of` is the table of each side where parts are positions."""
    sources = (source, source if here is None else here)
    of = [{"of": own} if keywords.pop("positions", None) or _are_positions(before) else {} for own in sources]
    records = [run(f"run {i}", sources[i], parts, **of[i], **keywords) for i, parts in enumerate((before, after))]
    return parityline.verify(*records)


def _are_positions(parts: Any) -> bool:
    own = next(iter(parts.values())) if isinstance(parts, dict) else parts[0][0]
    return isinstance(own, np.ndarray)


def told(verdict: Verdict) -> Finding:
    """What a verdict says first of the split."""
    return next(finding for finding in verdict.findings if finding.stage == "parts" and finding.severity == "error")
