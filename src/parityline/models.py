"""What a model is: its class, parameters, fitted state and names, read off the object and never run."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import numpy as np

from parityline.environment.defaults import of_callable

_SMALL = 64
"""Fitted arrays of at most so many numbers are kept as values beside their digest."""


def describe(model: Any) -> dict[str, Any]:
    """Facts of a model object as JSON values.

    class: module and name. parameters: `get_params()` with nested estimators as their class; of a splitter, its
    attributes. defaults: the names of the parameters that have their default value. fitted: a digest for each
    attribute that ends with `_`, with its values while few. features, classes: names in order. steps: the same for the
    steps of a pipeline. An object without any of this has its class alone.
    """
    facts: dict[str, Any] = {"class": f"{type(model).__module__}.{type(model).__qualname__}"}
    if hasattr(model, "get_params"):
        try:
            given = sorted(model.get_params(deep=False).items())
            facts["parameters"] = {k: _parameter(v) for k, v in given}
            known = of_callable(type(model))
            facts["defaults"] = sorted(k for k, v in given if repr(v) == known.get(k))
        except Exception as error:  # the user's own class; whatever it raises, the rest is still worth having
            facts["unreadable"] = f"get_params: {type(error).__name__}"
    elif hasattr(model, "split") and hasattr(model, "__dict__"):  # splitters name their parameters as attributes
        facts["parameters"] = {k: _parameter(v) for k, v in sorted(vars(model).items()) if not k.startswith("_")}
    steps = getattr(model, "steps", None) or getattr(model, "transformers_", None)
    if isinstance(steps, list):
        facts["steps"] = {str(step[0]): describe(step[1]) for step in steps if not isinstance(step[1], str)}
    else:
        facts["fitted"] = _fitted(model)
    for fact, attribute in (("features", "feature_names_in_"), ("classes", "classes_")):
        names = _attribute(model, attribute)
        if names is not None:
            facts[fact] = [_plain(item) for item in np.asarray(names).reshape(-1).tolist()][:10_000]
    return facts


def _attribute(model: Any, name: str) -> Any:
    try:
        return getattr(model, name, None)
    except Exception:  # properties of estimators may raise anything when they do not apply
        return None


def _fitted(model: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in sorted(vars(model) if hasattr(model, "__dict__") else ()):
        if name.endswith("_") and not name.startswith("_") and name not in ("feature_names_in_", "classes_"):
            summary = _summary(vars(model)[name])
            if summary is not None:
                found[name] = summary
    return found


def _summary(value: Any) -> Any:
    if isinstance(value, (bool, int, float, str, np.generic)):
        return {"value": _plain(value)}
    if isinstance(value, (list, tuple)):
        parts = [_summary(v) for v in value]
        if any(part is None for part in parts):
            return None
        return {"digest": hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest(), "items": len(parts)}
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "O":
            return _summary(value.reshape(-1).tolist())
        return _array(value)
    if hasattr(value, "get_params"):
        return {"digest": hashlib.blake2b(repr(describe(value)).encode(), digest_size=16).hexdigest()}
    if hasattr(value, "__getstate__") and type(value).__name__ == "Tree":
        return _summary([value.__getstate__()["nodes"].tobytes().hex(), value.__getstate__()["values"]])
    return None


def _array(value: Any) -> dict[str, Any]:
    plain = np.ascontiguousarray(value)
    if plain.dtype.kind == "f":
        plain = plain + 0.0  # -0.0 is 0.0
    digest = hashlib.blake2b(f"{plain.dtype.str}{plain.shape}".encode() + plain.tobytes(), digest_size=16).hexdigest()
    facts: dict[str, Any] = {"digest": digest, "shape": list(plain.shape)}
    if plain.size <= _SMALL and plain.dtype.kind in "biuf":
        facts["values"] = [_plain(v) for v in plain.reshape(-1).tolist()]
    return facts


def _parameter(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str, np.generic)):
        return _plain(value)
    if isinstance(value, (list, tuple)):
        return [_parameter(v) for v in value]
    if isinstance(value, dict):
        return {str(k): _parameter(v) for k, v in sorted(value.items(), key=lambda item: str(item[0]))}
    # a repr may hold an address, which differs in every process
    return f"{type(value).__module__}.{type(value).__qualname__}"


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value if isinstance(value, (bool, int, float, str, type(None))) else str(value)
