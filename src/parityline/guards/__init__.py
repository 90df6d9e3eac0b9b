"""Around a model's predict: every input and output is held against the reference, counted, and handed on untouched.

In open mode (the default) a guard changes no answer: whatever goes wrong in it is counted as skipped, and what predict
raises is raised. It never raises by itself unless it was asked to.
"""

from __future__ import annotations

import os
from typing import Any

from parityline.guards.counts import Counts
from parityline.guards.guard import KEPT_ROWS, Guard, GuardedModel
from parityline.guards.middleware import GuardMiddleware
from parityline.records import Record

__all__ = ["Counts", "Guard", "GuardMiddleware", "GuardedModel", "guard"]


def guard(
    predict: Any,
    reference: str | os.PathLike[str] | Record,
    *,
    stage: str | None = None,
    reject: bool = False,
    closed: bool = False,
    keep: int = KEPT_ROWS,
) -> Any:
    """A guard around predict: a function, or a model with `predict` and `predict_proba`.

    Args:
        predict: called as before; the first argument holds the rows: one mapping, a list of mappings, an array with the
            columns of the stage but its key, or a table.
        reference: the record that inputs and outputs are held against, or its path.
        stage: the stage that predict is given; else the features that predictions are made of.
        reject: raise BadInputError for an input that the reference would not have; default: count only.
        closed: let a failure of the guard itself stop the call; default: count it as skipped.
        keep: so many rows are kept for the record of the day; 0 for none.

    Raises UsageError and FormatError at once where the record cannot be read or has no such stage.
    """
    options: dict[str, Any] = {"stage": stage, "reject": reject, "closed": closed, "keep": keep}
    if callable(predict) and not hasattr(predict, "predict"):
        return Guard(predict, reference, **options)
    return GuardedModel(predict, reference, **options)
