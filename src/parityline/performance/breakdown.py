"""How predictions did by segment and by window of time, and for which of them an outcome is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parityline.performance.metrics import is_classification, with_errors

Floats = NDArray[np.float64]
MOST_SEGMENTS = 40
MOST_WINDOWS = 60
MOST_CELLS = 600
"""Of windows times segments."""
FEWEST_ROWS = 10
"""Groups of fewer rows are not kept: they would tell of single rows."""
SCORE_BANDS = 10
_UNITS = {"hour": "h", "day": "D", "month": "M", "year": "Y"}


@dataclass(frozen=True, slots=True)
class Scored:
    """Outcomes beside their predictions, (n,) each. seconds: since 1970, None without a time of outcomes."""

    actual: Floats
    score: Floats
    label: Floats | None
    seconds: Floats | None
    segments: Mapping[str, tuple[NDArray[np.int64], list[str]]]


def breakdown(scored: Scored) -> dict[str, Any]:
    """Metrics and standard errors in total, by segment, by window, and by window in each segment.

    {"total": group, "segments": {column: {value: group}}, "windows": {"unit", "of": {begin: group}}, "both": ...};
    a group is {"rows", "metrics", "errors"}. Groups of fewer than ten rows are left out. Windows are the finest of
    hour, day, month and year of which 60 do.
    """
    classes = is_classification(scored.actual)

    def group(rows: NDArray[np.bool_]) -> dict[str, Any] | None:
        if rows.sum() < FEWEST_ROWS:
            return None
        label = None if scored.label is None else scored.label[rows]
        metrics, errors = with_errors(scored.actual[rows], scored.score[rows], label, classes=classes)
        return {"rows": int(rows.sum()), "metrics": metrics, "errors": errors}

    everything = np.ones(len(scored.actual), np.bool_)
    found: dict[str, Any] = {"classes": classes, "total": group(everything), "segments": {}, "windows": {}, "both": {}}
    windows = _windows(scored.seconds)
    names = np.unique(windows[1][~np.isnat(windows[1])]) if windows is not None else np.zeros(0, "datetime64[s]")
    if windows is not None:
        own = {str(name): group(windows[1] == name) for name in names}
        found["windows"] = {"unit": windows[0], "of": {k: v for k, v in own.items() if v}}
    for column, (index, values) in scored.segments.items():
        counts = np.bincount(index, minlength=len(values))
        kept = [i for i in np.argsort(-counts, kind="stable").tolist() if counts[i] >= FEWEST_ROWS][:MOST_SEGMENTS]
        found["segments"][column] = {values[i]: group(index == i) for i in sorted(kept, key=values.__getitem__)}
        if windows is not None and len(kept) * len(names) <= MOST_CELLS:
            found["both"][column] = {}
            for i in kept:
                cells = {str(name): group((index == i) & (windows[1] == name)) for name in names}
                found["both"][column][values[i]] = {k: v for k, v in cells.items() if v}
    return found


def labelled_by_score(score: Floats, labelled: NDArray[np.bool_]) -> dict[str, Any]:
    """How many of all predictions have an outcome, in ten bands of the score with as many predictions each.

    score: of every prediction, (n,); labelled: whether its outcome is known, (n,).
    """
    there = np.isfinite(score)
    ranks = np.argsort(np.argsort(score[there], kind="stable"), kind="stable")
    bands = ranks * SCORE_BANDS // max(1, int(there.sum()))
    predicted = np.bincount(bands, minlength=SCORE_BANDS)
    known = np.bincount(bands[labelled[there]], minlength=SCORE_BANDS)
    return {"predicted": predicted.tolist(), "labelled": known.tolist()}


_NEVER = np.datetime64("NaT", "s")


def _windows(seconds: Floats | None) -> tuple[str, Any] | None:
    """(unit, begin of the window of each row as datetime64, NaT for none); None without any time."""
    if seconds is None or not np.isfinite(seconds).any():
        return None
    moments = np.full(len(seconds), _NEVER, "datetime64[s]")
    there = np.isfinite(seconds)
    moments[there] = np.floor(seconds[there]).astype(np.int64).astype("datetime64[s]")
    for name, unit in _UNITS.items():
        begins = moments.astype(f"datetime64[{unit}]")
        if len(np.unique(begins[there])) <= MOST_WINDOWS or name == "year":
            return name, begins
    raise AssertionError("a year is the coarsest")
