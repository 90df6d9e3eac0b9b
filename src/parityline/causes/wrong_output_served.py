"""Another output of the model is served: the other class, or labels for scores."""

from __future__ import annotations

import numpy as np

from parityline import serving_slips
from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "wrong-output-served"
RUNG = Rung.OUTPUT


def explain(case: Case) -> Finding | None:
    return _replayed(case) or _seen(case)


def _replayed(case: Case) -> Finding | None:
    """Each side's own model gives its predictions, whatever their features are, by another of its outputs."""
    if case.column is None or case.context is None or case.table.kind != "predictions":
        return None
    name = case.column.name
    before, after = (serving_slips.served(stage.facts.get("slips"), name) for stage in case.context.stages)
    if before is None or after is None or before == after:
        return None
    sentence = f"`{name}` is `{after}` of the model here and `{before}` in research, by replays on both sides"
    return case.found(CODE, sentence, evidence={"outputs": [before, after]})


def _seen(case: Case) -> Finding | None:
    found = case.numbers()
    column = case.column
    if found is None or column is None or case.table.kind != "predictions":
        return None
    before, after = found
    if not ((before > 0) & (before < 1)).any() and not column.differs.all():
        return None  # of decisions, every change is 1 - p: only all of them together prove that classes are reversed
    if before.min() < 0 or before.max() > 1:
        return None
    if np.allclose(after, 1 - before, rtol=0, atol=1e-12):
        return case.found(CODE, f"the served value of `{column.name}` is 1 - p: the order of classes is reversed")
    if np.array_equal(after, (before > 0.5).astype(np.float64)) and len(np.unique(after)) == 2:
        return case.found(CODE, f"`{column.name}` holds the predicted class, not its probability")
    return None
