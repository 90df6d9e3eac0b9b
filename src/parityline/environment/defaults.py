"""The defaults of the library calls that a pipeline makes: found in its code, read off the imported libraries."""

from __future__ import annotations

import ast
import inspect
import os
import sys
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any

from parityline.syntax.flow import Flow
from parityline.syntax.frames import frame

MOST_BYTES = 256 << 10
"""Of code that is read; further files are left out, so that recording stays quick."""
MOST_CALLS = 400
_LONGEST = 60
_INSTALLED = f"{os.sep}site-packages{os.sep}"
_EFFECTIVE = {
    ("pandas.DataFrame.groupby", "observed"): "False",
    ("pandas.Series.groupby", "observed"): "False",
    ("pandas.DataFrame.pivot_table", "observed"): "False",
}
"""What stands behind a default that only says that none was given."""
_CLASSES = {
    "pandas": (("pandas", "DataFrame"), ("pandas", "Series"), ("pandas.api.typing", "DataFrameGroupBy")),
    "polars": (("polars", "DataFrame"), ("polars", "LazyFrame"), ("polars", "Series"), ("polars", "Expr")),
}
"""Where the methods of a table are looked for, in order."""


def of_code(paths: Iterable[str | os.PathLike[str]]) -> dict[str, dict[str, str]]:
    """The defaults of the library calls in some Python files, by the full name of what is called, then by parameter.

    A parameter is listed where a call leaves it to its default. Only libraries that are imported already are looked at;
    calls whose target the text does not tell, and those of the standard library, are left out. What cannot be read or
    parsed is left out, too. Values are as Python writes them, cut to 60 characters.
    """
    found: dict[str, dict[str, str]] = {}
    left = MOST_BYTES
    for path in map(os.path.abspath, paths):
        try:
            state = os.stat(path)
        except OSError:
            continue
        left -= state.st_size
        if left < 0:
            break
        for name, own in _of_file(path, state.st_mtime_ns, state.st_size, len(sys.modules)):
            if name in found or len(found) < MOST_CALLS:
                found[name] = {**found.get(name, {}), **own}
    return dict(sorted(found.items()))


@lru_cache(maxsize=256)
def _of_file(path: str, changed: int, size: int, modules: int) -> list[tuple[str, dict[str, str]]]:
    """The defaults that the calls of one file leave, kept while neither the file nor what is imported changes."""
    try:
        flow = Flow(ast.parse(Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, SyntaxError, RecursionError):
        return []
    found = []
    for name, call in _calls(flow):
        target, bound = _target(name)
        given = None if target is None else _given(call, target, bound)
        own = {} if given is None else {n: v for n, v in of_callable(target).items() if n not in given}
        if own:
            found.append((name, {n: _EFFECTIVE.get((name, n), v) if v == "no_default" else v for n, v in own.items()}))
    return found


def of_callable(target: Any) -> dict[str, str]:
    """The defaults of a function, method or class, by parameter; empty for one that has no signature."""
    try:
        parameters = inspect.signature(target).parameters.values()
    except (ValueError, TypeError):
        return {}
    return {p.name: _text(p.default) for p in parameters if p.default is not inspect.Parameter.empty}


def files_beside(path: str) -> list[str]:
    """A script, and the imported modules that lie beside or below it: the code of one pipeline.

    Empty for what is no file, such as a cell of a notebook, and for installed code, which is nobody's pipeline.
    """
    if not os.path.isfile(path) or _INSTALLED in path:
        return []
    folder = os.path.dirname(os.path.abspath(path))
    found = {os.path.abspath(path): None}
    for module in list(sys.modules.values()):
        own = getattr(module, "__file__", None)
        if own and own.endswith(".py") and own.startswith(folder + os.sep) and _INSTALLED not in own:
            found[own] = None
    return list(found)


def _calls(flow: Flow) -> Iterator[tuple[str, ast.Call]]:
    for call in flow.calls:
        name = flow.name(call.func)
        if name is None or name.startswith("<"):
            continue
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top != "parityline":
            yield _canonical(name), call


def _canonical(name: str) -> str:
    """`pandas.read_csv().dropna().groupby` as `pandas.DataFrame.groupby`: the method, whatever made the table."""
    kind = frame(name.rpartition(".")[0])
    method = name.rpartition(".")[2]
    if kind in _CLASSES and "()" in name:
        for module, owner in _CLASSES[kind]:
            known = getattr(sys.modules.get(module), owner, None)
            if hasattr(known, method):
                return f"{module}.{owner}.{method}"
    return name


def _target(name: str) -> tuple[Any, bool]:
    """The object of a full name among the imported modules, and whether it is a method; None where there is none."""
    parts = name.replace("()", "").split(".")
    for cut in range(len(parts) - 1, 0, -1):
        found: Any = sys.modules.get(".".join(parts[:cut]))
        if found is None:
            continue
        owner = None
        for part in parts[cut:]:
            owner, found = found, getattr(found, part, None)
        return (found, inspect.isclass(owner)) if callable(found) else (None, False)
    return None, False


def _given(call: ast.Call, target: Any, bound: bool) -> set[str] | None:
    """The parameters that a call gives; None where it gives some that the text does not tell."""
    if any(isinstance(given, ast.Starred) for given in call.args) or any(k.arg is None for k in call.keywords):
        return None
    try:
        names = list(inspect.signature(target).parameters)
    except (ValueError, TypeError):
        return None
    places = names[1:] if bound and not inspect.isclass(target) else names
    return {*places[: len(call.args)], *(k.arg for k in call.keywords if k.arg)}


def _text(value: Any) -> str:
    """A default as text that is the same in every process: no address, no long listing."""
    if isinstance(value, Enum):
        return str(value.name)
    if callable(value) and hasattr(value, "__qualname__"):
        return str(value.__qualname__)
    text = repr(value)
    if " at 0x" in text:
        return type(value).__name__
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
