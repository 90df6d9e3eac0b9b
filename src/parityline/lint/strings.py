"""SQL inside Python: which strings are queries, and their text where parts are filled in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from parityline.lint.module import Module, remembered
from parityline.syntax.flow import argument
from parityline.syntax.names import each

FILLED = "filled_in"
"""Stands for a part of a query that is only known when the code runs."""
RUNNERS = each(
    "read_sql read_sql_query read_sql_table read_database read_database_uri execute executemany sql query text",
    "fetch_df fetchdf run_query read_gbq from_query",
)
"""Functions and methods that are given a query."""
_PARAMETERS = ("sql", "query", "statement", "con")
SQL_WORDS = re.compile(r"\bselect\s", re.I)
"""A module without these has no query."""
_SQL = re.compile(
    r"^(?:\s|--[^\n]*\n|/\*.*?\*/)*(?:select\b.*\bfrom\b|select\s+[\w(*]|with\s+(?:recursive\s+)?\"?\w+\"?\s*(?:\([^)]*\)\s*)?as\s*\(|"
    r"create\s+(?:or\s+replace\s+)?(?:temp\w*\s+)?(?:table|view)\b.*\bas\b|insert\s+into\b.*\bselect\b|from\s+\w+\s+select\b)",
    re.I | re.S,
)


@remembered(None)
def text_of(module: Module, expression: ast.expr) -> tuple[str, ast.expr] | None:
    """The text of a string that may be joined, filled in or held by a variable, and the node where it is written."""
    match expression:
        case ast.Constant(value=str(text)):
            return text, expression
        case ast.JoinedStr():
            parts = [str(p.value) if isinstance(p, ast.Constant) else FILLED for p in expression.values]
            return "".join(parts), expression
        case ast.BinOp(op=ast.Add()):
            left, right = (text_of(module, side) for side in (expression.left, expression.right))
            if left:
                return left[0] + (right[0] if right else f" {FILLED} "), left[1]
        case ast.BinOp(op=ast.Mod()):
            if left := text_of(module, expression.left):
                return re.sub(r"%\(\w+\)s|%[sd]", FILLED, left[0]), left[1]
        case ast.Call(func=ast.Attribute(attr="format", value=inner)):
            if left := text_of(module, inner):
                return re.sub(r"\{[^{}]*\}", FILLED, left[0]), left[1]
        case ast.Call(func=ast.Attribute(attr="strip" | "lower", value=inner)):
            return text_of(module, inner)
        case ast.Call(args=[inner, *_]) if (module.flow.name(expression.func) or "").rpartition(".")[2] in (
            "text",
            "dedent",
        ):
            return text_of(module, inner)
        case ast.Name() | ast.Attribute():
            for value in module.flow.values(expression):
                if isinstance(value, ast.expr) and value is not expression:
                    return text_of(module, value)
    return None


def query_text(module: Module, call: ast.Call, name: str) -> str | None:
    """The query that a call runs; None where it runs none, or where its text is not in the module."""
    last = name.rpartition(".")[2]
    if last not in RUNNERS:
        return None
    if last == "read_sql_table":
        return "select * from table_"
    given = next(filter(None, (argument(call, p, 0) for p in _PARAMETERS)), None)
    found = text_of(module, given) if given is not None else None
    return found[0] if found else None


def query_strings(module: Module) -> Iterator[tuple[ast.expr, str, bool]]:
    """The queries written in a module: (node, text with parts filled in, whether something surely runs it as SQL)."""
    run: dict[ast.expr, str] = {}
    for call in module.flow.calls:
        name = module.flow.name(call.func) or ""
        last = name.rpartition(".")[2] if name else call.func.attr if isinstance(call.func, ast.Attribute) else ""
        given = next(filter(None, (argument(call, p, 0) for p in _PARAMETERS)), None)
        if last in RUNNERS and given is not None and (found := text_of(module, given)) and _SQL.match(found[0]):
            run[found[1]] = found[0]
    yield from ((node, text, True) for node, text in run.items())
    inside = {part for node in run for part in ast.walk(node)}
    for kind in (ast.Constant, ast.JoinedStr):
        for node in module.nodes(kind):
            if node in inside or _is_documentation(module, node):
                continue
            if (found := text_of(module, node)) and _SQL.match(found[0]):
                yield node, found[0], False


def _is_documentation(module: Module, node: ast.AST) -> bool:
    parent = module.flow.parents.get(node)
    return isinstance(parent, (ast.Expr, ast.JoinedStr, ast.FormattedValue))
