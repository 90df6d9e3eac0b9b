"""One Python module as the rules see it: its flow, its seeds, its taps, and where an alarm points to."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any, TypeVar, cast

from parityline.codes import Severity, codes
from parityline.lint.catalogue import ALL_FAMILIES, GLOBAL_SEEDS, KNOWN_ROOTS
from parityline.syntax.flow import TAPS, Flow, argument, constants
from parityline.syntax.frames import Kind, frame, is_usual
from parityline.syntax.scopes import Scope

Node = TypeVar("Node", bound=ast.AST)
Answer = TypeVar("Answer")
Question = Callable[..., Answer]


@dataclass(frozen=True, slots=True)
class Hit:
    """An alarm within a module, at a node of it."""

    node: ast.expr
    code: str
    severity: Severity
    sentence: str
    stage: str | None


_SEEDER = re.compile(
    r"^(?:set|fix|init|setup|make)?_?(?:global_|random_|all_)?seeds?(?:_everything|_all)?$|determinis|reproduc"
)
MOST_DEEP = 60
"""So deep questions about expressions may lead to each other; deeper ones get the answer that keeps a rule silent."""


class Module:
    """A parsed module, and what several rules ask of it."""

    def __init__(self, tree: ast.Module) -> None:
        self.flow = Flow(tree)
        self.answers: dict[Hashable, Any] = {}
        self.deep = 0

    def hit(self, node: ast.expr, code: str, sentence: str, severity: Severity | None = None) -> Hit:
        """An alarm at a node, with the severity of the code where none is given."""
        return Hit(node, code, severity or codes()[code].severity, sentence, self.stage(node))

    def calls(self) -> Iterator[tuple[ast.Call, str]]:
        """The calls whose function has a known name, with that name."""
        for call in self.flow.calls:
            name = self.flow.name(call.func)
            if name:
                yield call, name

    def nodes(self, kind: type[Node]) -> Iterator[Node]:
        """The nodes of one type, in the order of the text."""
        for node in self.flow.nodes.get(kind, ()):
            assert isinstance(node, kind)
            yield node

    def table(self, expression: ast.expr) -> Kind | None:
        """The library of the table that an expression is: by its name, or as a variable called like one."""
        known = frame(self.flow.name(expression))
        if known:
            return known
        while isinstance(expression, (ast.Subscript, ast.Attribute, ast.Call)):
            expression = expression.func if isinstance(expression, ast.Call) else expression.value
        if isinstance(expression, ast.Name) and is_usual(expression.id) and self.is_unknown(expression):
            return self._usual_library
        return None

    def is_unknown(self, expression: ast.expr) -> bool:
        """Whether the module does not tell what an expression is: nothing binds it, or only a parameter."""
        name = self.flow.name(expression)
        return name is None or name.startswith("<unbound>")

    @cached_property
    def imported(self) -> frozenset[str]:
        """The top packages that the module imports."""
        found = set()
        for node in self.nodes(ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        for origin in self.nodes(ast.ImportFrom):
            found.add((origin.module or "").partition(".")[0])
        return frozenset(found)

    @cached_property
    def _usual_library(self) -> Kind | None:
        libraries: tuple[tuple[str, Kind], ...] = (("pandas", "pandas"), ("polars", "polars"), ("pyspark", "spark"))
        known = [kind for package, kind in libraries if package in self.imported]
        return known[0] if len(known) == 1 else None

    # ---------------------------------------------------------------- seeds

    @cached_property
    def _seeders(self) -> list[tuple[ast.Call, Scope, tuple[str, ...]]]:
        found = []
        for call, name in self.calls():
            families = GLOBAL_SEEDS.get(name) or (ALL_FAMILIES if _is_named_seeder(name) else ())
            if families and self._is_seeded(call):
                found.append((call, self.flow.scope_of(call), families))
        return found

    def _is_seeded(self, call: ast.Call) -> bool:
        given = call.args[0] if call.args else call.keywords[0].value if call.keywords else None
        return given is not None and constants(self.flow.values(given)) != [None]

    def is_seeded_before(self, call: ast.AST, family: str) -> bool:
        """Whether the global generator of a library is seeded before a call, or in another function."""
        scope = self.flow.scope_of(call)
        place = (getattr(call, "lineno", 0), getattr(call, "col_offset", 0))
        return any(
            family in families and (own is not scope or (seeder.lineno, seeder.col_offset) < place)
            for seeder, own, families in self._seeders
        )

    # ---------------------------------------------------------------- stages

    @cached_property
    def _recorders(self) -> list[tuple[ast.Call, str]]:
        found = []
        for call in self.flow.calls:
            function = call.func
            if not (isinstance(function, ast.Attribute) and function.attr in TAPS and call.args):
                continue
            holder = self.flow.name(function.value) or ""
            if holder.startswith("parityline.") or (
                isinstance(function.value, ast.Name) and function.value.id == "run"
            ):
                name = constants(self.flow.values(argument(call, "name", 0)))
                if name and isinstance(name[0], str):
                    found.append((call, name[0]))
        return found

    def stage(self, node: ast.AST) -> str | None:
        """The tap that a line leads to: the next one of its function, or of the function that calls it."""
        if not self._recorders:
            return None
        scope, line = self.flow.scope_of(node), getattr(node, "lineno", 0)
        for _ in range(8):
            for call, name in self._recorders:
                if self.flow.scope_of(call) is scope and (call.end_lineno or 0) >= line:
                    return name
            function = scope.node
            if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                return None
            callers = [call for call in self.flow.calls if self.flow.local(call.func) is function]
            if not callers:
                return None
            scope, line = self.flow.scope_of(callers[0]), callers[0].lineno
        return None


def _is_named_seeder(name: str) -> bool:
    """Whether a function of another module of the project is called as those are that seed everything."""
    return bool(_SEEDER.search(name.rpartition(".")[2])) and name.partition(".")[0] not in KNOWN_ROOTS


def remembered(in_a_circle: Any) -> Callable[[Question[Answer]], Question[Answer]]:
    """A question about an expression of a module that is asked once; one that leads back to itself answers as given."""

    def wrap(question: Question[Answer]) -> Question[Answer]:
        @wraps(question)
        def asked(module: Module, expression: ast.expr, *rest: Hashable) -> Answer:
            key = (question, expression, *rest)
            if key in module.answers:
                return cast(Answer, module.answers[key])
            if module.deep > MOST_DEEP:
                return cast(Answer, in_a_circle)
            module.answers[key] = in_a_circle
            module.deep += 1
            try:
                found = module.answers[key] = question(module, expression, *rest)
            finally:
                module.deep -= 1
            return found

        return asked

    return wrap


def words(node: ast.AST) -> str:
    """The code of a node in one line, cut to fit a sentence."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else text[:57] + "..."
