"""Where the names of a Python module are bound: scopes, bindings, and which of them a use can see.

Only the text is read; nothing is imported or run.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from parityline.syntax.names import last_name

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Place = tuple[int, int]

_SIGNS = frozenset((*ast.expr_context.__subclasses__(), *ast.operator.__subclasses__(), *ast.unaryop.__subclasses__()))
_LEAVES = frozenset((ast.Name, ast.Constant, ast.alias, ast.Pass, ast.Break, ast.Continue))
_TRANSPARENT = (ast.With, ast.AsyncWith, ast.Try)


@dataclass(slots=True)
class Binding:
    """A name that gets a value: by assignment, import, parameter, loop, `with`, `def` or `class`.

    value: the expression; `how` says whether the name is that value, one item of it, or something else.
    """

    name: str
    how: str
    at: ast.AST
    place: Place
    value: ast.expr | None = None
    target: str = ""


@dataclass(slots=True)
class Scope:
    """A module, class or function, and the names bound in it.

    attributes: of a class, what `self.name` is given. returns: of a function, what it gives back.
    """

    node: ast.AST
    outer: Scope | None
    names: dict[str, list[Binding]] = field(default_factory=lambda: defaultdict(list))
    attributes: dict[str, list[ast.expr]] = field(default_factory=lambda: defaultdict(list))
    shared: set[str] = field(default_factory=set)
    returns: list[ast.expr] = field(default_factory=list)


class Scopes:
    """A parsed module, read once: its nodes by type, its calls, and the scopes in which names are bound.

    called: calls by the last part of what is called; stars: the modules whose names are imported without being listed.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.calls: list[ast.Call] = []
        self.nodes: dict[type[ast.AST], list[ast.AST]] = defaultdict(list)
        self.module = Scope(tree, None)
        self.parents: dict[ast.AST, ast.AST] = {}
        self.within: dict[ast.AST, Scope] = {}
        self.inner: dict[ast.AST, Scope] = {tree: self.module}
        self.blocks: dict[ast.AST, tuple[ast.AST, str]] = {}
        self.called: dict[str, list[ast.Call]] = defaultdict(list)
        self.stars: list[str] = []
        self._read()

    # ---------------------------------------------------------------- reading

    def _read(self) -> None:
        """One walk over the tree, in the order of the text."""
        stack: list[tuple[ast.AST, Scope]] = [(self.tree, self.module)]
        nodes, parents, within, blocks = self.nodes, self.parents, self.within, self.blocks
        while stack:
            node, scope = stack.pop()
            kind = type(node)
            nodes[kind].append(node)
            binder = _BINDERS.get(kind)
            inner = binder(self, node, scope) if binder else None
            within[node] = scope
            if kind in _LEAVES:
                continue
            children: list[tuple[ast.AST, Scope]] = []
            for name in kind._fields:
                value = getattr(node, name, None)
                own = inner if inner is not None and name in ("body", "args") else scope
                if isinstance(value, list):
                    for child in value:
                        if isinstance(child, ast.AST):
                            parents[child] = node
                            if isinstance(child, ast.stmt):
                                blocks[child] = self._block(node, name)
                            children.append((child, own))
                elif isinstance(value, ast.AST) and type(value) not in _SIGNS:
                    parents[value] = node
                    children.append((value, own))
            stack += reversed(children)

    def _block(self, node: ast.AST, name: str) -> tuple[ast.AST, str]:
        """The block of a statement; what always runs with its surroundings belongs to their block."""
        always = isinstance(node, _TRANSPARENT) and name in ("body", "finalbody")
        if (always or (isinstance(node, ast.If) and name == "body" and _is_main(node.test))) and node in self.blocks:
            return self.blocks[node]
        return node, name

    def _bind_call(self, node: ast.Call, scope: Scope) -> None:
        self.calls.append(node)
        self.called[last_name(node.func)].append(node)

    def _bind_value(self, node: ast.Assign | ast.AugAssign | ast.NamedExpr | ast.AnnAssign, scope: Scope) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(target, node.value, node, scope)
        else:
            self._assign(node.target, None if isinstance(node, ast.AugAssign) else node.value, node, scope)
            if isinstance(node, ast.AnnAssign) and node.value is None and isinstance(node.target, ast.Name):
                typed = Binding(node.target.id, "typed", node, _end(node), node.annotation)
                scope.names[node.target.id][-1] = typed

    def _bind_item(self, node: ast.For | ast.AsyncFor | ast.comprehension, scope: Scope) -> None:
        self._assign(node.target, node.iter, node.target, scope, item=True)

    def _bind_context(self, node: ast.withitem, scope: Scope) -> None:
        if node.optional_vars is not None:
            self._assign(node.optional_vars, node.context_expr, node.optional_vars, scope)

    def _bind_shared(self, node: ast.Global | ast.Nonlocal, scope: Scope) -> None:
        scope.shared.update(node.names)

    def _bind_return(self, node: ast.Return, scope: Scope) -> None:
        if node.value is not None:
            scope.returns.append(node.value)

    def _bind_definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, scope: Scope) -> Scope:
        self._add(Binding(node.name, "local", node, _start(node)), scope)
        return self._inside(node, scope)

    def _inside(self, node: ast.ClassDef | Function, scope: Scope) -> Scope:
        inner = self.inner[node] = Scope(node, scope)
        if not isinstance(node, ast.ClassDef):
            given = node.args
            for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs):
                self._add(Binding(argument.arg, "parameter", argument, _start(node)), inner)
            for many in filter(None, (given.vararg, given.kwarg)):
                self._add(Binding(many.arg, "unknown", many, _start(node)), inner)
        return inner

    def _assign(
        self, target: ast.expr, value: ast.expr | None, at: ast.AST, scope: Scope, *, item: bool = False
    ) -> None:
        match target:
            case ast.Name():
                how = "unknown" if value is None else "item" if item else "is"
                self._add(Binding(target.id, how, at, _end(at), value), scope)
            case ast.Tuple() | ast.List():
                same = isinstance(value, (ast.Tuple, ast.List)) and not item and len(value.elts) == len(target.elts)
                for place, part in enumerate(target.elts):
                    own = value.elts[place] if same and isinstance(value, (ast.Tuple, ast.List)) else value
                    part = part.value if isinstance(part, ast.Starred) else part
                    self._assign(part, own, at, scope, item=not same)
            case ast.Attribute(value=ast.Name(id="self")) if value is not None:
                owner = scope
                while owner.outer is not None and not isinstance(owner.node, ast.ClassDef):
                    owner = owner.outer
                owner.attributes[target.attr].append(value)

    def _bind_import(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        origin = ("." * node.level + (node.module or "")) if isinstance(node, ast.ImportFrom) else ""
        for alias in node.names:
            if alias.name == "*":
                self.stars.append(origin)
            elif isinstance(node, ast.ImportFrom):
                name = alias.asname or alias.name
                self._add(Binding(name, "import", node, _end(node), target=f"{origin}.{alias.name}"), scope)
            else:
                name, target = (alias.asname, alias.name) if alias.asname else (alias.name.partition(".")[0],) * 2
                self._add(Binding(name, "import", node, _end(node), target=target), scope)

    def _add(self, binding: Binding, scope: Scope) -> None:
        (self.module if binding.name in scope.shared else scope).names[binding.name].append(binding)

    # ---------------------------------------------------------------- places

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """What a node stands in, from the inside out."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def statement(self, node: ast.AST) -> ast.stmt:
        """The statement that a node belongs to."""
        for one in (node, *self.above(node)):
            if isinstance(one, ast.stmt):
                return one
        raise LookupError("a node outside any statement")

    def scope_of(self, node: ast.AST) -> Scope:
        """The function, class or module in whose body a node stands."""
        return self.within[node]

    def loops(self, node: ast.AST) -> list[ast.AST]:
        """The loops and comprehensions that repeat a node, within its function."""
        found: list[ast.AST] = []
        child = node
        for parent in self.above(node):
            match parent:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Lambda():
                    break
                case ast.For() | ast.AsyncFor() if child is not parent.iter:
                    found.append(parent)
                case ast.While():
                    found.append(parent)
                case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                    first = parent.generators[0]
                    if child is not first or not any(n is node for n in ast.walk(first.iter)):
                        found.append(parent)
            child = parent
        return found

    # ---------------------------------------------------------------- names

    def bindings(self, name: ast.Name) -> list[Binding]:
        """The bindings that a use of a name can see, the nearest first; empty where the module does not bind it."""
        scope: Scope | None = self.within[name]
        own = scope
        while scope is not None:
            found = scope.names.get(name.id)
            if found and (scope is own or not isinstance(scope.node, ast.ClassDef)):
                return self._reaching(found, name) if scope is own else list(reversed(found))
            scope = scope.outer
        return []

    def _reaching(self, found: list[Binding], use: ast.Name) -> list[Binding]:
        place = _start(use)
        blocks = {self.blocks[n] for n in (use, *self.above(use)) if n in self.blocks}
        reaching: list[Binding] = []
        for binding in reversed(found):
            if binding.place > place and not self._encloses(binding, use):
                continue
            reaching.append(binding)
            if binding.how == "parameter" or self._encloses(binding, use) or self._block_of(binding) in blocks:
                return reaching
        later = [b for b in found if b not in reaching]
        return reaching + [b for b in later if not reaching or self._comes_round(b, use)]

    def _encloses(self, binding: Binding, use: ast.Name) -> bool:
        """Whether the binding is that of a comprehension around the use: its target stands behind."""
        holder = self.parents.get(binding.at)
        if not isinstance(holder, ast.comprehension):
            return False
        around = self.parents[holder]
        return any(parent is around for parent in self.above(use))

    def _block_of(self, binding: Binding) -> tuple[ast.AST, str] | None:
        for node in (binding.at, *self.above(binding.at)):
            if isinstance(node, (ast.For, ast.AsyncFor)) and binding.at is node.target:
                return node, "body"
            if isinstance(node, ast.stmt):
                return self.blocks.get(node)
        return None

    def _comes_round(self, binding: Binding, use: ast.Name) -> bool:
        """Whether a later binding reaches the use in the next turn of a loop around both."""
        around = set(self.loops(use))
        return bool(around.intersection(self.loops(binding.at)))

    def uses(self, name: ast.Name, assigned: ast.Assign) -> list[ast.Name]:
        """Where a variable is read that may hold what this assignment gave it."""
        return [
            node
            for node in self.nodes[ast.Name]
            if isinstance(node, ast.Name)
            and node.id == name.id
            and isinstance(node.ctx, ast.Load)
            and any(binding.at is assigned for binding in self.bindings(node))
        ]


_BINDERS: Final[dict[type[ast.AST], Callable[[Scopes, Any, Scope], Scope | None]]] = {
    ast.Call: Scopes._bind_call,
    **dict.fromkeys((ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr), Scopes._bind_value),
    **dict.fromkeys((ast.For, ast.AsyncFor, ast.comprehension), Scopes._bind_item),
    ast.withitem: Scopes._bind_context,
    **dict.fromkeys((ast.Global, ast.Nonlocal), Scopes._bind_shared),
    **dict.fromkeys((ast.Import, ast.ImportFrom), Scopes._bind_import),
    ast.Return: Scopes._bind_return,
    **dict.fromkeys((ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef), Scopes._bind_definition),
    ast.Lambda: Scopes._inside,
}
"""What each kind of node binds; definitions give the scope of their body."""


def _is_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def _start(node: ast.AST) -> Place:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _end(node: ast.AST) -> Place:
    return getattr(node, "end_lineno", None) or 0, getattr(node, "end_col_offset", None) or 0
