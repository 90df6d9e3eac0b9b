"""What a run under a changed circumstance says: which stage it changed first, by which code, and how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from parityline.findings import Finding, Verdict
from parityline.lint import Alarm

Status = Literal["same", "differs", "failed", "not tried", "not applicable"]

_OF_CIRCUMSTANCE = {
    "hash seed": "salted-hash",
    "time": "depends-on-run-time",
    "threads": "thread-dependent",
    "BLAS threads": "thread-dependent",
    "global seeds": "seed-missing",
    "row order": "order-has-ties",
    "time zone": "time-zone-shift",
    "locale": "locale-rules-changed",
    "nothing": "not-repeatable",
}
"""What a circumstance proves where the verdict names no cause of its own."""
_TELLING = frozenset(("column-order-changed", "order-undefined", "order-has-ties", "time-zone-shift"))
"""Codes of a verdict that say more than the circumstance."""
Varying = tuple[str, str | None]
"""A stage and a column of it, or None for the stage as a whole."""
_OUTSIDE = frozenset(("environment", "process"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """One circumstance and what it changed. why: of what was not tried or failed. tolerance: proposed, by column."""

    circumstance: str
    status: Status
    stage: str | None = None
    code: str | None = None
    sentence: str = ""
    why: str = ""
    seconds: float = 0.0
    line: str | None = None
    tolerance: dict[str, float] = field(default_factory=dict)


def judged(
    circumstance: str,
    verdict: Verdict,
    alarms: Sequence[Alarm],
    seconds: float,
    noise: frozenset[Varying] = frozenset(),
) -> Outcome:
    """The outcome of a run that ended, by its verdict against the first run.

    alarms: what lint says of the code; one at the stage names the line. noise: what varies with nothing changed, and
    proves nothing of a circumstance.
    """
    kinds = {stage.name: stage.kind for stage in verdict.stages}
    places = {name: place for place, name in enumerate(kinds)}
    found = [finding for finding in _counted(verdict) if (finding.stage, finding.column) not in noise]
    if circumstance == "row order":  # the sources were changed on purpose
        found = [finding for finding in found if kinds.get(finding.stage) != "source"]
    if not found:
        why = "but for what varies anyway" if noise else ""
        return Outcome(circumstance, "same", seconds=seconds, why=why)
    first = min(found, key=lambda f: (places.get(f.stage, 0), f.severity != "error", f.origin == "inherited"))
    code, line = _named(circumstance, first, kinds.get(first.stage, ""), alarms)
    outcome = Outcome(circumstance, "differs", first.stage, code, first.sentence, seconds=seconds, line=line)
    return replace(outcome, tolerance=_tolerances(found, first.stage)) if circumstance == "nothing" else outcome


def varying(verdict: Verdict) -> frozenset[Varying]:
    """What differs between two runs in which nothing was changed."""
    return frozenset((finding.stage, finding.column) for finding in _counted(verdict))


def _counted(verdict: Verdict) -> list[Finding]:
    return [f for f in verdict.findings if f.severity != "note" and f.stage not in _OUTSIDE]


def _named(circumstance: str, first: Finding, kind: str, alarms: Sequence[Alarm]) -> tuple[str, str | None]:
    """The code, and the line of the code where lint knows it."""
    if alarm := _alarm(_FITTING.get(circumstance, ()), first.stage, alarms):
        return alarm.code, alarm.place
    if first.code in _TELLING:
        return first.code, None
    if kind == "split" and circumstance in _OF_SPLIT:
        return _OF_SPLIT[circumstance], None
    if circumstance == "row order" and first.code in ("rows-missing", "rows-extra", "rows-differ", "rows-lost"):
        return "order-undefined", None
    return _OF_CIRCUMSTANCE.get(circumstance, first.code), None


def _alarm(codes: Sequence[str], stage: str | None, alarms: Sequence[Alarm]) -> Alarm | None:
    """The alarm of lint that fits a stage: of the stage rather than of none, and of the first code."""
    near = [alarm for alarm in alarms if alarm.code in codes and alarm.stage in (stage, None)]
    return min(near, key=lambda alarm: (alarm.stage is None, codes.index(alarm.code)), default=None)


_OF_SPLIT = {
    "nothing": "split-not-repeatable",
    "global seeds": "split-not-repeatable",
    "row order": "same-positions-other-rows",
}
_SEEDS = ("seed-missing", "split-not-repeatable")
_FITTING = {
    "nothing": (*_SEEDS, "generator-shared", "order-undefined", "depends-on-run-time"),
    "global seeds": _SEEDS,
    "hash seed": ("salted-hash", "column-order-changed"),
    "row order": ("order-undefined", "order-has-ties"),
    "time": ("depends-on-run-time",),
}
"""The codes of lint that a circumstance can prove, the likeliest first."""


def _tolerances(found: Sequence[Finding], stage: str) -> dict[str, float]:
    """The largest differences between two runs in which nothing changed, for the user to declare with a reason."""
    proposed: dict[str, float] = {}
    for finding in found:
        moved: Any = finding.evidence.get("largest")
        if finding.stage == stage and finding.column and isinstance(moved, (int, float)) and moved > 0:
            proposed[finding.column] = float(moved)
    return proposed


def cured_by_seeds(outcome: Outcome, alarms: Sequence[Alarm]) -> Outcome:
    """An outcome under `nothing`, once it is known that two runs with the global generators seeded agree."""
    alarm = _alarm(_SEEDS, outcome.stage, alarms)
    code = outcome.code if outcome.code in _SEEDS else "seed-missing"
    why = "two runs with seeded global generators agree: a call draws from one that has no seed"
    return replace(outcome, code=alarm.code if alarm else code, why=why, line=alarm.place if alarm else None)
