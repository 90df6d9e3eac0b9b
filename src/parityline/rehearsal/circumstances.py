"""What can be different when the same code runs again, one at a time."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

THREAD_VARIABLES = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"),
    *("NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS", "RAYON_NUM_THREADS"),
)
_BLAS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
_FAR_ZONE, _OTHER_ZONE = "Pacific/Auckland", "America/New_York"
LATER = 40 * 86_400 + 7 * 3_600 + 11 * 60
"""By so many seconds the clock is moved: another month, weekday and hour."""


@dataclass(frozen=True, slots=True)
class Circumstance:
    """One thing that changes.

    words: what changes. environment: the variables that differ. rows, chunks, column: what sources hand on otherwise.
    setup: what the process does before it runs the pipeline. missing: why it cannot be changed here, or None.
    """

    name: str
    words: str
    environment: Callable[[], Mapping[str, str]] = dict
    rows: bool = False
    chunks: bool = False
    column: tuple[str, str] | None = None
    setup: Mapping[str, Any] = field(default_factory=dict)
    missing: Callable[[], str | None] = lambda: None


def _zone() -> dict[str, str]:
    return {"TZ": _OTHER_ZONE if os.environ.get("TZ") == _FAR_ZONE else _FAR_ZONE}


@cache
def _locales() -> tuple[str, ...]:
    try:
        command = [shutil.which("locale") or "locale", "-a"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(done.stdout.split())


def _locale() -> dict[str, str]:
    """Turkish or another language where it is installed, else the plain one with its bytes."""
    languages = ("tr_TR", "de_DE", "fr_FR", "et_EE", "da_DK")
    for name in (found for language in languages for found in _locales() if found.startswith(language)):
        return {"LC_ALL": name, "LANG": name}
    return {"LC_ALL": "C", "LANG": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


def _no_clock() -> str | None:
    if importlib.util.find_spec("time_machine") is None:
        return "the clock cannot be moved: install parityline[rehearse]"
    return None


def _one_processor() -> str | None:
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return None if count > 1 else "this machine has one processor"


CIRCUMSTANCES: tuple[Circumstance, ...] = (
    Circumstance("nothing", "nothing at all"),
    Circumstance("hash seed", "Python's hash seed", lambda: {"PYTHONHASHSEED": "4242"}),
    Circumstance("row order", "the order of the rows of each source", rows=True),
    Circumstance("chunks", "the chunks in which sources arrive", chunks=True),
    Circumstance(
        "threads",
        "one thread on one processor",
        lambda: dict.fromkeys(THREAD_VARIABLES, "1"),
        setup={"processors": 1},
        missing=_one_processor,
    ),
    Circumstance("BLAS threads", "one thread of BLAS", lambda: dict.fromkeys(_BLAS, "1"), missing=_one_processor),
    Circumstance("time zone", "the time zone", _zone),
    Circumstance("locale", "language and encoding", _locale),
    Circumstance("time", "the clock, 40 days later", setup={"later": LATER}, missing=_no_clock),
    Circumstance("global seeds", "the seeds of the global generators", setup={"seed": 4242}),
)
"""In the order in which they are tried."""

BASE = {"PYTHONHASHSEED": "0"}
"""What is held fixed in every run, so that only one thing changes."""
