"""Transformers that are fitted before the rows are split into parts."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

from parityline.lint.module import Hit, Module, remembered, words
from parityline.syntax.names import each

CODE = "fitted-before-split"
WORDS = re.compile(r"train_test_split|cross_val|learning_curve|\.split\(|permutation_test_score")
"""A file without any of these has nothing for this rule."""

_PACKAGES = ("sklearn.", "imblearn.", "category_encoders.", "feature_engine.", "umap.", "cuml.")
_PARTS = (
    *("preprocessing", "impute", "decomposition", "feature_selection", "feature_extraction", "compose", "pipeline"),
    *("over_sampling", "under_sampling", "combine", "random_projection", "kernel_approximation", "manifold", "cluster"),
)
_HARMLESS = each(
    "LabelEncoder LabelBinarizer MultiLabelBinarizer Normalizer Binarizer FunctionTransformer PolynomialFeatures",
    "HashingVectorizer FeatureHasher train_test_split",
)
_FITTING = ("fit", "fit_transform", "fit_resample")
_STATISTICS = each("mean median mode std var quantile min max")
_NONE: frozenset[object] = frozenset()
_PLAIN = each("pandas.DataFrame pandas.concat pandas.get_dummies numpy.hstack numpy.asarray numpy.array")
_SPLITS = frozenset(("train_test_split",))
_JUDGES = frozenset(
    ("cross_val_score", "cross_validate", "cross_val_predict", "learning_curve", "permutation_test_score")
)


def hits(module: Module) -> Iterator[Hit]:
    """Alarms of this rule: `fit` on rows that a later line splits, and statistics of them that fill or scale."""
    splits = list(_splits(module))
    if not splits:
        return
    roots = [(split, {root for given in data for root in _roots(module, given)}) for split, data in splits]
    told: set[ast.expr] = set()
    for fit, data, what in _fits(module):
        own = _roots(module, data)
        for split, parts in roots:
            if fit not in told and _is_before(module, fit, split) and own & parts:
                told.add(fit)
                where = f"line {split.lineno} splits these rows only afterwards"
                yield module.hit(fit, CODE, f"`{words(fit)}` {what} all rows; {where}")


def _splits(module: Module) -> Iterator[tuple[ast.Call, list[ast.expr]]]:
    for call, name in module.calls():
        last = name.rpartition(".")[2]
        if name.startswith("sklearn.") and last in _SPLITS:
            yield call, call.args
        elif name.startswith("sklearn.") and last in _JUDGES:
            given = [*call.args[1:2], *(k.value for k in call.keywords if k.arg == "X")]
            yield call, given
        elif name.startswith("sklearn.model_selection.") and name.endswith("().split"):
            yield call, call.args[:1]


def _fits(module: Module) -> Iterator[tuple[ast.Call, ast.expr, str]]:
    """Calls that learn from rows: (the call, the rows, what it does with them)."""
    for call, name in module.calls():
        head, _, method = name.rpartition(".")
        made = head.removesuffix("()")
        if method in _FITTING and call.args and name.startswith(_PACKAGES):
            if any(f".{part}" in made for part in _PARTS) and made.rpartition(".")[2] not in _HARMLESS:
                yield call, call.args[0], "resamples" if method == "fit_resample" else "learns from"
        elif method == "fillna" and call.args and isinstance(call.func, ast.Attribute):
            filled = call.args[0]
            if (
                isinstance(filled, ast.Call)
                and isinstance(filled.func, ast.Attribute)
                and filled.func.attr in _STATISTICS
            ):
                yield call, call.func.value, "fills with a statistic of"
    for scaled in module.nodes(ast.BinOp):
        if isinstance(scaled.op, (ast.Sub, ast.Div)) and isinstance(scaled.right, ast.Call):
            function = scaled.right.func
            if not (isinstance(function, ast.Attribute) and function.attr in ("mean", "median", "std")):
                continue
            if ast.unparse(function.value) == ast.unparse(scaled.left) and module.table(scaled.left):
                yield scaled.right, scaled.left, "is a statistic of"


def _is_before(module: Module, fit: ast.AST, split: ast.AST) -> bool:
    """Whether a fit comes before a split in the same function, and not in another turn of a loop."""
    if module.flow.scope_of(fit) is not module.flow.scope_of(split):
        return False
    around = set(module.flow.loops(fit)) - set(module.flow.loops(split))
    if any(isinstance(loop, (ast.For, ast.While)) and split in ast.walk(loop) for loop in around):
        return False
    end = getattr(fit, "end_lineno", 0), getattr(fit, "end_col_offset", 0)
    start = getattr(split, "lineno", 0), getattr(split, "col_offset", 0)
    return end <= start or any(parent is split for parent in module.flow.above(fit))


@remembered(_NONE)
def _roots(module: Module, expression: ast.expr) -> frozenset[object]:
    """What a table was made from in the end: the reading call, the parameter or the name, through all steps between."""
    return frozenset(_made_from(module, expression))


def _made_from(module: Module, expression: ast.expr) -> Collection[object]:
    match expression:
        case ast.Name():
            found: set[object] = set()
            for binding in module.flow.bindings(expression):
                if binding.how in ("is", "item") and binding.value is not None and not _is_part(module, binding.value):
                    found |= _roots(module, binding.value)
                elif binding.how in ("is", "item"):
                    found.add((binding.name, binding.place))
                else:
                    found.add((binding.name, binding.place))
            return found or {expression.id}
        case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Starred(value=inner):
            return _roots(module, inner)
        case ast.Call() if (given_to_tap := module.flow.tapped(expression)) is not None:
            return _roots(module, given_to_tap)
        case ast.Call():
            name = module.flow.name(expression.func) or ""
            function = expression.func
            method = function.attr if isinstance(function, ast.Attribute) else ""
            given = [*expression.args, *(k.value for k in expression.keywords if k.arg in ("data", "X"))]
            if method in ("transform", "fit_transform", "fit_resample", "inverse_transform") or _is_plain(name):
                return {root for one in given[:2] for root in _roots(module, one)} or {expression}
            if isinstance(function, ast.Attribute) and module.flow.name(function.value) is not None:
                return _roots(module, function.value) if module.table(function.value) else {expression}
            if isinstance(function, ast.Attribute):
                return _roots(module, function.value)
            return {expression}
        case ast.BinOp():
            return _roots(module, expression.left) | _roots(module, expression.right)
        case ast.List() | ast.Tuple():
            return {root for part in expression.elts for root in _roots(module, part)}
    return set()


def _is_plain(name: str) -> bool:
    return name in (
        "pandas.DataFrame",
        "pandas.concat",
        "pandas.get_dummies",
        "numpy.hstack",
        "numpy.asarray",
        "numpy.array",
    )


def _is_part(module: Module, value: ast.expr) -> bool:
    """Whether a value is one of the parts of a split: rows of their own."""
    return isinstance(value, ast.Call) and (module.flow.name(value.func) or "").endswith("train_test_split")
