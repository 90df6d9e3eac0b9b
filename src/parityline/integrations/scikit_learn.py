"""A scikit-learn pipeline under observation: the output of each step is a stage, and the pipeline stays as it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from parityline.errors import UsageError
from parityline.recording import Recorder, active

_METHODS = ("fit_transform", "transform")


@contextmanager
def tap(
    pipeline: Any,
    run: Recorder | None = None,
    *,
    keys: Any = None,
    key: str = "key",
    inputs: Sequence[str] = (),
) -> Iterator[Any]:
    """Record what each step of a scikit-learn pipeline gives, while it fits or predicts inside this context.

    Args:
        pipeline: a Pipeline; every step but the last one that transforms becomes a stage of features with its name.
        run: the recorder; without it the one whose `with` is around.
        keys: the name of each row, (n,), as it goes into the pipeline; without it rows have none. Steps that change the
            number of rows have no key.
        key: the name of the column of keys in the stages.
        inputs: stages that the first step is made of.

    Yields the pipeline. A second call inside the context is recorded for steps that were not yet. Raises UsageError
    for what is no pipeline, and where nothing is recording.
    """
    recorder = run if run is not None else active()
    if recorder is None:
        raise UsageError("tap: expected a recording around it; use it inside `with parityline.record(...) as run:`")
    steps = getattr(pipeline, "steps", None)
    if not isinstance(steps, list):
        raise UsageError(f"tap: expected a scikit-learn Pipeline, found {type(pipeline).__name__}")
    names = None if keys is None else np.asarray(keys)
    before: list[str] = list(inputs)
    changed: list[tuple[Any, str]] = []
    try:
        for name, step in steps:
            if not hasattr(step, "transform"):
                continue
            for method in _METHODS:
                if hasattr(step, method):
                    _observe(step, method, name, recorder, names, key, tuple(before))
                    changed.append((step, method))
            before = [name]
        yield pipeline
    finally:
        for step, method in changed:
            step.__dict__.pop(method, None)


def _observe(
    step: Any, method: str, name: str, recorder: Recorder, keys: Any, key: str, inputs: tuple[str, ...]
) -> None:
    """Put a method over the step's own that records what it gives; a stage that is recorded already stays."""
    own = getattr(step, method)

    def observed(*arguments: Any, **keywords: Any) -> Any:
        result = own(*arguments, **keywords)
        if name not in recorder.record.stages:
            known = [stage for stage in inputs if stage in recorder.record.stages]
            table = _table(result, step)
            more = {}
            if keys is not None and _rows(result) == len(keys):
                table, more = {key: keys, **table}, {"key": key}
            recorder.features(name, table, inputs=known, **more)
        return result

    step.__dict__[method] = observed


def _rows(result: Any) -> int:
    return int(result.shape[0]) if hasattr(result, "shape") else len(result)


def _table(result: Any, step: Any) -> dict[str, Any]:
    """The output as named columns: its own, those that the step names, or by place."""
    if hasattr(result, "columns"):
        return {str(name): result[name].to_numpy() for name in result.columns}
    dense = result.toarray() if hasattr(result, "toarray") else np.asarray(result)
    if dense.ndim == 1:
        dense = dense[:, np.newaxis]
    try:
        names = [str(name) for name in step.get_feature_names_out()]
    except Exception:  # not every step can name its output, and fails in its own way
        names = []
    if len(names) != dense.shape[1]:
        names = [f"column {i + 1}" for i in range(dense.shape[1])]
    return {name: dense[:, i] for i, name in enumerate(names)}
