"""Columns that are taken by their place, not by their name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from parityline.lint.module import Hit, Module, words
from parityline.syntax.flow import argument, constants

CODE = "column-order-changed"
WORDS = re.compile(r"iloc|columns\[|\.values|to_numpy|read_(?:csv|table|excel|fwf)")
"""A file without any of these has nothing for this rule."""

_ARRAYS = ("values", "to_numpy")
_READERS = ("pandas.read_csv", "pandas.read_table", "pandas.read_excel", "pandas.read_fwf")


def hits(module: Module) -> Iterator[Hit]:
    """Alarms of this rule: places in `iloc`, `columns[...]`, arrays of tables and readers without names."""
    for node in module.nodes(ast.Subscript):
        if _takes_by_place(module, node):
            yield module.hit(node, CODE, f"`{words(node)}` takes columns by their place", "warning")
    for call, name in module.calls():
        if name not in _READERS:
            continue
        used = argument(call, "usecols")
        if isinstance(used, (ast.List, ast.Tuple)) and used.elts and all(map(_is_place, used.elts)):
            yield module.hit(
                call, CODE, f"`{words(call.func)}(usecols={words(used)})` reads columns by place", "warning"
            )
        header = argument(call, "header")
        if header is not None and constants(module.flow.values(header)) == [None] and argument(call, "names") is None:
            yield module.hit(
                call, CODE, f"`{words(call.func)}(header=None)` names the columns by their place", "warning"
            )


def _takes_by_place(module: Module, node: ast.Subscript) -> bool:
    holder = node.value
    if isinstance(holder, ast.Attribute) and holder.attr == "columns":
        return _is_place(node.slice) and (module.table(holder.value) is not None)
    if not (isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2 and _is_place(node.slice.elts[1])):
        return False
    if isinstance(holder, ast.Attribute) and holder.attr == "iloc":
        return True
    for value in [holder, *(v for v in module.flow.values(holder) if isinstance(v, ast.expr))]:
        made = value.func if isinstance(value, ast.Call) else value
        if isinstance(made, ast.Attribute) and made.attr in _ARRAYS and module.table(made.value):
            return True
    return False


def _is_place(expression: ast.expr) -> bool:
    """Whether an index is a written number, or a slice or list of such."""
    match expression:
        case ast.Constant(value=int()):
            return True
        case ast.UnaryOp(operand=ast.Constant(value=int())):
            return True
        case ast.Slice():
            step = expression.step
            bounds = [bound for bound in (expression.lower, expression.upper, step) if bound is not None]
            is_empty = isinstance(expression.upper, ast.Constant) and expression.upper.value == 0
            return bool(bounds) and all(map(_is_place, bounds)) and not is_empty
        case ast.List():
            return bool(expression.elts) and all(map(_is_place, expression.elts))
    return False
