"""Two recorded tables as the pair that a check is given."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

import parityline
from parityline import Finding, Record
from parityline.pairs import TablePair
from parityline.records import StageRecord

ROWS = 2_000


def frame(seed: int = 7, first_id: int = 0) -> pd.DataFrame:
    """2,000 rows with id, amount, city and gaps (a tenth of them NaN)."""
    rng = np.random.default_rng(seed)
    gaps = np.where(rng.random(ROWS) < 0.1, np.nan, rng.normal(5, 2, ROWS))
    city = rng.choice(["Bergen", "Oslo", "Tromso"], ROWS)
    return pd.DataFrame(
        {"id": np.arange(first_id, first_id + ROWS), "amount": rng.normal(100, 30, ROWS), "city": city, "gaps": gaps}
    )


def recorded(table: Any, kind: str = "source", **keywords: Any) -> Record:
    """The record of a run of one stage, called `table`."""
    run = parityline.record("checks", environment="here")
    getattr(run, kind)("table", table, **{"key": "id", **keywords})
    return run.record


def stage(table: Any, kind: str = "source", **keywords: Any) -> StageRecord:
    """That stage."""
    return recorded(table, kind, **keywords).stages["table"]


def pairs(reference: StageRecord, observed: StageRecord) -> list[TablePair]:
    """Every part that both stages have."""
    return [
        TablePair(
            reference.name,
            reference.kind,
            part,
            reference.tables[part],
            observed.tables[part],
            (reference.table_facts[part], observed.table_facts[part]),
            reference.facts,
        )
        for part in reference.tables
        if part in observed.tables
    ]


def pair(before: Any, after: Any, kind: str = "source", **keywords: Any) -> TablePair:
    """The one table of a stage on both sides."""
    return pairs(stage(before, kind, **keywords), stage(after, kind, **keywords))[0]


def told(findings: Iterable[Finding]) -> list[tuple[str, str | None]]:
    """Code and column of each finding."""
    return [(finding.code, finding.column) for finding in findings]


def codes(findings: Iterable[Finding]) -> list[str]:
    """The code of each finding."""
    return [finding.code for finding in findings]
