"""Where the names of a Python module get their values: scopes, bindings, and what an expression can stand for.

Only the text is read; nothing is imported or run. What cannot be known from one module - a parameter of a function that
the module does not call, an attribute of somebody else's object - is `UNKNOWN`, and the rules stay silent about it.
"""

from __future__ import annotations

import ast
import builtins
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from parityline.syntax.names import last_name

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Place = tuple[int, int]

TAPS: Final = frozenset(("source", "etl", "features", "split", "model", "predictions", "outcomes"))
"""The methods of a recorder that take a table and give it back."""
MOST_STEPS: Final = 40
"""So many steps an expression is followed through names, calls and attributes; code that needs more is not followed."""
MOST_VALUES: Final = 12
"""An expression that can be more than this many things is not known."""
_SIGNS = frozenset((*ast.expr_context.__subclasses__(), *ast.operator.__subclasses__(), *ast.unaryop.__subclasses__()))
_LEAVES = frozenset((ast.Name, ast.Constant, ast.alias, ast.Pass, ast.Break, ast.Continue))
_TRANSPARENT = (ast.With, ast.AsyncWith, ast.Try)
_BUILTINS = frozenset(dir(builtins))


class Unknown:
    """A value that the module does not tell."""


UNKNOWN: Final = Unknown()
Value = ast.expr | Unknown


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


class Flow:
    """One parsed module: its calls, its scopes, and the values of its expressions."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.calls: list[ast.Call] = []
        self.nodes: dict[type[ast.AST], list[ast.AST]] = defaultdict(list)
        self.module = Scope(tree, None)
        self.parents: dict[ast.AST, ast.AST] = {}
        self.within: dict[ast.AST, Scope] = {}
        self.inner: dict[ast.AST, Scope] = {tree: self.module}
        self.blocks: dict[ast.AST, tuple[ast.AST, str]] = {}
        self._called: dict[str, list[ast.Call]] = defaultdict(list)
        self._names: dict[ast.expr, str | None] = {}
        self._following: set[ast.AST] = set()
        self._values: dict[ast.expr, list[Value]] = {}
        self._valuing: set[ast.expr] = set()
        self._stars: list[str] = []
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
        self._called[last_name(node.func)].append(node)

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
                self._stars.append(origin)
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

    def name(self, expression: ast.expr | None) -> str | None:
        """The full dotted name of what an expression is, as far as imports and assignments tell; None where unknown.

        A call adds `()`, an item `[]`: `pandas.read_csv().sample` is the method of a frame that was read. What the
        module defines itself begins with `<local>.`.
        """
        if expression is None:
            return None
        if expression in self._names:
            return self._names[expression]
        if expression in self._following or len(self._following) > MOST_STEPS:
            return None
        self._following.add(expression)
        try:
            found = self._name(expression)
        finally:
            self._following.discard(expression)
        self._names[expression] = found
        return found

    def _name(self, expression: ast.expr) -> str | None:
        match expression:
            case ast.Name():
                return self._bound_name(expression)
            case ast.Attribute():
                inner = self.name(expression.value)
                own = self._attribute(expression) if inner is None or inner == "<self>" else []
                return f"{inner}.{expression.attr}" if inner and inner != "<self>" else self._first_name(own)
            case ast.Call():
                return self._call_name(expression)
            case ast.Subscript():
                inner = self.name(expression.value)
                return inner and f"{inner}[]"
            case ast.NamedExpr() | ast.Await() | ast.Starred():
                return self.name(expression.value)
            case ast.IfExp():
                return self.name(expression.body) or self.name(expression.orelse)
            case ast.BinOp():
                return self.name(expression.left) or self.name(expression.right)
        return None

    def _first_name(self, expressions: list[ast.expr]) -> str | None:
        return next(filter(None, map(self.name, expressions)), None)

    def _bound_name(self, name: ast.Name) -> str | None:
        bindings = self.bindings(name)
        if not bindings:
            for origin in self._stars:
                return f"{origin}.{name.id}"
            return f"builtins.{name.id}" if name.id in _BUILTINS else f"<unbound>.{name.id}"
        return next(filter(None, (self._binding_name(binding) for binding in bindings)), None)

    def _binding_name(self, binding: Binding) -> str | None:
        match binding.how:
            case "import":
                return binding.target
            case "local":
                return f"<local>.{binding.name}"
            case "is":
                return self.name(binding.value)
            case "item":
                inner = self.name(binding.value)
                return inner and f"{inner}[]"
            case "parameter":
                return self._parameter_name(binding)
            case "typed":
                inner = self.name(binding.value)
                return inner and f"{inner}()"
        return None

    def _parameter_name(self, binding: Binding) -> str | None:
        if binding.name == "self":
            return "<self>"
        annotation = _annotation(binding.at)
        if annotation is not None and (named := self.name(annotation)) and not named.startswith("builtins."):
            return f"{named}()"
        return next(filter(None, (self.name(v) for v in self.arguments_of(binding) if isinstance(v, ast.expr))), None)

    def tapped(self, call: ast.Call) -> ast.expr | None:
        """What a tap of a recorder is given, and gives back untouched; None where a call is no tap."""
        function = call.func
        if not (isinstance(function, ast.Attribute) and function.attr in TAPS and len(call.args) > 1):
            return None
        recorder = self.name(function.value) or ""
        return call.args[1] if recorder.startswith(("parityline.", "<unbound>.run")) else None

    def _call_name(self, call: ast.Call) -> str | None:
        if (given := self.tapped(call)) is not None:
            return self.name(given)
        called = self.name(call.func)
        if called == "functools.partial" and call.args:
            return self.name(call.args[0])
        if called and called.startswith("<local>."):
            function = self.local(call.func)
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                return self._first_name(self.returns(function))
        return called and f"{called}()"

    def local(self, expression: ast.expr) -> ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | None:
        """The function or class of this module that an expression names."""
        if isinstance(expression, ast.Name):
            for binding in self.bindings(expression):
                if isinstance(binding.at, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                    return binding.at
                if binding.how == "is" and isinstance(binding.value, ast.Name) and binding.value is not expression:
                    return self.local(binding.value)
        if isinstance(expression, ast.Attribute) and self.name(expression.value) == "<self>":
            owner = self._class_of(expression)
            for binding in owner.names.get(expression.attr, ()) if owner else ():
                if isinstance(binding.at, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    return binding.at
        return None

    def returns(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.expr]:
        """What a function of this module gives back."""
        return self.inner[function].returns

    def _class_of(self, node: ast.AST) -> Scope | None:
        for parent in self.above(node):
            if isinstance(parent, ast.ClassDef):
                return self.inner[parent]
        return None

    def _attribute(self, expression: ast.Attribute) -> list[ast.expr]:
        """What the class gives to `self.name`, or its body to `Class.name`."""
        inner = expression.value
        owner: Scope | None = None
        if isinstance(inner, ast.Name) and inner.id == "self":
            owner = self._class_of(expression)
        elif isinstance(made := inner.func if isinstance(inner, ast.Call) else inner, ast.Name):
            known = self.local(made)
            owner = self.inner[known] if isinstance(known, ast.ClassDef) else None
        if owner is None:
            return []
        own = [b.value for b in owner.names.get(expression.attr, ()) if b.how == "is" and b.value is not None]
        return [*owner.attributes.get(expression.attr, ()), *own]

    # ---------------------------------------------------------------- values

    def values(self, expression: ast.expr | None) -> list[Value]:
        """All that an expression can be, followed through names, branches, parameters, dictionaries and attributes."""
        if expression is None or expression in self._valuing or len(self._valuing) > MOST_STEPS:
            return [UNKNOWN]
        if expression not in self._values:
            self._valuing.add(expression)
            try:
                found = list(dict.fromkeys(self._values_of(expression)))
            finally:
                self._valuing.discard(expression)
            self._values[expression] = found if len(found) <= MOST_VALUES else [*found[:MOST_VALUES], UNKNOWN]
        return self._values[expression]

    def _values_of(self, expression: ast.expr) -> list[Value]:
        match expression:
            case ast.Name():
                return self._named_values(expression)
            case ast.IfExp():
                return self.values(expression.body) + self.values(expression.orelse)
            case ast.BoolOp(op=ast.Or()):
                earlier = [v for e in expression.values[:-1] for v in self.values(e)]
                return [v for v in earlier if not _is_falsy(v)] + self.values(expression.values[-1])
            case ast.NamedExpr():
                return self.values(expression.value)
            case ast.Attribute():
                found = self._attribute(expression) or self._field(expression.value, expression.attr)
                return [v for e in found for v in self.values(e)] or [expression]
            case ast.Subscript(slice=ast.Constant(value=str(key))):
                return [v for e in self._field(expression.value, key) for v in self.values(e)] or [expression]
            case ast.Call(func=ast.Attribute(attr="get" | "pop")) if expression.args:
                return self._got(expression)
            case ast.Call():
                if (given := self.tapped(expression)) is not None:
                    return self.values(given)
                function = self.local(expression.func)
                if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) and (back := self.returns(function)):
                    return [v for e in back for v in self.values(e)]
        return [expression]

    def _named_values(self, name: ast.Name) -> list[Value]:
        found: list[Value] = []
        for binding in self.bindings(name):
            if binding.how == "is" and not isinstance(binding.at, ast.AugAssign):
                found += self.values(binding.value)
            elif binding.how == "parameter":
                given = self.arguments_of(binding)
                found += [v for e in given for v in (self.values(e) if isinstance(e, ast.expr) else [UNKNOWN])]
            elif binding.how == "item" and isinstance(binding.value, (ast.Tuple, ast.List)):
                found += [v for e in binding.value.elts for v in self.values(e)]
            else:
                found.append(UNKNOWN)
        return found or [name]

    def _field(self, holder: ast.expr, key: str) -> list[ast.expr]:
        """What a dictionary, a namespace or an object of a class of this module holds under a name."""
        found: list[ast.expr] = []
        for value in self.values(holder):
            if isinstance(value, ast.Dict):
                found += [
                    v
                    for k, v in zip(value.keys, value.values, strict=True)
                    if isinstance(k, ast.Constant) and k.value == key
                ]
            elif isinstance(value, ast.Call) and self.name(value) == "argparse.ArgumentParser().parse_args()":
                found += self._option_default(key)
            elif isinstance(value, ast.Call):
                found += self._given_or_default(value, key)
        return found

    def _option_default(self, key: str) -> list[ast.expr]:
        """The default of an option of the command line; None, as argparse has it, where none is given."""
        for call in self._called.get("add_argument", ()):
            names = [a.value.lstrip("-").replace("-", "_") for a in call.args if _is_text(a)]  # type: ignore[attr-defined]
            given = {keyword.arg: keyword.value for keyword in call.keywords}
            if key in names or _is_text(given.get("dest"), key):
                is_given = "default" in given or "required" in given or "action" in given
                return [given["default"]] if "default" in given else [] if is_given else [_none_at(call)]
        return []

    def _given_or_default(self, made: ast.Call, key: str) -> list[ast.expr]:
        given = [k.value for k in made.keywords if k.arg == key]
        if given or self.name(made.func) in ("builtins.dict", "types.SimpleNamespace"):
            return given
        known = self.local(made.func)
        if not isinstance(known, ast.ClassDef) or made.args or any(k.arg is None for k in made.keywords):
            return []
        owner = self.inner[known]
        return [b.value for b in owner.names.get(key, ()) if b.how == "is" and b.value is not None]

    def _got(self, call: ast.Call) -> list[Value]:
        """The value of `mapping.get(key, default)` where the mapping is written in the module."""
        key = call.args[0]
        if not (isinstance(call.func, ast.Attribute) and isinstance(key, ast.Constant) and isinstance(key.value, str)):
            return [call]
        held = self._field(call.func.value, key.value)
        return [v for e in held for v in self.values(e)] or [call]

    def arguments_of(self, binding: Binding) -> list[Value]:
        """What the calls within the module give to a parameter, its default where they give nothing; empty: no call."""
        function = self.parents[self.parents[binding.at]]
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return [UNKNOWN]
        owner = self.parents.get(function)
        called = owner.name if isinstance(owner, ast.ClassDef) and function.name == "__init__" else function.name
        meant = (function, owner if function.name == "__init__" else function)
        calls = [call for call in self._called.get(called, ()) if self.local(call.func) in meant]
        bound = isinstance(owner, ast.ClassDef)
        return [_given_to(function, binding.name, call, bound=bound) for call in calls] or [UNKNOWN]


_BINDERS: Final[dict[type[ast.AST], Callable[[Flow, Any, Scope], Scope | None]]] = {
    ast.Call: Flow._bind_call,
    **dict.fromkeys((ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr), Flow._bind_value),
    **dict.fromkeys((ast.For, ast.AsyncFor, ast.comprehension), Flow._bind_item),
    ast.withitem: Flow._bind_context,
    **dict.fromkeys((ast.Global, ast.Nonlocal), Flow._bind_shared),
    **dict.fromkeys((ast.Import, ast.ImportFrom), Flow._bind_import),
    ast.Return: Flow._bind_return,
    **dict.fromkeys((ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef), Flow._bind_definition),
    ast.Lambda: Flow._inside,
}
"""What each kind of node binds; definitions give the scope of their body."""


# -------------------------------------------------------------------- of single nodes


def argument(call: ast.Call, name: str, place: int | None = None) -> ast.expr | None:
    """What a call gives to a parameter by name or by place; None where it gives nothing."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    if (
        place is not None
        and place < len(call.args)
        and not any(isinstance(a, ast.Starred) for a in call.args[: place + 1])
    ):
        return call.args[place]
    return None


def constants(values: list[Value]) -> list[object] | None:
    """The constants among values where all of them are, with their sign; None where one is not."""
    found: list[object] = []
    for value in values:
        match value:
            case ast.Constant():
                found.append(value.value)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                found.append(-number)
            case _:
                return None
    return found


def _given_to(function: ast.FunctionDef | ast.AsyncFunctionDef, name: str, call: ast.Call, *, bound: bool) -> Value:
    given = function.args
    places = [a.arg for a in (*given.posonlyargs, *given.args)][bound:]
    place = places.index(name) if name in places else None
    found = argument(call, name, place)
    if found is not None:
        return found
    if any(k.arg is None for k in call.keywords) or any(isinstance(a, ast.Starred) for a in call.args):
        return UNKNOWN
    for only, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        if only.arg == name:
            return default or UNKNOWN
    with_default = [a.arg for a in (*given.posonlyargs, *given.args)][-len(given.defaults) :] if given.defaults else []
    return given.defaults[with_default.index(name)] if name in with_default else UNKNOWN


def _annotation(argument: ast.AST) -> ast.expr | None:
    annotation = argument.annotation if isinstance(argument, ast.arg) else None
    match annotation:
        case ast.BinOp(op=ast.BitOr()):
            return annotation.left
        case ast.Subscript(value=ast.Name(id="Optional")):
            return annotation.slice
    return annotation


def _is_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def _is_text(expression: ast.expr | None, text: str | None = None) -> bool:
    if not (isinstance(expression, ast.Constant) and isinstance(expression.value, str)):
        return False
    return text is None or expression.value == text


def _none_at(node: ast.expr) -> ast.expr:
    return ast.copy_location(ast.Constant(None), node)


def _is_falsy(value: Value) -> bool:
    return isinstance(value, ast.Constant) and not value.value


def _start(node: ast.AST) -> Place:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _end(node: ast.AST) -> Place:
    return getattr(node, "end_lineno", None) or 0, getattr(node, "end_col_offset", None) or 0
