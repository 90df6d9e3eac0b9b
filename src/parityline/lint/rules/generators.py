"""One generator that several calls draw from, so that each depends on those before it."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

from parityline.lint.catalogue import BY_LAST_NAME, GENERATORS, METHODS
from parityline.lint.module import Hit, Module, words

CODE = "generator-shared"
WORDS = re.compile(r"random_state|generator|rng")
"""A file without any of these has nothing for this rule."""


def hits(module: Module) -> Iterator[Hit]:
    """Alarms of this rule: a generator given as `random_state` to two calls, or to one call that is repeated."""
    taken: dict[ast.Call, list[ast.Call]] = defaultdict(list)
    for call in module.flow.calls:
        for keyword in call.keywords:
            if keyword.arg in ("random_state", "generator", "rng") and _takes(module, call):
                made = _generator(module, keyword.value)
                if made is not None and made is not keyword.value:
                    taken[made].append(call)
    for made, calls in taken.items():
        first = calls[0]
        for call in calls[1:]:
            if not _are_alternatives(module, first, call):
                what = f"the generator of line {getattr(made, 'lineno', 0)}, as `{words(first.func)}` did before"
                yield module.hit(call, CODE, f"`{words(call.func)}` draws from {what} (line {first.lineno})")
        if len(calls) == 1 and _is_repeated(module, first, made):
            sentence = (
                f"`{words(first.func)}` runs again and again with one generator, so each result depends on those before"
            )
            yield module.hit(first, CODE, sentence)


def _takes(module: Module, call: ast.Call) -> bool:
    name = module.flow.name(call.func) or ""
    if f"{name.partition('.')[0]}.{name.rpartition('.')[2]}" in BY_LAST_NAME:
        return True
    function = call.func
    if not isinstance(function, ast.Attribute):
        return False
    kind = module.table(function.value)
    return kind is not None and (kind, function.attr) in METHODS


def _generator(module: Module, expression: ast.expr) -> ast.Call | None:
    for value in module.flow.values(expression):
        if isinstance(value, ast.Call) and module.flow.name(value) in GENERATORS:
            return value
    return None


def _are_alternatives(module: Module, one: ast.AST, other: ast.AST) -> bool:
    """Whether two calls stand in different branches of one `if`."""
    blocks = [
        {module.flow.blocks[n] for n in (c, *module.flow.above(c)) if n in module.flow.blocks} for c in (one, other)
    ]
    parents = [{parent: name for parent, name in found if isinstance(parent, ast.If)} for found in blocks]
    return any(parents[1].get(parent, name) != name for parent, name in parents[0].items())


def _is_repeated(module: Module, call: ast.Call, made: ast.AST) -> bool:
    """Whether the call stands in a loop, or in a function called twice, that the generator does not stand in."""
    if set(module.flow.loops(call)) - set(module.flow.loops(made)):
        return True
    function = module.flow.scope_of(call).node
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) or module.flow.scope_of(made).node is function:
        return False
    callers = [c for c in module.flow.calls if module.flow.local(c.func) is function]
    return len(callers) > 1 or any(module.flow.loops(c) for c in callers)
