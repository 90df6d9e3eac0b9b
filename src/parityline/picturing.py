"""What a page draws beside a finding, as evidence: both distributions on common bins, and partitions in their order.

A verdict is a plain value that outlives its records, so the numbers of a picture belong to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from parityline.causes.partitions import label, partitions
from parityline.findings import Finding
from parityline.fingerprints import ColumnFingerprint
from parityline.pairs import TablePair

MOST_PICTURED = 60
"""So many findings of a verdict, the first ones, have a picture."""
BINS = 24
MOST_VALUES = 12
MOST_PARTITIONS = 400


def with_pictures(findings: Sequence[Finding], tables: Mapping[str, Sequence[TablePair]]) -> list[Finding]:
    """The findings; the first 60 that are new and no notes have what a picture needs, where the records tell it.

    `evidence["distributions"]`: {edges (25), expected (24), found (24)}, shares of the finite numbers between the
    outer percentiles of both sides; or {values, expected, found}, shares of all rows, of a column of few values.
    `evidence["calendar"]`: {by, partitions, states}, of a stage with at most 400 partitions.
    """
    left = MOST_PICTURED
    pictured = []
    for finding in findings:
        if left and finding.severity != "note" and finding.origin == "new":
            found = _evidence(finding, tables.get(finding.stage, ()))
            left -= bool(found)
            finding = replace(finding, evidence={**finding.evidence, **found}) if found else finding
        pictured.append(finding)
    return pictured


def _evidence(finding: Finding, pairs: Iterable[TablePair]) -> dict[str, object]:
    for pair in pairs:
        if finding.column is None:
            found = _calendar(pair) if "partitions" in finding.evidence else None
            if found:
                return {"calendar": found}
        elif finding.column in pair.common:
            sides = pair.reference.columns[finding.column], pair.observed.columns[finding.column]
            shares = _distributions(*sides) or _values(*sides)
            if shares:
                return {"distributions": shares}
    return {}


def _distributions(expected: ColumnFingerprint, found: ColumnFingerprint) -> dict[str, list[float]] | None:
    """Shares on common bins; None for what are no numbers, or few of them, or all the same."""
    sides = (expected, found)
    if any(side.type != "number" or side.hidden for side in sides) or _few(*sides):
        return None
    ends = [side.quantile(q) for side in sides for q in (0.01, 0.99)]
    if any(end is None for end in ends):
        return None
    low, high = (float(end(e for e in ends if e is not None)) for end in (min, max))
    if not low < high or not np.isfinite(high - low):
        return None
    edges = np.linspace(low, high, BINS + 1)
    return {
        "edges": _short(edges),
        **{n: _short(_shares(s, edges)) for n, s in zip(("expected", "found"), sides, strict=True)},
    }


def _few(*sides: ColumnFingerprint) -> bool:
    return all(side.values.complete and side.distinct <= MOST_VALUES for side in sides)


def _shares(side: ColumnFingerprint, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    left, right = side.distribution.edges()
    weights = np.array(side.distribution.counts, np.float64)
    counts, _ = np.histogram(left + (right - left) / 2, bins=edges, weights=weights)
    return np.asarray(counts / weights.sum(), np.float64)


def _short(values: NDArray[np.float64]) -> list[float]:
    """Four digits are enough to draw."""
    return [float(f"{value:.4g}") for value in values.tolist()]


def _values(expected: ColumnFingerprint, found: ColumnFingerprint) -> dict[str, list[object]] | None:
    """Shares of the values of a column that has few; None for one of many, or of which only hashes are kept."""
    if not _few(expected, found) or expected.hidden or found.hidden:
        return None
    sides = [{str(value): rows for value, rows in side.top_values} for side in (expected, found)]
    names = sorted(sides[0].keys() | sides[1].keys(), key=lambda n: (-(sides[0].get(n, 0) + sides[1].get(n, 0)), n))
    if not names:
        return None
    names = names[:MOST_VALUES]
    totals = [max(1, side.rows) for side in (expected, found)]
    own = [[float(f"{side.get(name, 0) / of:.4g}") for name in names] for side, of in zip(sides, totals, strict=True)]
    return {"values": list(names), "expected": list(own[0]), "found": list(own[1])}


def _calendar(pair: TablePair) -> dict[str, object] | None:
    """All partitions in their order, each same, differs, missing or extra; None without all of them."""
    compared = partitions(pair)
    if compared is None or len(compared.cells) > MOST_PARTITIONS:
        return None
    states = dict.fromkeys(compared.cells, "same")
    for state, own in (
        *(("differs", compared.changed), ("differs", compared.doubled)),
        *(("missing", compared.lost), ("extra", compared.added)),
    ):
        states.update(dict.fromkeys(own, state))
    named = sorted((label(cell, compared.name), states[own]) for own, cell in compared.cells.items())
    return {"by": compared.name, "partitions": [n for n, _ in named], "states": [state for _, state in named]}
