"""Where the rows of a table come from, and whether they were put in order on the way."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from parityline.lint.module import Module, remembered
from parityline.syntax.names import each

ORDERING = each(
    "sort_values sort_index sort order_by orderBy nlargest nsmallest top_k bottom_k sort_by set_index merge_asof",
)
_TRANSFORMERS = each(
    "pandas.get_dummies pandas.concat pandas.DataFrame numpy.asarray numpy.array pandas.to_numeric polars.DataFrame",
    "polars.from_pandas sklearn.utils.check_array",
)


@dataclass(frozen=True, slots=True)
class Origin:
    """A call that made a table. ordered: whether a method on the way to the use sorts the rows."""

    call: ast.Call
    name: str
    ordered: bool


@remembered(())
def origins(module: Module, expression: ast.expr, ordered: bool = False) -> Sequence[Origin]:
    """The calls that made the table behind an expression, followed through methods, items and variables.

    ordered: whether the rows are sorted between there and the use that is asked about.
    """
    return tuple(dict.fromkeys(_origins(module, expression, ordered)))


def _origins(module: Module, expression: ast.expr, ordered: bool) -> Iterator[Origin]:
    match expression:
        case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Starred(value=inner):
            yield from origins(module, inner, ordered)
        case ast.Name():
            for binding in module.flow.bindings(expression):
                if binding.value is not None and binding.how in ("is", "item"):
                    sorted_in_place = ordered or is_sorted_in_place(module, expression)
                    yield from origins(module, binding.value, sorted_in_place)
                elif binding.how == "parameter":
                    for given in module.flow.arguments_of(binding):
                        if isinstance(given, ast.expr):
                            yield from origins(module, given, ordered)
        case ast.Call():
            name = module.flow.name(expression.func) or ""
            function = expression.func
            if (passed := module.flow.tapped(expression)) is not None:
                yield from origins(module, passed, ordered)
            elif name in _TRANSFORMERS and expression.args:
                yield from origins(module, expression.args[0], ordered)
            elif isinstance(function, ast.Attribute) and (function.attr in ORDERING):
                yield from origins(module, function.value, True)
            elif (local := module.flow.local(function)) and isinstance(local, (ast.FunctionDef, ast.AsyncFunctionDef)):
                for back in module.flow.returns(local):
                    yield from origins(module, back, ordered)
            else:
                if name:
                    yield Origin(expression, name, ordered)
                if isinstance(function, ast.Attribute):
                    yield from origins(module, function.value, ordered)
        case ast.List() | ast.Tuple():
            for part in expression.elts:
                yield from origins(module, part, ordered)
        case ast.BinOp():
            yield from origins(module, expression.left, ordered)


def is_sorted_in_place(module: Module, use: ast.Name) -> bool:
    """Whether a variable is sorted in place before a use."""
    for call in module.flow.calls:
        function = call.func
        if isinstance(function, ast.Attribute) and function.attr in ORDERING and isinstance(function.value, ast.Name):
            in_place = any(k.arg == "inplace" for k in call.keywords)
            if in_place and function.value.id == use.id and call.lineno <= use.lineno:
                return True
    return False


@remembered(False)
def is_ordered(module: Module, expression: ast.expr) -> bool:
    """Whether the rows of a table were sorted on the way from where it was made, whatever that was."""
    match expression:
        case ast.Call() if (given := module.flow.tapped(expression)) is not None:
            return is_ordered(module, given)
        case ast.Call(func=ast.Attribute(attr=method, value=inner)):
            return method in ORDERING or is_ordered(module, inner)
        case ast.Attribute(value=inner) | ast.Subscript(value=inner):
            return is_ordered(module, inner)
        case ast.Name():
            if is_sorted_in_place(module, expression):
                return True
            for binding in module.flow.bindings(expression):
                values: list[Any] = [binding.value] if binding.how == "is" else []
                values += module.flow.arguments_of(binding) if binding.how == "parameter" else []
                if any(is_ordered(module, value) for value in values if isinstance(value, ast.expr)):
                    return True
    return False
