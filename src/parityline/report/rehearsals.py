"""What a rehearsal found, for a terminal and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from parityline.rehearsal import Outcome, Rehearsal
from parityline.report.text import clean

MOST_SOURCES = 8
_COLORS = {"same": "32", "differs": "31", "failed": "31", "not tried": "33", "not applicable": "90"}
_MARKS = {"same": "same", "differs": "DIFFERS", "failed": "FAILED", "not tried": "not tried", "not applicable": "-"}


def text(rehearsal: Rehearsal, *, color: bool = False) -> str:
    """One line a circumstance: what it changes first, by which code; then proposed tolerances and the next step."""
    seconds = sum(outcome.seconds for outcome in rehearsal.outcomes)
    lines = [
        f"{clean(rehearsal.target)}   rehearsed under {len(rehearsal.outcomes)} circumstances, {seconds:.0f} s",
        "",
    ]
    for outcome in rehearsal.outcomes:
        mark = f"{_MARKS[outcome.status]:<9}"
        painted = f"\x1b[{_COLORS[outcome.status]}m{mark}\x1b[0m" if color else mark
        lines.append(f"{outcome.circumstance:<13}  {painted}  {_told(outcome)}".rstrip())
    for outcome in rehearsal.outcomes:
        for column, size in outcome.tolerance.items():
            what = f"stage {clean(str(outcome.stage))}, column `{clean(column)}`"
            lines += ["", f"{what}: two runs differ by up to {size:.3g}; if that is meant, declare it as a tolerance,"]
            lines.append("with a reason, where the stage is recorded")
    lines += _lineage(rehearsal)
    found = [o.code for o in rehearsal.outcomes if o.code]
    lines += ["", _summary(rehearsal)]
    if found:
        lines.append(f"next: parityline explain {found[0]}")
    return "\n".join(lines)


def _lineage(rehearsal: Rehearsal) -> list[str]:
    """What each column depends on, where it was asked for."""
    lines = []
    for stage, columns in rehearsal.lineage.items():
        for column, sources in columns.items():
            shown = [clean(source) for source in sorted(sources)]
            more = f" and {len(shown) - MOST_SOURCES} more" if len(shown) > MOST_SOURCES else ""
            of = ", ".join(shown[:MOST_SOURCES]) or "no source column but keys"
            lines.append(f"{clean(stage)}.{clean(column)} depends on {of}{more}")
    return ["", *lines] if lines else []


def _told(outcome: Outcome) -> str:
    if outcome.status != "differs":
        return clean(outcome.why)
    line = f" ({clean(outcome.line)})" if outcome.line else ""
    why = f"; {clean(outcome.why)}" if outcome.why else ""
    return f"{clean(str(outcome.stage))}  {outcome.code}  {clean(outcome.sentence)}{why}{line}"


def _summary(rehearsal: Rehearsal) -> str:
    counted = {status: sum(o.status == status for o in rehearsal.outcomes) for status in _MARKS}
    if counted["differs"] or counted["failed"]:
        changing = counted["differs"] + counted["failed"]
        return f"FAIL: {changing} circumstance{'s' * (changing != 1)} change{'s' * (changing == 1)} the result"
    if counted["not tried"]:
        return f"INCOMPLETE: nothing changes the result; {counted['not tried']} not tried"
    return "PASS: nothing that was changed changes the result"


def as_json(rehearsal: Rehearsal) -> str:
    """The outcomes as JSON: `format`, `target`, `status`, `outcomes`."""
    status = {0: "pass", 1: "fail", 3: "incomplete"}[rehearsal.exit_code]
    outcomes = [asdict(outcome) for outcome in rehearsal.outcomes]
    lineage = {stage: {c: sorted(of) for c, of in columns.items()} for stage, columns in rehearsal.lineage.items()}
    content = {"format": 1, "target": rehearsal.target, "status": status, "outcomes": outcomes, "lineage": lineage}
    return json.dumps(content, indent=2, ensure_ascii=False)
