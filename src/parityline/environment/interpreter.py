"""Which Python runs, how it was built, and the switches it was started with."""

from __future__ import annotations

import os
import platform
import sys

from parityline.environment.reading import Readers


def hash_seed() -> str:
    """`PYTHONHASHSEED` as it took effect at the start: a number, or "random".

    A number that the program itself puts into the variable later does nothing; that is told apart for 0 only,
    because the interpreter remembers whether hashes are randomised, not by which seed.
    """
    if not sys.flags.hash_randomization:
        return "0"
    seed = "" if sys.flags.ignore_environment else os.environ.get("PYTHONHASHSEED", "")
    return str(int(seed)) if seed.isdecimal() and int(seed) else "random"


FACTS: Readers = {
    "implementation": platform.python_implementation,
    "version": platform.python_version,
    "build": lambda: ", ".join(filter(None, platform.python_build())),
    "compiler": platform.python_compiler,
    "bits": lambda: sys.maxsize.bit_length() + 1,
    "hash_seed": hash_seed,
    # of the build, and of this process: a free-threaded build can run with the lock on
    "free_threaded": lambda: "free-threading build" in sys.version,
    "global_lock": lambda: bool(getattr(sys, "_is_gil_enabled", lambda: True)()),
    "optimize": lambda: sys.flags.optimize,
    "utf8_mode": lambda: bool(sys.flags.utf8_mode),
}
