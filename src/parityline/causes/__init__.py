"""Explanations of differences, one a file: a predicate over both sides and its sentence.

A module here with `CODE`, `RUNG` and `explain` is a cause; they are tried from the weakest change to the strongest.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from parityline.causes.cause import Cause, Rung

__all__ = ["Cause", "Rung", "causes"]


@cache
def causes() -> tuple[Cause, ...]:
    """All causes, from the weakest change on; among equals by code."""
    found = []
    for module in pkgutil.iter_modules(__path__):
        loaded = import_module(f"{__name__}.{module.name}")
        if hasattr(loaded, "CODE"):
            found.append(Cause(loaded.CODE, loaded.RUNG, loaded.explain))
    return tuple(sorted(found, key=lambda cause: (cause.rung, cause.code)))
