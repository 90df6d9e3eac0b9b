"""Joins whose keys are floating-point numbers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from parityline.lint.module import Hit, Module, words
from parityline.syntax.flow import argument
from parityline.syntax.names import each

CODE = "join-match-lost"
WORDS = re.compile(r"merge\(|join\(")
"""A file without any of these has nothing for this rule."""

_FLOATS = each("float float32 float64 f4 f8 double Float64 Float32")


def hits(module: Module) -> Iterator[Hit]:
    """Alarms of this rule: a column that was divided, multiplied by a fraction or cast to float is a key of a join."""
    made = _float_columns(module)
    for call in module.flow.calls:
        function = call.func
        method = function.attr if isinstance(function, ast.Attribute) else ""
        if method not in ("merge", "join"):
            continue
        for column in _keys(call):
            if line := made.get(column):
                sentence = f"`{words(call)}` joins on `{column}`, a floating-point number since line {line}"
                yield module.hit(call, CODE, f"{sentence}: equality is chance", "warning")
                break


def _keys(call: ast.Call) -> Iterator[str]:
    for name in ("on", "left_on", "right_on"):
        given = argument(call, name)
        for node in ast.walk(given) if given is not None else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def _float_columns(module: Module) -> dict[str, int]:
    """Columns that the module makes floating-point numbers of, with the line where it does."""
    found: dict[str, int] = {}
    for assigned in module.nodes(ast.Assign):
        for target in assigned.targets:
            if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
                column = str(target.slice.value)
                if _is_float(assigned.value):
                    found[column] = assigned.lineno
                else:
                    found.pop(column, None)
    for call in module.flow.calls:
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if method == "assign":
            found |= {k.arg: call.lineno for k in call.keywords if k.arg and _is_float(k.value)}
        if method == "astype" and call.args and isinstance(call.args[0], ast.Dict):
            for key, kind in zip(call.args[0].keys, call.args[0].values, strict=True):
                if isinstance(key, ast.Constant) and _is_float_type(kind):
                    found[str(key.value)] = call.lineno
    return found


def _is_float(value: ast.expr) -> bool:
    match value:
        case ast.Lambda():
            return _is_float(value.body)
        case ast.BinOp(op=ast.Div()):
            return True
        case ast.BinOp(op=ast.Mult() | ast.Add() | ast.Sub()):
            return any(_is_fraction(s) or _is_float(s) for s in (value.left, value.right))
        case ast.Call(func=ast.Attribute(attr="astype"), args=[kind, *_]):
            return _is_float_type(kind)
        case ast.Call(func=ast.Attribute(attr="round"), args=[ast.Constant(value=int(digits))]):
            return digits > 0
    return False


def _is_fraction(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and isinstance(value.value, float) and value.value % 1 != 0


def _is_float_type(kind: ast.expr) -> bool:
    name = kind.value if isinstance(kind, ast.Constant) else ast.unparse(kind).rpartition(".")[2]
    return name in _FLOATS
