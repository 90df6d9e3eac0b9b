"""The course of a pipeline: one line a run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from parityline.history import Entry
from parityline.report.text import clean

_COLORS = {"pass": "32", "fail": "31", "incomplete": "33"}


def text(entries: Sequence[Entry], accepted: Sequence[tuple[str, dict[str, Any]]], *, color: bool = False) -> str:
    """The runs, the oldest first, and what was accepted between them."""
    if not entries and not accepted:
        return "no run yet"
    lines = []
    for entry in entries:
        mark = f"{entry.status:<10}"
        painted = f"\x1b[{_COLORS.get(entry.status, '0')}m{mark}\x1b[0m" if color else mark
        first = f"{clean(entry.stage or '')}  {entry.code}" if entry.code else ""
        counted = f"{entry.errors} errors, {entry.warnings} warnings"
        head = f"{entry.number:>4}  {entry.at[:16]}  {clean(entry.pipeline)}  {clean(entry.environment)}"
        lines.append((entry.at, f"{head}  {painted}  {counted}  {first}".rstrip()))
    for at, what in accepted:
        kind, known = ("difference", what["difference"]) if "difference" in what else ("reference", what["reference"])
        which = "/".join(str(known[n]) for n in ("stage", "column", "code") if n in known)
        until = f" until {known['until']}" if "until" in known else ""
        said = f"{kind} accepted by {known['by']}{until}: {which + ': ' if which else ''}{known['reason']}"
        lines.append((at, f"      {at[:16]}  {clean(said)}"))
    return "\n".join(line for _, line in sorted(lines, key=lambda line: line[0]))


def as_json(entries: Sequence[Entry], accepted: Sequence[tuple[str, dict[str, Any]]]) -> str:
    """The runs and acceptances as JSON."""
    content = {"format": 1, "runs": [asdict(entry) for entry in entries]}
    content["accepted"] = [{"at": at, **what} for at, what in accepted]
    return json.dumps(content, indent=2, ensure_ascii=False)
