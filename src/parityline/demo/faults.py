"""Small faults of real life, each injected into one step of the bundled pipeline, with the code that it must get."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from parityline.errors import UsageError


@dataclass(frozen=True, slots=True)
class Fault:
    """One small fault.

    scenario: of the checklist, 1 to 6. sentence: what somebody did. stage, code: where it must be found first, and as
    what. step: of the pipeline that it changes. apply: the step's value (a table, setting or function) to the changed
    one; it leaves what it was given untouched.
    """

    name: str
    scenario: int
    sentence: str
    stage: str
    code: str
    step: str
    apply: Callable[[Any], Any]

    def __str__(self) -> str:
        return self.name


class Faulty:
    """The change of a run that makes all of `faults`, and keeps the tables that passed by in `tables`."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self.faults = tuple(faults)
        self.tables: dict[str, Any] = {}

    def __call__(self, step: str, value: Any) -> Any:
        for fault in self.faults:
            if fault.step == step:
                value = fault.apply(value)
        if hasattr(value, "columns"):
            self.tables[step] = value
        return value


def faults_named(names: Sequence[str]) -> list[Fault]:
    """The faults of these names, in this order. Raises UsageError with the nearest names for one that is not there."""
    for name in names:
        if name not in FAULTS:
            near = difflib.get_close_matches(name, FAULTS, n=3, cutoff=0.3)
            hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(FAULTS)}"
            raise UsageError(f"expected the name of a fault of the demo, found {name!r}; {hint}")
    return [FAULTS[name] for name in dict.fromkeys(names)]


def _column(name: str, change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda table: table.assign(**{name: change(table[name])})


def _renamed(**names: str) -> Callable[[Any], Any]:
    return lambda table: table.rename(columns=names)


def _without_month(table: Any) -> Any:
    return table[table["ordered_at"].dt.month != 7].reset_index(drop=True)


def _thinned(table: Any) -> Any:
    lost = np.random.default_rng(5).choice(len(table), max(len(table) // 400, 12), replace=False)
    return table.drop(index=table.index[lost]).reset_index(drop=True)


def _local(times: Any) -> Any:
    return times.dt.tz_localize("UTC").dt.tz_convert("Europe/Berlin").dt.tz_localize(None)


def _swapped(values: Mapping[str, str]) -> Callable[[Any], Any]:
    return lambda column: column.replace(dict(values))


def _own_mean(_: Any) -> Any:
    return lambda ages, constants: ages.fillna(ages.mean())


def _own_scale(_: Any) -> Any:
    return lambda prices, constants: (prices - prices.mean()) / prices.std(ddof=0)


def _mixed_up(labels: Any) -> Any:
    random = np.random.default_rng(11)
    rows = np.flatnonzero(random.random(len(labels)) < 0.6)
    mixed = labels.to_numpy().copy()
    mixed[rows] = mixed[random.permutation(rows)]
    return mixed


_ALL = (
    Fault(
        "float32-amount", 1, "the join writes `amount` in single precision",
        "joined", "stored-as-float32", "joined", _column("amount", lambda x: x.astype("float32").astype("float64")),
    ),
    Fault(
        "rounded-amount", 1, "the join writes `amount` with one decimal",
        "joined", "rounded", "joined", _column("amount", lambda x: x.round(1)),
    ),
    Fault(
        "month-lost", 1, "the partition of July is not loaded",
        "joined", "partition-lost", "joined", _without_month,
    ),
    Fault(
        "rows-lost", 1, "one order in 400 is lost in transfer",
        "orders", "rows-lost", "orders", _thinned,
    ),
    Fault(
        "local-time", 1, "`ordered_at` is exported in the time of Berlin, not in UTC",
        "orders", "time-zone-shift", "orders", _column("ordered_at", _local),
    ),
    Fault(
        "sentinel-age", 1, "a missing `age` is exported as -1",
        "customers", "null-became-sentinel", "customers", _column("age", lambda x: x.fillna(-1.0)),
    ),
    Fault(
        "renamed-weight", 1, "`weight` of a product is called `weight_kg` now",
        "products", "column-renamed", "products", _renamed(weight="weight_kg"),
    ),
    Fault(
        "fahrenheit", 1, "a new weather station reports `temperature` in Fahrenheit",
        "logistics", "unit-changed", "logistics", _column("temperature", lambda x: x * 9 / 5 + 32),
    ),
    Fault(
        "countries-exchanged", 1, "a lookup table exchanges SE and PT",
        "joined", "categories-exchanged", "joined", _column("country", _swapped({"SE": "PT", "PT": "SE"})),
    ),
    Fault(
        "imputer-refitted", 2, "a missing `age` is filled with the mean of this batch, not of the training part",
        "features", "imputed-with-other-constant", "imputer", _own_mean,
    ),
    Fault(
        "scaler-refitted", 2, "`price` is scaled by mean and deviation of this batch",
        "features", "scaler-refitted", "scaler", _own_scale,
    ),
    Fault(
        "other-seed", 3, "the seed of the split was left out of the configuration",
        "split", "split-differs", "split seed", lambda seed: seed + 1,
    ),
    Fault(
        "other-row-order", 3, "the orders arrive in another order before the split, with the same seed",
        "split", "split-differs", "order of rows", lambda ids: ids.iloc[::-1],
    ),
    Fault(
        "older-model", 4, "the model of last month is served, with another penalty",
        "model", "other-model-served", "inverse penalty", lambda penalty: penalty / 10,
    ),
    Fault(
        "other-class", 4, "the probability of the other class is served",
        "scores", "wrong-output-served", "scores", _column("p_return", lambda p: 1 - p),
    ),
    Fault(
        "labels-mixed-up", 5, "three fifths of the labels are joined to other orders",
        "returned", "values-on-wrong-rows", "returned", _column("returned", _mixed_up),
    ),
    Fault(
        "backlog-gone", 6, "the warehouses do not send `backlog` any more",
        "logistics", "variable-unavailable", "logistics", _column("backlog", lambda x: x * np.nan),
    ),
)  # fmt: skip

FAULTS: dict[str, Fault] = {fault.name: fault for fault in _ALL}
"""All faults by name, in the order of the checklist."""

DEFAULT = ("float32-amount", "other-seed")
"""What the demo breaks unless it is told otherwise: one fault at the ETL, one at the split."""
