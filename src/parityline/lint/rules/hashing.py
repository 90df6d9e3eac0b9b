"""Python's hash of texts, which every process salts anew, and the order of sets that follows from it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from parityline.lint.module import Hit, Module, remembered, words
from parityline.syntax.flow import argument
from parityline.syntax.names import each, last_name

SALTED, ORDER = "salted-hash", "column-order-changed"
WORDS = re.compile(r"""hash\(|set\(|intersection|symmetric_difference|\{\s*[\'"\w*]""")
"""A file without any of these has nothing for this rule."""

_SET_METHODS = frozenset(("union", "intersection", "difference", "symmetric_difference", "copy"))
_ORDERED = each(
    "builtins.list builtins.tuple builtins.enumerate builtins.zip builtins.map builtins.reversed numpy.array",
    "numpy.asarray pandas.Index pandas.Series itertools.chain builtins.dict.fromkeys",
)
_UNORDERED = each(
    "builtins.sorted builtins.len builtins.set builtins.frozenset builtins.sum builtins.min builtins.max",
    "builtins.any builtins.all builtins.print builtins.repr builtins.str builtins.bool collections.Counter",
    "numpy.sort numpy.unique math.fsum statistics.mean statistics.median",
)
_UNORDERED_METHODS = each(
    "isin drop is_in isdisjoint issubset issuperset update union intersection difference symmetric_difference sort",
    "debug info warning error exception critical log write dropna fillna dtypes remove discard not_in in_ exclude",
)
_LOOKUPS = frozenset(("get", "setdefault", "pop"))
_STACKING = frozenset(("pandas.concat", "pandas.DataFrame", "polars.concat", "numpy.hstack"))
_NAMING = frozenset(("columns", "index", "names", "categories"))
_UNORDERED_KEYWORDS = frozenset(("usecols", "columns_to_drop", "exclude", "drop", "subset", "labels"))


def hits(module: Module) -> Iterator[Hit]:
    """Alarms of this rule: calls of `hash`, and sets whose order reaches columns or codes."""
    for call, name in module.calls():
        if name == "builtins.hash" and len(call.args) == 1 and not _is_harmless_hash(module, call):
            sentence = f"`{words(call)}` differs between processes: Python salts the hash of texts"
            yield module.hit(call, SALTED, sentence)
    for node, what in _ordered_sets(module):
        if what == "codes":
            sentence = f"`{words(node)}` numbers the items of a set, whose order differs between processes"
            yield module.hit(node, SALTED, sentence)
        else:
            sentence = f"`{words(node)}` takes its order from a set, which differs between processes"
            yield module.hit(node, ORDER, sentence, "error")


def _is_harmless_hash(module: Module, call: ast.Call) -> bool:
    given = call.args[0]
    parts = given.elts if isinstance(given, ast.Tuple) else [given]
    if all(isinstance(part, ast.Constant) and isinstance(part.value, int) for part in parts):
        return True
    if module.flow.name(given) in ("builtins.int()", "builtins.len()", "builtins.ord()"):
        return True
    for around in module.flow.above(call):
        if isinstance(around, (ast.FunctionDef, ast.AsyncFunctionDef)) and around.name in ("__hash__", "__eq__"):
            return True
        if isinstance(around, ast.Compare):
            sides = [around.left, *around.comparators]
            if all(isinstance(s, ast.Call) and module.flow.name(s.func) == "builtins.hash" for s in sides):
                return True
        if isinstance(around, ast.Assert):
            return True
    parent = module.flow.parents.get(call)
    if isinstance(parent, ast.Subscript) or (isinstance(parent, ast.Call) and last_name(parent.func) in _LOOKUPS):
        return True  # a key of a dictionary that lives no longer than the process
    if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Attribute):
        return "hash" in parent.targets[0].attr
    return isinstance(module.flow.parents.get(call), ast.Expr)


@remembered(False)
def is_set(module: Module, expression: ast.expr) -> bool:
    """Whether an expression is a set whose order is salted: not one of whole numbers alone."""
    match expression:
        case ast.Set():
            return not all(isinstance(e, ast.Constant) and isinstance(e.value, int) for e in expression.elts)
        case ast.SetComp():
            return True
        case ast.BinOp(op=ast.Sub() | ast.BitAnd() | ast.BitOr() | ast.BitXor()):
            return any(is_set(module, s) or _is_keys(s) for s in (expression.left, expression.right))
        case ast.Call(func=ast.Attribute(attr=method, value=inner)) if method in _SET_METHODS:
            return is_set(module, inner)
        case ast.Call() if module.flow.name(expression.func) in ("builtins.set", "builtins.frozenset"):
            return bool(expression.args) and not _is_of_numbers(module, expression.args[0])
        case ast.Name() | ast.Attribute() | ast.Call():
            found = [v for v in module.flow.values(expression) if isinstance(v, ast.expr) and v is not expression]
            return any(is_set(module, value) for value in found)
    return False


def _is_of_numbers(module: Module, expression: ast.expr) -> bool:
    name = module.flow.name(expression) or ""
    if name.startswith("builtins.range()"):
        return True
    items = expression.elts if isinstance(expression, (ast.List, ast.Tuple)) else []
    return bool(items) and all(isinstance(e, ast.Constant) and isinstance(e.value, int) for e in items)


def _is_keys(expression: ast.expr) -> bool:
    return (
        isinstance(expression, ast.Call)
        and isinstance(expression.func, ast.Attribute)
        and expression.func.attr == "keys"
    )


def _ordered_sets(module: Module) -> Iterator[tuple[ast.expr, str]]:
    """Where the order of a set becomes that of something ordered."""
    for call, name in module.calls():
        if name in _ORDERED and any(is_set(module, given) for given in call.args):
            codes = name == "builtins.enumerate" or (name == "builtins.zip" and _is_counted(module, call))
            if codes:
                if not _is_only_watched(module, call):
                    yield call, "codes"
            elif _matters(module, call):
                yield call, "order"
        for keyword in call.keywords:
            naming = keyword.arg in _NAMING and last_name(call.func) not in ("drop", "rename")
            if naming and is_set(module, keyword.value):
                yield call, "order"
    for listed in module.nodes(ast.ListComp):
        if is_set(module, listed.generators[0].iter) and _matters(module, listed):
            yield listed, "order"
    for keyed in module.nodes(ast.DictComp):
        if is_set(module, keyed.generators[0].iter) and _is_made_a_table(module, keyed):
            yield keyed, "order"
    for starred in module.nodes(ast.Starred):
        holder = module.flow.parents.get(starred)
        if is_set(module, starred.value) and isinstance(holder, (ast.List, ast.Tuple)) and _matters(module, holder):
            yield holder, "order"
    for loop in module.nodes(ast.For):
        if is_set(module, loop.iter) and _builds(module, loop):
            yield loop.iter, "order"


def _is_counted(module: Module, call: ast.Call) -> bool:
    return any(
        (module.flow.name(given) or "").startswith(("builtins.range()", "itertools.count()")) for given in call.args
    )


def _is_only_watched(module: Module, call: ast.Call) -> bool:
    """Whether a numbered loop does nothing but print."""
    loop = module.flow.parents.get(call)
    if not isinstance(loop, ast.For):
        return False
    calls = (s.value.func for s in loop.body if isinstance(s, ast.Expr) and isinstance(s.value, ast.Call))
    names = [module.flow.name(function) for function in calls]
    return len(names) == len(loop.body) and all(name in _UNORDERED for name in names)


def _matters(module: Module, node: ast.expr, steps: int = 4) -> bool:
    """Whether the order of a value reaches something: followed through its variable."""
    parent = module.flow.parents.get(node)
    match parent:
        case ast.keyword():
            if parent.arg in _UNORDERED_KEYWORDS:
                return False
            call = module.flow.parents[parent]
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "drop":
                return False
            return parent.arg is not None and _is_ordered_use(module, call)
        case ast.Call(func=ast.Attribute(attr="join", value=ast.Constant())):
            return False  # a text for a reader
        case ast.Call() if node is not parent.func:
            return _is_ordered_use(module, parent) and (
                _passes_on(module, parent, steps) or not _is_pass(module, parent)
            )
        case ast.Subscript():
            return node is parent.slice or isinstance(parent.slice, ast.Constant)
        case ast.Attribute():
            return parent.attr not in (*_UNORDERED_METHODS, "count", "append", "extend", "copy")
        case ast.BinOp():
            return _matters(module, parent, steps)
        case ast.Assign() if len(parent.targets) == 1 and steps:
            target = parent.targets[0]
            if isinstance(target, ast.Attribute) and target.attr == "columns":
                return True
            return isinstance(target, ast.Name) and _is_used_in_order(module, target, parent, steps)
        case ast.comprehension():
            around = module.flow.parents[parent]
            if isinstance(around, (ast.SetComp, ast.GeneratorExp)):
                return False
            return isinstance(around, ast.expr) and _matters(module, around, steps - 1)
        case ast.For():
            return _builds(module, parent)
        case ast.List() | ast.Tuple() | ast.Starred() if steps:
            return _matters(module, parent, steps - 1)
    return False


def _is_pass(module: Module, call: ast.Call) -> bool:
    return module.flow.name(call.func) in _ORDERED


def _passes_on(module: Module, call: ast.Call, steps: int) -> bool:
    return _is_pass(module, call) and steps > 0 and _matters(module, call, steps - 1)


def _is_ordered_use(module: Module, call: ast.AST) -> bool:
    if not isinstance(call, ast.Call):
        return False
    if module.flow.name(call.func) in _UNORDERED or _is_told(module, call):
        return False
    if isinstance(call.func, ast.Attribute) and call.func.attr in ("extend", "append"):
        return isinstance(call.func.value, ast.Name) and _becomes_columns(module, call.func.value.id)
    return not (isinstance(call.func, ast.Attribute) and call.func.attr in _UNORDERED_METHODS)


def _is_told(module: Module, call: ast.Call) -> bool:
    """Whether a call stands in an error, a warning or a log line, where only a reader sees the order."""
    for around in module.flow.above(call):
        if isinstance(around, (ast.Raise, ast.Assert)):
            return True
        if isinstance(around, ast.Call):
            name = module.flow.name(around.func) or ""
            if name in ("builtins.print", "warnings.warn") or name.startswith("logging."):
                return True
    return False


def _is_used_in_order(module: Module, target: ast.Name, assigned: ast.Assign, steps: int) -> bool:
    uses = module.flow.uses(target, assigned)
    for use in uses:
        holder = module.flow.parents.get(use)
        if isinstance(holder, ast.Attribute) and holder.attr == "sort":
            return False
    if not uses:  # a constant of the module, for others to import
        return module.flow.scope_of(assigned) is module.flow.module
    return any(_matters(module, use, steps - 1) for use in uses)


def _is_made_a_table(module: Module, node: ast.expr) -> bool:
    parent = module.flow.parents.get(node)
    if isinstance(parent, ast.Call):
        return module.flow.name(parent.func) in ("pandas.DataFrame", "polars.DataFrame", "pyarrow.table")
    if isinstance(parent, ast.Assign) and isinstance(target := parent.targets[0], ast.Name):
        for call, name in module.calls():
            if name in ("pandas.DataFrame", "polars.DataFrame", "pyarrow.table") and call.args:
                given = argument(call, "data", 0)
                if isinstance(given, ast.Name) and given.id == target.id:
                    return True
    return False


def _builds(module: Module, loop: ast.For) -> bool:
    """Whether a loop adds columns, or gathers what becomes columns, in its order."""
    names = {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
    for statement in loop.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if (
                        isinstance(target, ast.Subscript)
                        and module.table(target.value)
                        and _names(target.slice) & names
                    ):
                        return True
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
                held = node.func.value
                if isinstance(held, ast.Name) and _becomes_columns(module, held.id):
                    return True
    return False


def _names(expression: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}


def _becomes_columns(module: Module, name: str) -> bool:
    for node in module.nodes(ast.Name):
        if node.id != name or not isinstance(node.ctx, ast.Load):
            continue
        parent = module.flow.parents.get(node)
        if isinstance(parent, ast.Subscript) and parent.slice is node and module.table(parent.value):
            return True
        if isinstance(parent, ast.Call) and node in parent.args and module.flow.name(parent.func) in _STACKING:
            return True
        if isinstance(parent, ast.keyword) and parent.arg == "columns":
            return True
    return False
