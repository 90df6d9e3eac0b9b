"""Calls that draw at random without a seed, however the seed would reach them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from parityline.lint.catalogue import (
    BOOSTING_FUNCTIONS,
    BY_LAST_NAME,
    BY_NAME,
    LAYERS,
    METHODS,
    SEED,
    SPLIT,
    UNTOLD,
    WEIGHTLESS,
    Draw,
)
from parityline.lint.module import Hit, Module, words
from parityline.lint.rules.clock import is_clock
from parityline.syntax.flow import argument, constants
from parityline.syntax.names import each, last_name

WORDS = re.compile(
    r"rand|sample|shuffle|split|sklearn|torch|tensorflow|keras|scipy|imblearn|lightgbm|xgboost|catboost|optuna|umap|hyperopt|rvs"
)
"""A file without any of these has nothing for this rule."""

_SAMPLING = each("frac fraction weights replace ignore_index withReplacement with_replacement")
_UNIQUE = frozenset(("os.getpid()", "uuid.uuid4()", "secrets.randbits()", "secrets.randbelow()"))
_SEED_NAME = re.compile(r"random_state|rng|seed", re.I)
_SEEDING = each(
    "BaggingClassifier BaggingRegressor AdaBoostClassifier AdaBoostRegressor RANSACRegressor ClassifierChain",
    "RegressorChain OutputCodeClassifier EasyEnsembleClassifier BalancedBaggingClassifier RUSBoostClassifier",
)
"""Ensembles that give each of their estimators a seed of its own."""
_WAITING = frozenset(("time.sleep", "asyncio.sleep", "threading.Event().wait"))
_BOOSTING_SEEDS = frozenset(("seed", "random_state", "random_seed", "bagging_seed", "data_random_seed"))


def hits(module: Module) -> Iterator[Hit]:
    """Alarms of this rule: `seed-missing`, and `split-not-repeatable` where the parts of a split are drawn."""
    weights = False
    for call in module.flow.calls:
        name = module.flow.name(call.func)
        draw = _draw(module, call, name)
        if draw is not None:
            if why := _unseeded(module, call, draw):
                yield module.hit(call, draw.code, why)
        elif name in BOOSTING_FUNCTIONS:
            yield from _boosting(module, call)
        elif name and not weights and name.startswith(LAYERS) and _has_weights(name):
            family = name.partition(".")[0].replace("keras", "tensorflow")
            if not module.is_seeded_before(call, family):
                weights = True
                yield module.hit(call, SEED, f"the first weights of `{words(call)}` are drawn without a seed")
        elif name and name.startswith("tensorflow.data.") and name.endswith(".shuffle"):
            seeded = argument(call, "seed", 1) is not None or module.is_seeded_before(call, "tensorflow")
            if not seeded:
                yield module.hit(call, SEED, f"`{words(call)}` draws another order in every run: it has no `seed`")


def _has_weights(name: str) -> bool:
    last = name.rpartition(".")[2]
    return last[:1].isupper() and last not in WEIGHTLESS


def _draw(module: Module, call: ast.Call, name: str | None) -> Draw | None:
    """What is known of a call that may draw at random."""
    if name is None or name.startswith("<"):
        return _method(module, call)
    if found := BY_NAME.get(name):
        return found
    first, last = name.partition(".")[0], name.rpartition(".")[2]
    if first == "datasets" and "()" in name and last in ("shuffle", "train_test_split"):
        return BY_LAST_NAME["datasets.train_test_split"] if last != "shuffle" else Draw(SEED, ("seed", "generator"))
    if found := BY_LAST_NAME.get(f"{first}.{last}"):
        return None if "()" in name else found
    if name.startswith("scipy.stats.") and last == "rvs":
        return Draw(SEED, family="numpy")
    return _method(module, call)


def _method(module: Module, call: ast.Call) -> Draw | None:
    function = call.func
    if not isinstance(function, ast.Attribute):
        return None
    if function.attr == "randomSplit":
        return METHODS["spark", "randomSplit"]
    held = function.value
    grouped = held.func.value if isinstance(held, ast.Call) and isinstance(held.func, ast.Attribute) else None
    kind = module.table(held) or (grouped is not None and module.table(grouped)) or None
    if kind:
        return METHODS.get((kind, function.attr))
    if function.attr == "sample" and module.is_unknown(held):
        given = {k.arg for k in call.keywords}
        if given & {"fraction", "withReplacement", "with_replacement"}:
            return METHODS["spark" if "pyspark" in module.imported else "polars", "sample"]
        if given & _SAMPLING:
            return METHODS["pandas", "sample"]
    return None


def _arguments(module: Module, call: ast.Call) -> dict[str, object]:
    """The constant values of what a call is given by name; of several possible ones the first that is not None."""
    found: dict[str, object] = {}
    for keyword, value in _keywords(module, call):
        known = constants(module.flow.values(value))
        found[keyword] = UNTOLD if known is None else next((v for v in known if v is not None), None)
    return found


def _keywords(module: Module, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """The arguments given by name: to the call, through `**` of a known dictionary, and to a `partial` before."""
    if partial := _partial(module, call):
        yield from _keywords(module, partial)
    for keyword in call.keywords:
        if keyword.arg is not None:
            yield keyword.arg, keyword.value
            continue
        for value in module.flow.values(keyword.value):
            if isinstance(value, ast.Dict):
                for key, held in zip(value.keys, value.values, strict=True):
                    if isinstance(key, ast.Constant):
                        yield str(key.value), held
            elif isinstance(value, ast.Call) and module.flow.name(value.func) == "builtins.dict":
                yield from _keywords(module, value)


def _partial(module: Module, call: ast.Call) -> ast.Call | None:
    """The `functools.partial` that a called name is."""
    for value in module.flow.values(call.func):
        if isinstance(value, ast.Call) and module.flow.name(value.func) == "functools.partial":
            return value
    return None


def _is_open(module: Module, call: ast.Call) -> bool:
    """Whether a call takes arguments that the module does not tell."""
    if any(isinstance(given, ast.Starred) for given in call.args):
        return True
    for keyword in call.keywords:
        if keyword.arg is None:
            for value in module.flow.values(keyword.value):
                known = isinstance(value, ast.Call) and module.flow.name(value.func) == "builtins.dict"
                if not (known or (isinstance(value, ast.Dict) and None not in value.keys)):
                    return True
    return False


def _unseeded(module: Module, call: ast.Call, draw: Draw) -> str | None:
    """The sentence of an alarm, or None where the call is seeded, draws nothing, or cannot be judged."""
    if _is_open(module, call) or _is_waiting(module, call):
        return None
    given = _arguments(module, call)
    if draw.when is not None and not draw.when(given):
        return None
    if draw.family and module.is_seeded_before(call, draw.family):
        return None
    seeds = [(name, value) for name, value in _keywords(module, call) if name in draw.seeds]
    if draw.place is not None and (by_place := argument(call, draw.seeds[0], draw.place)) is not None:
        seeds.append((draw.seeds[0], by_place))
    if _is_spark_sample(call) and len(call.args) == 2 and _is_fraction(call.args[0]):
        seeds.append(("seed", call.args[1]))
    for name, value in seeds:
        if why := _no_seed(module, value):
            return f"`{words(call.func)}` {_consequence(draw)}: `{name}` {why}"
    if seeds or _is_seeded_later(module, call, draw) or _is_seeded_by_place(call) or _is_seeded_within(module, call):
        return None
    if not draw.seeds:
        return f"`{words(call)}` draws from the global generator, which is not seeded before it"
    lacks = f"it has no `{draw.seeds[0]}`"
    if draw.quiet:
        return f"`{words(call.func)}` takes whatever seed its release brings: {lacks}"
    return f"`{words(call.func)}` {_consequence(draw)}: {lacks}"


def _consequence(draw: Draw) -> str:
    return "draws other parts in every run" if draw.code == SPLIT else "gives another result in every run"


def _no_seed(module: Module, value: ast.expr) -> str | None:
    """Why what is given as a seed is none; None where it is one, or may be one."""
    known = module.flow.values(value)
    for one in known:
        if isinstance(one, ast.Constant) and one.value is None:
            written = isinstance(value, ast.Constant)
            return "is None" if written else f"is None through `{words(value)}` (line {one.lineno})"
        if isinstance(one, ast.expr):
            name = module.flow.name(one) or ""
            if name == "numpy.random" and not module.is_seeded_before(value, "numpy"):
                return "is numpy's global generator, which is not seeded"
            if is_clock(module, one):
                return "is taken from the clock"
            if isinstance(one, ast.Call) and name in (
                "os.getpid()",
                "os.urandom()[]",
                "uuid.uuid4()",
                "secrets.randbits()",
            ):
                return f"is `{words(one)}`, another in every run"
    return None


def _is_waiting(module: Module, call: ast.Call) -> bool:
    """Whether the drawn number only decides how long to wait."""
    around = (node for node in module.flow.above(call) if isinstance(node, ast.Call))
    return any(module.flow.name(node.func) in _WAITING for node in around)


def _is_spark_sample(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "sample"


def _is_fraction(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and isinstance(value.value, float)


def _is_seeded_by_place(call: ast.Call) -> bool:
    """Whether an argument that is given by place is called like a seed."""
    return any(_SEED_NAME.search(last_name(given)) for given in call.args)


def _is_seeded_within(module: Module, call: ast.expr, steps: int = 2) -> bool:
    """Whether an estimator is handed to an ensemble that has a seed, and gives its estimators theirs."""
    parent = module.flow.parents.get(call)
    parent = module.flow.parents.get(parent) if isinstance(parent, ast.keyword) else parent
    if isinstance(parent, ast.Call) and last_name(parent.func) in _SEEDING:
        given = next((value for name, value in _keywords(module, parent) if name == "random_state"), None)
        return given is not None and _no_seed(module, given) is None
    if isinstance(parent, ast.Assign) and isinstance(target := parent.targets[0], ast.Name) and steps:
        uses = module.flow.uses(target, parent)
        return bool(uses) and all(_is_seeded_within(module, use, steps - 1) for use in uses)
    return False


def _is_seeded_later(module: Module, call: ast.Call, draw: Draw) -> bool:
    """Whether the object gets its seed after it was made: by `set_params`, an attribute or a method."""
    target = module.flow.parents.get(call)
    if not (isinstance(target, ast.Assign) and len(target.targets) == 1):
        return False
    own = ast.unparse(target.targets[0])
    for other in module.flow.calls:
        function = other.func
        if not (isinstance(function, ast.Attribute) and ast.unparse(function.value) == own):
            continue
        named = {name.rpartition("__")[2] for name, _ in _keywords(module, other)}
        if function.attr == "set_params" and named & set(draw.seeds):
            return True
        if function.attr in ("manual_seed", "seed") and (other.args or other.keywords):
            return True
    return any(
        isinstance(target, ast.Attribute) and target.attr in draw.seeds and ast.unparse(target.value) == own
        for assigned in module.nodes(ast.Assign)
        for target in assigned.targets
    )


def _boosting(module: Module, call: ast.Call) -> Iterator[Hit]:
    """Training functions that take their seed among a dictionary of parameters."""
    for value in module.flow.values(argument(call, "params", 0)):
        known: set[str] | None = None
        if isinstance(value, ast.Dict) and all(isinstance(key, ast.Constant) for key in value.keys):
            known = {str(key.value) for key in value.keys if isinstance(key, ast.Constant)}
        elif isinstance(value, ast.Call) and module.flow.name(value.func) == "builtins.dict":
            known = {k.arg for k in value.keywords if k.arg}
        if known is not None and not known & _BOOSTING_SEEDS and not _gets_seed(module, call):
            sentence = f"`{words(call.func)}` takes whatever seed its release brings: its parameters have no `seed`"
            yield module.hit(call, SEED, sentence)
            return


def _gets_seed(module: Module, call: ast.Call) -> bool:
    """Whether the dictionary of parameters gets a seed after it was written."""
    given = argument(call, "params", 0)
    for assigned in module.nodes(ast.Assign):
        for target in assigned.targets:
            if (
                isinstance(target, ast.Subscript)
                and isinstance(given, ast.Name)
                and ast.unparse(target.value) == given.id
                and isinstance(target.slice, ast.Constant)
                and target.slice.value in _BOOSTING_SEEDS
            ):
                return True
    return any(
        isinstance(other.func, ast.Attribute)
        and other.func.attr == "update"
        and isinstance(given, ast.Name)
        and ast.unparse(other.func.value) == given.id
        for other in module.flow.calls
    )
