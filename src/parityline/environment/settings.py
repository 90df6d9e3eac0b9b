"""What is set around the program: variables that numerical libraries read, locale and encodings."""

from __future__ import annotations

import locale
import os
import re
import sys
from functools import partial

from parityline.environment.reading import Readers, token

# How many threads compute, and which code path: both decide the order of additions. Nothing else is ever read.
VARIABLES = (
    "BLIS_NUM_THREADS",
    "CUBLAS_WORKSPACE_CONFIG",
    "GOTO_NUM_THREADS",
    "MKL_CBWR",
    "MKL_DYNAMIC",
    "MKL_NUM_THREADS",
    "NPY_DISABLE_CPU_FEATURES",
    "NUMBA_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NVIDIA_TF32_OVERRIDE",
    "OMP_DYNAMIC",
    "OMP_NUM_THREADS",
    "OMP_SCHEDULE",
    "OMP_THREAD_LIMIT",
    "OPENBLAS_CORETYPE",
    "OPENBLAS_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "RAYON_NUM_THREADS",
    "TF_DETERMINISTIC_OPS",
    "TF_ENABLE_ONEDNN_OPTS",
    "VECLIB_MAXIMUM_THREADS",
)

CATEGORIES = {
    "collate": locale.LC_COLLATE,
    "ctype": locale.LC_CTYPE,
    "numeric": locale.LC_NUMERIC,
    "time": locale.LC_TIME,
}
LOCALE = re.compile(r"[A-Za-z0-9_.@ -]{1,60}")


def variable(name: str) -> str | None:
    """The value of an environment variable, if it is set, not empty, and a short token."""
    value = os.environ.get(name)
    return token(value) if value else None


def category(name: str) -> str:
    """The locale in effect, which is `C` until a program asks for another, whatever the variables say."""
    return token(locale.setlocale(CATEGORIES[name], None), LOCALE)


def preferred_encoding() -> str:
    """What `open` decodes text with when it is not told."""
    return "utf-8" if sys.flags.utf8_mode else token(locale.getencoding().lower())


THREADS: Readers = {name: partial(variable, name) for name in VARIABLES}

LOCALE_FACTS: Readers = {
    **{name: partial(category, name) for name in CATEGORIES},
    "preferred_encoding": preferred_encoding,
    "filesystem_encoding": sys.getfilesystemencoding,
}
