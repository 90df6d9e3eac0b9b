"""Lists of names in few lines, and the last part of a called name."""

from __future__ import annotations

import ast


def each(*lines: str) -> frozenset[str]:
    """The names of some lines, separated by spaces."""
    return frozenset(name for line in lines for name in line.split())


def last_name(function: ast.expr) -> str:
    """The last part of what is called: `read_csv` of `pd.read_csv`; empty where it has no name."""
    match function:
        case ast.Name():
            return function.id
        case ast.Attribute():
            return function.attr
    return ""
