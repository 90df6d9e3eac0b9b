"""The same values in every column, beside the same keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from parityline.changes import MOST_NAMED, labels
from parityline.findings import Finding
from parityline.fingerprints import ColumnFingerprint, plain
from parityline.pairs import ColumnPair, TablePair

MOST_NEW_VALUES = 3


def same_values(pair: TablePair) -> Iterator[Finding]:
    """Every common column is equal by digest, else within the tolerance that the reference declares."""
    for name in pair.differing():
        column = pair.columns[name]
        if not column.one_type:
            continue  # same_schema says it
        tolerance = next((t for t in pair.declared.get("tolerance", []) if t["column"] == name), None)
        if tolerance and _within(column, tolerance):
            largest = _largest(column)
            sentence = (
                f"{pair.where}`{name}` differs by at most {largest:.3g} in {column.aligned:,} sampled rows, within the "
            )
            sentence += f"tolerance: {tolerance['reason']}"
            evidence = {"tolerance": tolerance, "largest": largest, "sampled": column.aligned}
            yield Finding(
                "below-effect-size", pair.stage, sentence, name, severity="note", share=column.share, evidence=evidence
            )
            continue
        yield _difference(pair, column)


def _within(column: ColumnPair, tolerance: dict[str, Any]) -> bool:
    a, b = column.numbers
    if not column.aligned or not np.array_equal(np.isnan(a), np.isnan(b)):
        return False
    here = column.differs & ~np.isnan(a)
    if not here.any():
        return False
    gap = np.abs(a[here] - b[here])
    if "absolute" in tolerance:
        return bool(np.all(gap <= tolerance["absolute"]))
    if "relative" in tolerance:
        return bool(np.all(gap <= tolerance["relative"] * np.abs(a[here])))
    return bool(np.all(gap <= tolerance["ulp"] * np.spacing(np.abs(a[here]))))


def _largest(column: ColumnPair) -> float:
    a, b = column.numbers
    return float(np.nanmax(np.abs(a - b)))


def _difference(pair: TablePair, column: ColumnPair) -> Finding:
    reference, observed = column.reference, column.observed
    share = column.share
    evidence: dict[str, Any] = {"sampled": column.aligned, "sampled_changed": int(column.differs.sum())}
    sentence = f"{pair.where}`{column.name}` differs"
    decoded = pair.changes.of_column(column.name) if pair.changes else None
    if decoded:
        share = len(decoded) / observed.rows
        evidence |= {"rows": len(decoded), "exact": True, "keys": labels(pair.observed, sorted(decoded)[:MOST_NAMED])}
        sentence += f" in {len(decoded):,} of {observed.rows:,} rows"
    elif share and pair.complete and column.aligned == observed.rows:
        sentence += f" in {int(column.differs.sum()):,} of {column.aligned:,} rows"
    elif share:
        sentence += f" in {percent(share)} of {column.aligned:,} sampled rows"
    elif column.aligned:
        sentence += f", but in none of {column.aligned:,} sampled rows: few rows changed"
    if reference.type == observed.type == "number":
        finite = column.differs & np.isfinite(column.numbers).all(axis=0)
        if finite.any():
            old, new = (side[finite] for side in column.numbers)
            evidence["largest"] = float(np.abs(new - old).max())
    if reference.type == "number" and reference.totals.count and observed.totals.count:
        before, after = reference.totals.sum, observed.totals.sum
        evidence |= {"total": [float(before), float(after)], "mean": [reference.mean, observed.mean]}
        magnitude = reference.totals.positive - reference.totals.negative
        if magnitude:
            # of a column around zero the total is next to nothing, so its magnitudes are the measure
            moved = float((after - before) / magnitude)
            evidence["total_moved"] = moved
            sentence += f"; the total moves by {moved:+.2g} of " + (
                "itself" if magnitude == abs(before) else "its magnitudes"
            )
    sentence += _new_values(reference, observed)
    missing = reference.missing, observed.missing
    if missing[0] != missing[1]:
        sentence += f"; nulls {missing[0]:,} -> {missing[1]:,}"
        evidence["nulls"] = list(missing)
    return Finding(
        "values-differ",
        pair.stage,
        sentence,
        column.name,
        share=share,
        expected=reference.mean,
        found=observed.mean,
        evidence=evidence,
    )


def _new_values(reference: ColumnFingerprint, observed: ColumnFingerprint) -> str:
    """A clause on the texts that only the observed side holds; "" where there are none, many, or hidden ones."""
    if observed.untyped and not reference.untyped:
        return "; every value is missing"
    if reference.type != "text":
        return ""
    known, own = reference.values, observed.values
    if not (known.complete and own.complete) or reference.hidden or observed.hidden:
        return ""
    before = set(known.hashes)
    cells = zip(own.hashes, own.cells, own.counts, strict=True)
    came = [(str(plain(cell)), rows) for hashed, cell, rows in cells if hashed not in before]
    if not 0 < len(came) <= MOST_NEW_VALUES:
        return ""
    told = ", ".join(f"{value!r} in {rows:,} rows" for value, rows in sorted(came, key=lambda v: -v[1]))
    return f"; {told}, which {'is' if len(came) == 1 else 'are'} not in the reference"


def percent(share: float) -> str:
    """A share as a percentage that never reads 0 or 100 when it is not."""
    if share in (0.0, 1.0):
        return f"{share:.0%}"
    digits = 1
    while digits < 12 and float(f"{share:.{digits}%}"[:-1]) in (0.0, 100.0):
        digits += 1
    return f"{share:.{digits}%}"
