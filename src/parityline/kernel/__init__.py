"""The kernel: a table in, the summaries of its fingerprint out.

`reference` is the specification in plain numpy. The native twin, where it was built, gives the same bytes faster.
"""

from __future__ import annotations

import os
import warnings
from functools import cache
from importlib import import_module
from typing import Any

from parityline.errors import UsageError
from parityline.kernel import reference
from parityline.kernel.parameters import Parameters, Partition
from parityline.kernel.state import ColumnState, State
from parityline.tables import Table, located

__all__ = ["ColumnState", "KernelWarning", "Parameters", "Partition", "State", "build", "kernel_name"]


class KernelWarning(UserWarning):
    """The native kernel was not built: results are the same, and slower."""


@cache
def _twin() -> Any:
    """The native kernel, or None where it was not built or `PARITYLINE_KERNEL=reference` asks for the other one."""
    if os.environ.get("PARITYLINE_KERNEL") == "reference":
        return None
    try:
        return import_module("parityline.kernel._native")
    except ModuleNotFoundError as error:
        if error.name != "parityline.kernel._native":
            raise  # built, and broken: that must be seen
        return None


@cache
def _warn_once() -> None:
    if os.environ.get("PARITYLINE_KERNEL") != "reference":
        way_out = "install a Rust toolchain and parityline again to make it fast"
        warnings.warn(f"parityline runs on its reference kernel in plain numpy; {way_out}", KernelWarning, stacklevel=4)


def kernel_name() -> str:
    """`native` or `reference`."""
    return "reference" if _twin() is None else "native"


def thread_count() -> int | None:
    """How many threads the native kernel takes, by `PARITYLINE_THREADS`; None for one a processor.

    Raises UsageError for anything but a positive whole number.
    """
    given = os.environ.get("PARITYLINE_THREADS", "")
    if not given:
        return None
    if not given.isascii() or not given.isdigit() or not int(given):
        raise UsageError(f"PARITYLINE_THREADS: expected a positive whole number, found {given!r}; correct or unset it")
    return int(given)


def build(table: Table, parameters: Parameters) -> State:
    """The fingerprint of a table; see `reference.build` for what it raises."""
    if table.distributed is not None:
        made: State = table.distributed.state(parameters)
        return made
    native, threads = _twin(), thread_count()
    if native is None:
        _warn_once()
        return reference.build(table.read(), parameters)
    if table.streams is not None:
        builder = native.Builder(parameters, threads)
        try:
            for where, stream in table.streams():
                with located(where):
                    builder.add(stream)
            return State.from_bytes(builder.finish(), own=True)
        except NotImplementedError:
            pass  # a type that only pyarrow reads, found before any row was
    return State.from_bytes(native.build(table.read(), parameters, threads), own=True)
