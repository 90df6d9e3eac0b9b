"""The native libraries that do the arithmetic: the order in which they add numbers changes the last digits."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import PurePath
from typing import Any

import numpy as np

from parityline.environment.reading import Readers, UnreadableError, token


def built_with(part: str) -> str | None:
    """Name and version of the library that numpy was built with, such as `scipy-openblas 0.3.31`."""
    config: dict[str, Any] = np.show_config(mode="dicts")  # type: ignore[assignment]
    library = config["Build Dependencies"].get(part, {})
    return " ".join(token(library[key]) for key in ("name", "version") if library.get(key)) or None


def loaded() -> dict[str, dict[str, dict[str, object]]]:
    """Package that ships it -> library -> version, threads and processor architecture, for those in this process.

    Two packages may have brought two builds of one library. Asks threadpoolctl, and only where the process has
    imported it already, as scikit-learn does.
    """
    control = sys.modules.get("threadpoolctl")
    if control is None:
        raise UnreadableError("threadpoolctl is not imported")
    found: dict[str, dict[str, dict[str, object]]] = {}
    for pool in sorted(control.threadpool_info(), key=lambda pool: (str(pool["version"]), pool["num_threads"])):
        libraries = found.setdefault(_owner(pool["filepath"]), {})
        name = token(pool["internal_api"])
        while name in libraries:
            name += "+"
        texts = {key: token(pool[key]) for key in ("version", "architecture", "threading_layer") if pool.get(key)}
        libraries[name] = {**texts, "threads": int(pool["num_threads"])}
    return found


def _owner(path: str) -> str:
    """The folder of `site-packages` that holds the library (`numpy.libs` counts as numpy), else "system"."""
    parts = PurePath(path).parts
    for place in reversed(range(len(parts) - 2)):
        if parts[place] in ("site-packages", "dist-packages"):
            return token(parts[place + 1].removesuffix(".libs"))
    return "system"


FACTS: Readers = {
    "numpy": {"blas": partial(built_with, "blas"), "lapack": partial(built_with, "lapack")},
    "loaded": loaded,
}
