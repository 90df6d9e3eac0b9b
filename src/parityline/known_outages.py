"""What the outage table of the reference said of a variable, quoted when the outage is there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from parityline.findings import Finding
from parityline.records import Record

_OF_OUTAGES = {
    "variable-unavailable": "missing",
    "column-missing": "missing",
    "missing-differs": "missing",
    "missing-in-one-segment": "missing",
    "value-stuck": "at its last value",
    "updated-less-often": "at its last value",
    "default-during-outage": "at its default",
    "value-stopped-arriving": "without its rarest value",
}
"""Findings that speak of an outage, and the way of losing the variable that is nearest."""


def with_outage(finding: Finding, reference: Record) -> Finding:
    """The finding with the line of the outage table about its column; unchanged where there is none."""
    kind = _OF_OUTAGES.get(finding.code)
    if kind is None or finding.column is None or finding.severity == "note":
        return finding
    rows: list[dict[str, Any]] = [
        row
        for stage in reference.stages.values()
        for row in stage.facts.get("outages", [])
        if row["column"] == finding.column
    ]
    own = next((row for row in rows if row["kind"] == kind), None)
    if own is None:
        return finding
    if own.get("error"):
        told = f"the outage table of the reference: no predictions {kind} ({own['error']})"
    else:
        told = f"the outage table of the reference: {kind}, predictions move by {own['moved']:.3g}"
        if own.get("metric") and own.get("after") is not None:
            told += f", {own['metric']} {own['before']:.4g} -> {own['after']:.4g}"
    best = next(iter(own.get("substitutes") or []), None)
    if best:
        told += f"; `{best['column']}` could stand in ({best['information']:.0%} of it)"
    return replace(finding, sentence=f"{finding.sentence}; {told}", evidence={**finding.evidence, "outage": own})
