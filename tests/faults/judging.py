"""Runs a fault and holds the verdict against the catalogue; clean runs are made once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from unittest import mock

import pandas as pd
from catalogue import Control, Fault, merged
from pipelines import BUSINESSES, Business, Changes, Run, run

import parityline
from parityline import Finding, Verdict, recording

ROOT = Path(__file__).resolve().parents[2]
FEW_ROWS = None if os.environ.get("PARITYLINE_FAULTS") == "all" else 1_500
"""Of the real data in `make test`; None for as many as a business takes."""
DATA = (ROOT / os.environ.get("PARITYLINE_DATA", "../shared/data")).resolve()


@dataclass(frozen=True)
class Judged:
    """What became of one fault at one level.

    misplaced, misnamed: what the catalogue demands of the place and of the name, and the verdict does not show.
    """

    verdict: Verdict
    misplaced: tuple[str, ...]
    misnamed: tuple[str, ...]

    @property
    def detected(self) -> bool:
        return self.verdict.status == "fail"

    @property
    def placed(self) -> bool:
        return not self.misplaced

    @property
    def named(self) -> bool:
        return self.placed and not self.misnamed


@cache
def business(name: str) -> Business:
    """One of the businesses; all but the shop need the folder of the real data."""
    if name == "shop":
        return BUSINESSES[name]()
    rows = os.environ.get("PARITYLINE_FAULTS_ROWS") or FEW_ROWS
    return BUSINESSES[name](DATA, **({"rows": int(rows)} if rows else {}))


@cache
def clean(name: str, both: Fault | None = None) -> Run:
    """What research recorded; once for all faults that change nothing in research."""
    own = business(name)
    return run(own, _both(both, own), environment="research")


def production(name: str, changes: Changes, reference: Run, days: int = 0) -> Run:
    """What production records with these changes, and the constants that research stored."""
    with _clock_ahead(days):
        return run(business(name), changes, environment="production", constants=reference.constants)


@lru_cache(maxsize=2)
def faulty(name: str, fault: Fault) -> tuple[Run, Run]:
    """The run of research and the run with the fault."""
    reference = clean(name, fault if fault.both else None)
    roles = business(name).roles
    return reference, production(name, merged(_both(fault, business(name)), fault.inject(roles)), reference, fault.days)


def judged(name: str, fault: Fault, level: str) -> Judged:
    """The verdict on one fault, and what of it is not as the catalogue says."""
    reference, observed = faulty(name, fault)
    verdict = parityline.verify(reference.records[level], observed.records[level], rows="same")
    roles = business(name).roles
    columns = [str(roles.of(template)) for template in fault.columns]
    return judgement(verdict, reference, fault.stage, fault.codes, columns)


def judgement(verdict: Verdict, reference: Run, stage: str, codes: frozenset[str], columns: Sequence[str]) -> Judged:
    """Placed: first there, clean before and beside it, nothing new elsewhere. Named: the code and the column."""
    first = verdict.first
    if verdict.status != "fail" or first is None:
        return Judged(verdict, (f"the status is {verdict.status}",), ())
    broken = [limit.why for limit in verdict.unchecked if "fact-unreadable" in limit.why]
    misplaced, misnamed = broken, []
    if first.stage != stage:
        misplaced.append(f"first at {first.stage} as {first.code}")
    after = {stage} | downstream(reference, stage)
    dirty = [s.name for s in verdict.stages if s.name not in after and s.status != "pass"]
    if dirty and stage not in ("process", "environment"):
        misplaced.append(f"not clean: {', '.join(dirty)}")
    elsewhere = [f for f in new_errors(verdict) if f.stage != stage]
    if elsewhere:
        misplaced.append(
            "new elsewhere: " + ", ".join(f"{f.stage} {f.column or 'rows'} {f.code}" for f in elsewhere[:3])
        )
    if first.code not in codes:
        misnamed.append(f"it is called {first.code}")
    elif columns and not any(f.code in codes and f.column in columns for f in new_errors(verdict)):
        misnamed.append(f"the column is {first.column}")
    return Judged(verdict, tuple(misplaced), tuple(misnamed))


def judged_control(name: str, control: Control, level: str, seed: int) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict on a harmless change, and what is not as the catalogue says."""
    reference, observed = _controlled(name, control, seed)
    verdict = parityline.verify(reference.records[level], observed.records[level], rows="same")
    wrong = [] if verdict.status == "pass" else [f"status is {verdict.status}"]
    loud = [f"{f.stage} {f.code}" for f in verdict.findings if f.severity != "note"]
    if loud:
        wrong.append(f"not a note: {', '.join(loud[:3])}")
    codes = {f.code for f in verdict.findings}
    if not wrong and control.note and control.note not in codes:
        wrong.append(f"no note {control.note}")
    return verdict, tuple(wrong)


@lru_cache(maxsize=2)
def _controlled(name: str, control: Control, seed: int) -> tuple[Run, Run]:
    reference = clean(name)
    return reference, production(name, control.inject(business(name).roles, seed), reference)


def new_errors(verdict: Verdict) -> list[Finding]:
    """The errors that began where they stand."""
    return [f for f in verdict.findings if f.origin == "new" and f.severity == "error"]


def downstream(reference: Run, stage: str) -> set[str]:
    """All stages that are made of this one, directly or not."""
    found = {stage}
    for name, inputs in reference.graph().items():
        if found & set(inputs):
            found.add(name)
    return found - {stage}


def told(verdict: Verdict) -> str:
    """What a failing assertion should show: every finding in a line."""
    return "\n".join(
        f"{f.stage} {f.column or ''} {f.code} {f.severity} {f.origin} from {f.inherited_from}: {f.sentence}"
        for f in verdict.findings
    )


def _both(fault: Fault | None, own: Business) -> Changes:
    return fault.both(own.roles) if fault is not None and fault.both else {}


@contextmanager
def _clock_ahead(days: int) -> Iterator[None]:
    """The clock of the machine is so many days ahead."""
    if not days:
        yield
        return
    ahead = (pd.Timestamp.now("UTC") + pd.Timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    with mock.patch.object(recording, "now", return_value=ahead):
        yield
