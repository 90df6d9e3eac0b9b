"""What a test needs and a machine may lack: skipped with the reason, and failed where everything is required."""

from __future__ import annotations

import importlib
import os
from typing import Any

import pytest


def missing(reason: str) -> None:
    """Skip the test with a reason; fail it where everything is required."""
    if os.environ.get("PARITYLINE_REQUIRE_ALL") == "1":
        pytest.fail(f"{reason}, and PARITYLINE_REQUIRE_ALL=1 asks for everything", pytrace=False)
    pytest.skip(reason)


def native_kernel() -> Any:
    """The native kernel; one that is there and does not load is broken, and fails."""
    try:
        return importlib.import_module("parityline.kernel._native")
    except ModuleNotFoundError as error:
        if error.name != "parityline.kernel._native":
            raise
        missing("the native kernel was not built: no module parityline.kernel._native")
