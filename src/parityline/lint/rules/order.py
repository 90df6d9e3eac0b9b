"""Rows that are taken by their position although nothing gives them one order."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from parityline import queries
from parityline.lint.module import Hit, Module, words
from parityline.lint.origins import is_ordered, origins
from parityline.lint.strings import query_text
from parityline.syntax.flow import argument, constants
from parityline.syntax.names import each

UNDEFINED, TIES = "order-undefined", "order-has-ties"
WORDS = re.compile(
    r"drop_?[dD]uplicates|duplicated|unique|groupby|listdir|scandir|glob|iterdir|sql|SQL|query|execute|read_database"
)
"""A file without any of these has nothing for this rule."""

_LISTINGS = (
    "os.listdir()",
    "os.scandir()",
    "glob.glob()",
    "glob.iglob()",
    "pathlib.Path().glob()",
    "pathlib.Path().rglob()",
    "pathlib.Path().iterdir()",
)
_READERS = ("read_", "load", "scan_", "ParquetFile", "open", "concat")
_SPLITTERS = each(
    "KFold StratifiedKFold ShuffleSplit StratifiedShuffleSplit RepeatedKFold RepeatedStratifiedKFold",
    "TimeSeriesSplit StratifiedGroupKFold GroupShuffleSplit",
)
_BY_POSITION = frozenset(
    ("train_test_split", "shuffle", "resample", "cross_val_score", "cross_validate", "cross_val_predict")
)
_ROWS = each("head tail sample limit randomSplit random_split take")
_OF_GROUPS = each("first last head tail nth cumcount shift diff pct_change ffill bfill")


def hits(module: Module) -> Iterator[Hit]:
    """Alarms of this rule: unordered queries before a split, duplicates kept in no order, files in no order."""
    yield from _queries(module)
    yield from _duplicates(module)
    yield from _files(module)


# ---------------------------------------------------------------- queries


def _queries(module: Module) -> Iterator[Hit]:
    told: set[ast.AST] = set()
    for use, data in _by_position(module):
        for origin in origins(module, data):
            if origin.ordered or origin.call in told:
                continue
            text = query_text(module, origin.call, origin.name)
            if text is None or not _is_query(text) or _is_one_row(text):
                continue
            told.add(origin.call)
            where = f"`{words(use)}` in line {use.lineno} takes its rows by position"
            order = queries.order_of(text)
            if order is None:
                yield module.hit(origin.call, UNDEFINED, f"the query has no ORDER BY, and {where}")
            elif not queries.names_a_row(order) and not any(column.startswith("rand") for column in order):
                sentence = f"rows with equal {', '.join(order)} come in no order, and {where}"
                yield module.hit(origin.call, TIES, sentence, "warning")


def _is_query(text: str) -> bool:
    return bool(set(queries.tokens(text)[:1]) & {"select", "with", "from", "table"}) or " " not in text.strip()


def _is_one_row(text: str) -> bool:
    found = queries.tokens(text)
    return "group" not in found and found[1:2] in (["count"], ["max"], ["min"], ["sum"], ["avg"])


def _by_position(module: Module) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Uses of tables that depend on the position of rows: (the use, the table)."""
    for call in module.flow.calls:
        name = module.flow.name(call.func) or ""
        last = name.rpartition(".")[2]
        if name.startswith("sklearn.") and last in _BY_POSITION and call.args:
            for data in call.args[:2] if last == "train_test_split" else call.args[1:2] or call.args[:1]:
                yield call, data
        elif name.startswith("sklearn.") and last == "split" and call.args:
            if name.removesuffix("().split").rpartition(".")[2] in _SPLITTERS:
                yield call, call.args[0]
        elif isinstance(call.func, ast.Attribute) and call.func.attr in _ROWS and module.table(call.func.value):
            if not _is_watched(module, call):
                yield call, call.func.value
        elif name in ("torch.utils.data.random_split", "numpy.array_split", "numpy.split") and call.args:
            yield call, call.args[0]
    for node in module.nodes(ast.Subscript):
        holder = node.value
        if isinstance(holder, ast.Attribute) and holder.attr == "iloc":
            rows = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
            if not (isinstance(rows, ast.Slice) and rows.lower is rows.upper is None):
                yield node, holder.value
        elif isinstance(node.slice, ast.Slice) and module.table(holder):
            yield node, holder


def _is_watched(module: Module, call: ast.Call) -> bool:
    """Whether rows are only looked at: an expression of its own, or something printed."""
    parent = module.flow.parents.get(call)
    if isinstance(parent, ast.Expr):
        return True
    return isinstance(parent, ast.Call) and module.flow.name(parent.func) in (
        "builtins.print",
        "IPython.display.display",
    )


# ---------------------------------------------------------------- duplicates


def _duplicates(module: Module) -> Iterator[Hit]:
    for call in module.flow.calls:
        function = call.func
        if not isinstance(function, ast.Attribute):
            continue
        what = _kept(module, call, function)
        if what and not is_ordered(module, function.value):
            sentence = f"`{words(call)}` {what} of equal keys, and nothing sorts the rows before"
            yield module.hit(call, TIES, sentence, "warning")


def _kept(module: Module, call: ast.Call, function: ast.Attribute) -> str | None:
    """What a call keeps of the rows of a key; None where the order of rows does not matter to it."""
    method = function.attr
    is_group = isinstance(function.value, (ast.Call, ast.Subscript)) and method in _OF_GROUPS
    if not is_group and module.table(function.value) is None and not module.is_unknown(function.value):
        return None
    if method in ("drop_duplicates", "duplicated"):
        subset, keep = argument(call, "subset", 0), argument(call, "keep")
        kept = (constants(module.flow.values(keep)) if keep is not None else None) or ["first"]
        if subset is None or kept[0] is False:
            return None
        return f"keeps the {kept[0]} row" if kept[0] in ("first", "last") else None
    if method == "dropDuplicates" or method == "drop_duplicates":
        return "keeps any row" if call.args else None
    if method == "unique" and module.table(function.value) == "polars":
        subset, keep = argument(call, "subset", 0), argument(call, "keep")
        kept = (constants(module.flow.values(keep)) if keep is not None else None) or ["any"]
        return f"keeps {kept[0]} row" if subset is not None and kept[0] in ("any", "first", "last") else None
    if method in _OF_GROUPS:
        grouped = function.value.value if isinstance(function.value, ast.Subscript) else function.value
        if isinstance(grouped, ast.Call) and isinstance(grouped.func, ast.Attribute) and grouped.func.attr == "groupby":
            return f"takes {method} in the order of the rows"
    return None


# ---------------------------------------------------------------- files


def _files(module: Module) -> Iterator[Hit]:
    for call in module.flow.calls:
        name = module.flow.name(call)
        if name in _LISTINGS and _is_read_in_order(module, call):
            yield module.hit(call, UNDEFINED, f"`{words(call)}` lists files in no order, and they are read in it")


def _is_read_in_order(module: Module, node: ast.expr, steps: int = 4) -> bool:
    parent = module.flow.parents.get(node)
    match parent:
        case ast.comprehension():
            around = module.flow.parents[parent]
            reads = isinstance(around, (ast.ListComp, ast.GeneratorExp)) and _reads(module, around.elt)
            if reads:
                return True
            return isinstance(around, ast.ListComp) and steps > 0 and _is_read_in_order(module, around, steps - 1)
        case ast.For() if node is parent.iter:
            return any(_reads(module, statement) for statement in parent.body)
        case ast.Call() if node is not parent.func:
            name = module.flow.name(parent.func) or ""
            if name in ("builtins.list", "builtins.tuple", "builtins.enumerate") and steps:
                return _is_read_in_order(module, parent, steps - 1)
            return name == "builtins.map" and _is_reader(module, parent.args[0])
        case ast.Assign() if isinstance(parent.targets[0], ast.Name) and steps:
            uses = module.flow.uses(parent.targets[0], parent)
            sorts = [module.flow.parents.get(use) for use in uses]
            if any(isinstance(holder, ast.Attribute) and holder.attr == "sort" for holder in sorts):
                return False
            return any(_is_read_in_order(module, use, steps - 1) for use in uses)
    return False


def _reads(module: Module, node: ast.AST) -> bool:
    return any(isinstance(inner, ast.Call) and _is_reader(module, inner.func) for inner in ast.walk(node))


def _is_reader(module: Module, function: ast.expr) -> bool:
    last = (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )
    return last.startswith(_READERS)
