"""What the expressions of a Python module stand for, followed through its names.

Only the text is read; nothing is imported or run. What cannot be known from one module - a parameter of a function that
the module does not call, an attribute of somebody else's object - is `UNKNOWN`, and the rules stay silent about it.
"""

from __future__ import annotations

import ast
import builtins
from typing import Final

from parityline.syntax.scopes import Binding, Scope, Scopes

TAPS: Final = frozenset(("source", "etl", "features", "split", "model", "predictions", "outcomes"))
"""The methods of a recorder that take a table and give it back."""
MOST_STEPS: Final = 40
"""So many steps an expression is followed through names, calls and attributes; code that needs more is not followed."""
MOST_VALUES: Final = 12
"""An expression that can be more than this many things is not known."""
_BUILTINS = frozenset(dir(builtins))


class Unknown:
    """A value that the module does not tell."""


UNKNOWN: Final = Unknown()
Value = ast.expr | Unknown


class Flow(Scopes):
    """One parsed module: what its names are, and the values of its expressions."""

    def __init__(self, tree: ast.Module) -> None:
        super().__init__(tree)
        self._names: dict[ast.expr, str | None] = {}
        self._following: set[ast.AST] = set()
        self._values: dict[ast.expr, list[Value]] = {}
        self._valuing: set[ast.expr] = set()

    # ---------------------------------------------------------------- names

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
            for origin in self.stars:
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
        for call in self.called.get("add_argument", ()):
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
        calls = [call for call in self.called.get(called, ()) if self.local(call.func) in meant]
        bound = isinstance(owner, ast.ClassDef)
        return [_given_to(function, binding.name, call, bound=bound) for call in calls] or [UNKNOWN]


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


def _is_text(expression: ast.expr | None, text: str | None = None) -> bool:
    if not (isinstance(expression, ast.Constant) and isinstance(expression.value, str)):
        return False
    return text is None or expression.value == text


def _none_at(node: ast.expr) -> ast.expr:
    return ast.copy_location(ast.Constant(None), node)


def _is_falsy(value: Value) -> bool:
    return isinstance(value, ast.Constant) and not value.value
