"""Values of a table that depend on when the code runs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from parityline.lint.module import Hit, Module, remembered, words

CODE = "depends-on-run-time"
WORDS = re.compile(r"now\(|today|time\(|time_ns|current_(?:date|timestamp)")
"""A file without any of these has nothing for this rule."""

_CLOCKS = (
    "time.time()",
    "time.time_ns()",
    "datetime.datetime.now()",
    "datetime.datetime.utcnow()",
    "datetime.datetime.today()",
    "datetime.date.today()",
    "pandas.Timestamp.now()",
    "pandas.Timestamp.utcnow()",
    "pandas.Timestamp.today()",
    "pyspark.sql.functions.current_date()",
    "pyspark.sql.functions.current_timestamp()",
    "pyspark.sql.functions.now()",
    "pyspark.sql.functions.unix_timestamp()",
    "pendulum.now()",
    "pendulum.today()",
    "arrow.now()",
    "arrow.utcnow()",
    "django.utils.timezone.now()",
)
_COUNTERS = ("time.time()", "time.time_ns()")
_READ_TODAY = frozenset(("pandas.Timestamp", "pandas.to_datetime", "numpy.datetime64"))
_PASSED_ON = frozenset(
    ("builtins.int", "builtins.float", "builtins.round", "builtins.str", "pandas.Timestamp", "pandas.to_datetime")
)
_COLUMNS = re.compile(r"^(?:polars\.(?:col|lit)|pyspark\.sql\.functions\.\w+)\(\)|^polars\.col\.")
_STARTED = re.compile(
    r"start|beg[iau]n|^t\d?$|^t_|tic|since|launch|deadline|expir|last|until|timeout|ttl|prev|elapsed|limit|delta|period|offset|max_age"
)
_WRITES = re.compile(
    r"^(?:to_(?!datetime|period|timestamp)\w+|write\w*|save\w*|rename|info|describe|plot|set_\w*title)$"
)
_ARITHMETIC = (ast.Sub, ast.Add, ast.Div, ast.FloorDiv, ast.Mod)


def hits(module: Module) -> Iterator[Hit]:
    """Alarms of this rule: the clock meets a column, or is stored as one."""
    told: set[int] = set()
    for node, why in _meetings(module):
        line = module.flow.statement(node).lineno
        if line not in told:
            told.add(line)
            yield module.hit(node, CODE, f"`{words(node)}` {why}")


@remembered(False)
def is_clock(module: Module, expression: ast.expr) -> bool:
    """Whether an expression is the present time, or follows from it and constants alone."""
    if isinstance(expression, ast.BinOp):
        sides = expression.left, expression.right
        clocks = [is_clock(module, side) for side in sides]
        return sum(clocks) == 1 and not any(_is_data(module, s) for s in sides)
    name = module.flow.name(expression)
    if name and any(name == clock or name.startswith(f"{clock}.") for clock in _CLOCKS):
        return True
    for value in module.flow.values(expression):
        match value:
            case ast.Call(args=[first, *_]):
                called = module.flow.name(value.func)
                if called == "pyspark.sql.functions.unix_timestamp":
                    return False
                if called in _READ_TODAY and isinstance(first, ast.Constant) and first.value in ("now", "today"):
                    return True
                if called in _PASSED_ON and is_clock(module, first):
                    return True
            case ast.BinOp() if value is not expression and is_clock(module, value):
                return True
            case ast.Call(func=ast.Attribute(value=inner)) if is_clock(module, inner):
                return True
            case ast.Attribute(value=inner) if is_clock(module, inner):
                return True
    return False


def _meetings(module: Module) -> Iterator[tuple[ast.expr, str]]:
    for node in module.nodes(ast.BinOp):
        if isinstance(node.op, _ARITHMETIC) and _meet(module, node.left, node.right):
            yield node, "counts from a column to the time of the run"
    for compared in module.nodes(ast.Compare):
        if len(compared.comparators) == 1 and _meet(module, compared.left, compared.comparators[0]):
            yield compared, "holds a column against the time of the run"
    for stored in module.nodes(ast.Assign):
        columns = [t for t in stored.targets if isinstance(t, ast.Subscript) and module.table(t.value)]
        if columns and is_clock(module, stored.value):
            yield stored.value, "is stored as a column: the time of the run"
    for call in module.flow.calls:
        yield from _passed(module, call)


def _meet(module: Module, one: ast.expr, other: ast.expr) -> bool:
    for clock, data in ((one, other), (other, one)):
        if is_clock(module, clock):
            counter = (module.flow.name(clock) or "").startswith(_COUNTERS)
            if counter:
                return module.table(data) is not None
            return not is_clock(module, data) and (_is_data(module, data) or _is_row(module, data))
    return False


@remembered(False)
def _is_data(module: Module, expression: ast.expr) -> bool:
    """Whether an expression is a table, a column of one, or made from a column."""
    if module.table(expression) or _COLUMNS.match(module.flow.name(expression) or ""):
        return not is_clock_name(module, expression)
    match expression:
        case ast.Subscript(slice=ast.Constant(value=str()), value=inner):
            return module.is_unknown(inner) and not _is_started(expression.slice)
        case ast.Attribute(value=inner):
            return _is_data(module, inner)
        case ast.Call(func=ast.Attribute(value=inner), args=given):
            return _is_data(module, inner) or any(_is_data(module, one) for one in given[:1])
        case ast.BinOp():
            return _is_data(module, expression.left) or _is_data(module, expression.right)
    return False


def is_clock_name(module: Module, expression: ast.expr) -> bool:
    """Whether the full name of an expression is that of a clock."""
    name = module.flow.name(expression) or ""
    return any(name == clock or name.startswith(f"{clock}.") for clock in _CLOCKS)


def _is_row(module: Module, expression: ast.expr) -> bool:
    """Whether an expression is a parameter of a function or a field of one, as where it is applied to rows."""
    field = expression
    while isinstance(field, (ast.Attribute, ast.Subscript, ast.Call)):
        field = field.func if isinstance(field, ast.Call) else field.value
    if not isinstance(field, ast.Name) or _is_started(expression) or field.id in ("self", "cls"):
        return False
    bindings = module.flow.bindings(field)
    return bool(bindings) and bindings[0].how == "parameter"


def _is_started(expression: ast.expr) -> bool:
    return bool(_STARTED.search(ast.unparse(expression).lower()))


def _passed(module: Module, call: ast.Call) -> Iterator[tuple[ast.expr, str]]:
    """Methods of tables and functions of columns that are given the time of the run."""
    name = module.flow.name(call.func) or ""
    given = [*call.args, *(k.value for k in call.keywords)]
    if name.startswith("pyspark.sql.functions.") and len(given) > 1:
        if any(is_clock(module, g) for g in given) and any(_is_data(module, g) or _is_text(g) for g in given):
            yield call, "counts from a column to the time of the run"
    elif name == "dateutil.relativedelta.relativedelta" and len(given) == 2 and _meet(module, given[0], given[1]):
        yield call, "counts from a column to the time of the run"
    elif isinstance(call.func, ast.Attribute) and not _WRITES.match(call.func.attr) and module.table(call.func.value):
        inner = [n for g in given for n in (g, *(g.args if isinstance(g, ast.Call) else ()))]
        for one in inner:
            if is_clock(module, one):
                yield call, "puts the time of the run into a table"
                return


def _is_text(expression: ast.expr) -> bool:
    return isinstance(expression, ast.Constant) and isinstance(expression.value, str)
