"""The pictures of a finding, as places in an SVG: what its evidence holds, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from parityline.findings import Finding

DRAWN = ("distributions", "calendar", "map")
"""Evidence that is drawn, and not listed."""
WIDTH, HEIGHT = 320, 72
CELLS_IN_A_ROW = 31
CELL = 14
MOST_MAPPED = 20


def of(finding: Finding) -> dict[str, Any]:
    """What can be drawn, by the name of the picture; {} for a finding that is told in words alone.

    `interval`: an effect against the declared size. `distributions`: two outlines over common bins. `bars`: two bars a
    value. `calendar`: a cell for each partition. `map`: values before and after. `rows`: rows side by side.
    """
    evidence = finding.evidence
    drawn = {
        "interval": _interval(evidence.get("interval"), evidence.get("effect")),
        "distributions": _outlines(evidence.get("distributions")),
        "bars": _bars(evidence.get("distributions")),
        "calendar": _calendar(evidence.get("calendar")),
        "map": _map(evidence.get("map")),
        "rows": _rows(finding),
    }
    return {name: picture for name, picture in drawn.items() if picture}


def _interval(interval: Any, effect: Any) -> dict[str, Any] | None:
    """An interval against the declared effect size, as places of 320 pixels."""
    if not isinstance(interval, (list, tuple)) or not isinstance(effect, (int, float)) or len(interval) != 2:
        return None
    if not all(isinstance(end, (int, float)) for end in interval):
        return None
    ends = sorted(abs(float(end)) for end in interval)
    low, high = (0.0, ends[1]) if interval[0] < 0 < interval[1] else (ends[0], ends[1])
    widest = max(high, effect) * 1.1 or 1.0
    at = {name: round(10 + 300 * v / widest, 1) for name, v in (("low", low), ("high", high), ("effect", effect))}
    return {**at, "of": f"{effect:g}"}


def _outlines(given: Any) -> dict[str, Any] | None:
    """Two outlines, each a path of steps, the higher one as high as the picture."""
    if not isinstance(given, Mapping) or "edges" not in given:
        return None
    edges, sides = given["edges"], (given["expected"], given["found"])
    top = max(map(max, sides)) or 1.0
    step = WIDTH / len(sides[0])
    return {
        "expected": _steps(sides[0], top, step),
        "found": _steps(sides[1], top, step),
        "low": f"{edges[0]:.4g}",
        "high": f"{edges[-1]:.4g}",
    }


def _steps(shares: Sequence[float], top: float, step: float) -> str:
    path = f"M0 {HEIGHT}"
    for number, share in enumerate(shares):
        height = round(HEIGHT - (HEIGHT - 2) * share / top, 1)
        path += f"L{number * step:.1f} {height}L{(number + 1) * step:.1f} {height}"
    return f"{path}L{WIDTH} {HEIGHT}"


def _bars(given: Any) -> list[dict[str, Any]] | None:
    """For each value the lengths of two bars, of 160 pixels for all rows, and what they stand for."""
    if not isinstance(given, Mapping) or "values" not in given:
        return None
    return [
        {"value": value, "expected": round(160 * a, 1), "found": round(160 * b, 1), "told": f"{a:.2%} -> {b:.2%}"}
        for value, a, b in zip(given["values"], given["expected"], given["found"], strict=True)
    ]


def _calendar(given: Any) -> dict[str, Any] | None:
    """Cells, 31 in a row, with their state; a month of days that begin with the first is a row."""
    if not isinstance(given, Mapping):
        return None
    cells, row, before = [], -1, None
    column = CELLS_IN_A_ROW
    for name, state in zip(given["partitions"], given["states"], strict=True):
        month = name[:7] if len(name) == 10 and name[4] == name[7] == "-" else None
        if column >= CELLS_IN_A_ROW or month != before:
            row, column = row + 1, 0
        place = int(name[8:]) - 1 if month and name[8:].isdecimal() else column
        cells.append({"x": place * CELL, "y": row * CELL, "state": state, "title": f"{name}: {state}"})
        column, before = place + 1, month
    states = [state for state in ("same", "differs", "missing", "extra") if state in given["states"]]
    return {
        "cells": cells,
        "width": CELLS_IN_A_ROW * CELL,
        "height": (row + 1) * CELL,
        "by": given["by"],
        "told": ", ".join(f"{given['states'].count(state)} {state}" for state in states),
    }


def _map(given: Any) -> list[tuple[str, str]] | None:
    if not isinstance(given, Mapping):
        return None
    return [(str(before), str(after)) for before, after in list(given.items())[:MOST_MAPPED]]


def _rows(finding: Finding) -> list[dict[str, Any]] | None:
    """The rows that were fetched; of whole rows only the columns in which they differ."""
    shown = finding.evidence.get("rows_shown")
    if not isinstance(shown, (list, tuple)):
        return None
    return [{"key": _key(own["key"]), **{n: _side(own, n) for n in ("expected", "found")}} for own in shown]


def _side(row: Mapping[str, Any], name: str) -> str:
    own, other = row[name], row["found" if name == "expected" else "expected"]
    if isinstance(own, Mapping):
        left = [c for c in own if not isinstance(other, Mapping) or other.get(c) != own[c]]
        return ", ".join(f"{column} {own[column]}" for column in left)
    return "no such row" if own is None and isinstance(other, Mapping) else str(own)


def _key(key: Any) -> str:
    return " / ".join(map(str, key)) if isinstance(key, (list, tuple)) else str(key)
