"""The process of one rehearsed run: `python -m parityline.rehearsal.child SETUP TARGET ARGUMENTS...`.

SETUP is JSON: `seed` for the global generators, `later` seconds and `start` for the clock, `processors` to run on.
TARGET is a script, or `module:function`. The pipeline runs as it would have been started by hand.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import runpy
import sys
from typing import Any


def main() -> None:
    setup, target, *arguments = sys.argv[1:]
    with prepared(json.loads(setup)):
        run(target, arguments)


def prepared(setup: dict[str, Any]) -> contextlib.ExitStack:
    """The circumstances that only the process itself can change."""
    stack = contextlib.ExitStack()
    if setup.get("processors") and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: setup["processors"]])
    if "seed" in setup:
        _seed(setup["seed"])
    if "start" in setup:
        import time_machine

        stack.enter_context(time_machine.travel(setup["start"] + setup.get("later", 0), tick=True))
    return stack


def _seed(seed: int) -> None:
    import random

    import numpy as np

    random.seed(seed)
    np.random.seed(seed)


def run(target: str, arguments: list[str]) -> None:
    """Run a script as `python script.py` does, or call `module:function` without arguments."""
    if target.endswith(".py"):
        sys.argv = [target, *arguments]
        sys.path.insert(0, os.path.dirname(os.path.abspath(target)))
        runpy.run_path(target, run_name="__main__")
        return
    module, _, function = target.partition(":")
    sys.argv = [target, *arguments]
    sys.path.insert(0, os.getcwd())
    getattr(importlib.import_module(module), function)()


if __name__ == "__main__":
    main()
