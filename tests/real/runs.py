"""Small runs over tables of the real data, each stage given as (kind, name, table, keywords)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from flights import DATA, FLIGHTS

import parityline
from parityline import Finding, Record, Verdict

Frame = pd.DataFrame


def recorded(environment: str, *stages: tuple[str, str, Any, dict[str, Any]]) -> Record:
    """The record of a run of these stages."""
    with parityline.record("real", environment=environment) as run:
        for kind, name, table, keywords in stages:
            getattr(run, kind)(name, table, **keywords)
    return run.record


def errors(verdict: Verdict, stage: str | None = None) -> list[Finding]:
    """What fails, of one stage or of all."""
    return [f for f in verdict.findings if f.severity == "error" and stage in (None, f.stage)]


def some_flights(rows: int, seed: int = 1) -> Frame:
    """So many flights from all over the year, in their order, with a number and a day."""
    whole = pd.read_parquet(FLIGHTS / "flights.parquet").sample(rows, random_state=seed).sort_index()
    days = pd.to_datetime(whole[["year", "month", "day"]])
    return whole.reset_index(drop=True).assign(id=np.arange(rows), date=days.to_numpy())


def read(*path: str) -> Frame:
    """One of the other tables."""
    return pd.read_parquet(DATA.joinpath(*path)).reset_index(drop=True)
