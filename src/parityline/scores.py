"""The predictions of a run while it is recorded: what outcomes are held against, by key, and which rows leaked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parityline import taps
from parityline.performance.breakdown import Scored, breakdown, labelled_by_score
from parityline.performance.estimation import calibration
from parityline.performance.metrics import measured
from parityline.tables import Table

Keys = NDArray[np.void]
Floats = NDArray[np.float64]
_NONE = np.empty(0, [("high", "u8"), ("low", "u8")])


class Scores:
    """Keys and scores of each stage of predictions, and the keys of rows that several parts of a split share."""

    def __init__(self) -> None:
        self._predictions: dict[str, tuple[Keys, Floats, Floats | None]] = {}
        self._leaked: dict[str, Keys] = {}

    def __contains__(self, stage: object) -> bool:
        return stage in self._predictions

    def predicted(self, stage: str, keys: Keys, score: Floats, label: Floats | None) -> None:
        """Keep the predictions of a stage; shapes (n,)."""
        self._predictions[stage] = keys, score, label

    def split(self, stage: str, keys: Mapping[str, Keys], rows: Mapping[str, Keys | None]) -> None:
        """Keep which keys are in more than one part, themselves or by the content of their rows.

        Folds repeat their rows on purpose and are left out.
        """
        parts = [name for name in keys if not name.startswith("fold ")]
        contents = {part: own for part in parts if (own := rows.get(part)) is not None}
        found = [_NONE]
        for hashes in ({part: keys[part] for part in parts}, contents):
            if hashes:
                whole = np.concatenate([np.unique(own) for own in hashes.values()])
                distinct, often = np.unique(whole, return_counts=True)
                found += [keys[part][np.isin(own, distinct[often > 1])] for part, own in hashes.items()]
        self._leaked[stage] = np.unique(np.concatenate(found))

    def held_against(
        self, stage: str, table: Table, keys: Keys, actual: Floats, *, segments: Sequence[str], time: str | None
    ) -> dict[str, Any]:
        """The facts of outcomes that are held against a stage of predictions: counts, metrics, and their breakdown.

        table: of the outcomes; keys, actual: of its rows, (n,). segments: columns of it whose values may be told.
        """
        own, scores, labels = self._predictions[stage]
        _, at, there = np.intersect1d(keys, own, return_indices=True)
        known = np.zeros(len(own), np.bool_)
        known[there] = np.isfinite(actual[at])
        groups = {column: taps.groups_of(table, column) for column in segments}
        seconds = None if time is None else taps.seconds_of(table, time)[at]
        label = None if labels is None else labels[there]
        by_segment = {column: (index[at], names) for column, (index, names) in groups.items()}
        scored = Scored(actual[at], scores[there], label, seconds, by_segment)
        return {
            "predicted": len(own),
            "matched": len(at),
            "labelled_by_score": labelled_by_score(scores, known),
            "metrics": measured(scored.actual, scored.score, label),
            "breakdown": breakdown(scored),
            "calibration": calibration(scored.actual, scored.score),
            **self._without_leaked(own[there], scored),
        }

    def _without_leaked(self, keys: Keys, scored: Scored) -> dict[str, Any]:
        """The metrics without rows that several parts of a split share, where there are such rows."""
        kept = ~np.isin(keys, np.concatenate([_NONE, *self._leaked.values()]))
        if kept.all() or not kept.any():
            return {}
        label = None if scored.label is None else scored.label[kept]
        metrics = measured(scored.actual[kept], scored.score[kept], label)
        return {"leaked": int((~kept).sum()), "metrics_without_leaked": metrics}
