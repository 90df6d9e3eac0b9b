"""Changes that no catalogue foresees: each is found and placed, and is given no cause that does not hold.

A draw takes an operation, a table, a column and a share of its rows at random, by a seed. What a cause says is held
against the tables themselves. PARITYLINE_FAULTS=all takes 500 draws instead of 50.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import misses
import numpy as np
import pandas as pd
import pytest
from judging import business, clean, downstream, new_errors, production, told
from pipelines import Frame, Run

import parityline
from parityline import Finding, Verdict

DRAWS = 500 if os.environ.get("PARITYLINE_FAULTS") == "all" else 50
SHARES = (1.0, 0.3, 0.05, 0.0)
"""Of the rows; the last is one row."""

STEPS = (
    "facts",
    "lookup",
    "joined",
    "daily",
    "by_code",
    "embedding",
    "features",
    "predictions",
    "forecast",
    "outcomes",
)
Random = np.random.Generator


# --- operations ------------------------------------------------------------------------------------------------------


def _noise(x: pd.Series, random: Random) -> Any:
    return x + random.normal(0, float(x.std(ddof=0) or 1.0) * 0.01, len(x))


def _other_value(x: pd.Series, random: Random) -> Any:
    return pd.Series(random.choice(x.dropna().unique(), len(x)), index=x.index)


NUMBER: dict[str, Callable[[pd.Series, Random], Any]] = {
    "noise": _noise,
    "factor": lambda x, random: x * float(random.choice([0.5, 1.1, 3.0, 1000.0])),
    "shift": lambda x, random: x + float(random.choice([-1.0, 0.001, 5.0])),
    "negated": lambda x, random: -x,
    "null": lambda x, random: x * np.nan,
    "constant": lambda x, random: x * 0 + float(random.choice([0.0, -1.0, 999.0])),
    "rounded": lambda x, random: x.round(int(random.integers(0, 3))),
    "squared": lambda x, random: x * x,
    "permuted": lambda x, random: pd.Series(random.permutation(x.to_numpy()), index=x.index),
    "clipped": lambda x, random: x.clip(upper=float(x.quantile(0.9))),
    "single precision": lambda x, random: x.astype("float32").astype("float64"),
    "another value": _other_value,
}
TEXT: dict[str, Callable[[pd.Series, Random], Any]] = {
    "upper": lambda x, random: x.str.upper(),
    "reversed": lambda x, random: x.str[::-1],
    "padded": lambda x, random: x + " ",
    "cut": lambda x, random: x.str[:3],
    "replaced": lambda x, random: x.str.replace("a", "e"),
    "null": lambda x, random: x.mask(x.notna()),
    "permuted": lambda x, random: pd.Series(random.permutation(x.to_numpy()), index=x.index),
    "another value": _other_value,
    "constant": lambda x, random: x.where(x.isna(), "x"),
}
TIME: dict[str, Callable[[pd.Series, Random], Any]] = {
    "hours": lambda x, random: x + pd.Timedelta(hours=int(random.integers(1, 9))),
    "seconds": lambda x, random: (
        x + pd.to_timedelta(random.integers(1, 99, len(x)), unit="s").astype("timedelta64[us]")
    ),
    "floored": lambda x, random: x.dt.floor("h"),
    "permuted": lambda x, random: pd.Series(random.permutation(x.to_numpy()), index=x.index),
}
BOOLEAN: dict[str, Callable[[pd.Series, Random], Any]] = {"negated": lambda x, random: ~x}


@dataclass(frozen=True)
class Draw:
    """What was done to which table; column is None where whole rows were lost or doubled."""

    step: str
    column: str | None
    operation: str
    share: float
    observed: Run
    reference: Run


def draw(seed: int) -> Draw:
    """The first change by this seed that changes something and that the pipeline survives."""
    random = np.random.default_rng(seed)
    own, reference = business("shop"), clean("shop")
    for _ in range(200):
        step, share = str(random.choice(STEPS)), float(random.choice(SHARES))
        before = reference.frames[step]
        key = set(reference.records["open"].stages[step].tables[""].key)
        if random.random() < 0.12:
            rows = _chosen(len(before), share if share < 1 else 0.4, random)
            lost = random.random() < 0.5
            after = before[~rows] if lost else pd.concat([before, before[rows]])
            change, column, operation = after.reset_index(drop=True), None, "lost" if lost else "doubled"
        else:
            column = str(random.choice([c for c in before if c not in key]))
            named = _operations(before[column])
            if not named:
                continue
            operation = str(random.choice(list(named)))
            rows = _chosen(len(before), share, random)
            new = _same_kind(before[column], pd.Series(named[operation](before[column], random), index=before.index))
            change = before.assign(
                **{column: new.where(pd.Series(rows, before.index), _same_kind(new, before[column]))}
            )
            if _equal(before[column], change[column]):
                continue
        try:
            observed = production("shop", {step: [lambda _, change=change: change]}, reference)
        except Exception:
            continue
        return Draw(step, column, operation, share, observed, reference)
    raise AssertionError(f"seed {seed}: no change that the pipeline of {own.name} survives")


def _chosen(n: int, share: float, random: Random) -> Any:
    rows = random.random(n) < share
    rows[random.integers(0, n)] = True
    return rows


def _operations(column: pd.Series) -> dict[str, Callable[[pd.Series, Random], Any]]:
    if pd.api.types.is_bool_dtype(column):
        return BOOLEAN
    if pd.api.types.is_datetime64_any_dtype(column):
        return TIME
    if pd.api.types.is_string_dtype(column) or column.dtype == object:
        return TEXT
    return NUMBER if column.dtype.kind in "iuf" else {}


def _same_kind(own: pd.Series, other: pd.Series) -> pd.Series:
    return other.astype("float64") if own.dtype.kind == "f" and other.dtype.kind in "iu" else other


def _equal(a: pd.Series, b: pd.Series) -> bool:
    return bool(((a == b) | (a.isna() & b.isna())).all())


# --- what a cause says, held against the tables ----------------------------------------------------------------------


@dataclass(frozen=True)
class Sides:
    """The cells of one column beside each other in the rows with the same key, and both whole tables."""

    a: pd.Series
    b: pd.Series
    before: Frame
    after: Frame
    finding: Finding

    @property
    def changed(self) -> Any:
        return ~((self.a == self.b) | (self.a.isna() & self.b.isna())).to_numpy()

    def numbers(self) -> tuple[Any, Any]:
        c = self.changed
        return self.a[c].to_numpy("float64"), self.b[c].to_numpy("float64")


def _close(a: Any, b: Any) -> bool:
    return bool(np.all(np.abs(a - b) <= 1e-6 * np.maximum(1.0, np.abs(b))))


def _affine(s: Sides) -> bool:
    a, b = s.numbers()
    if np.isnan(a).any() or np.isnan(b).any():
        return False
    slope, intercept = np.polyfit(a, b, 1) if len(set(a)) > 1 else (1.0, float((b - a)[0]))
    return bool(np.abs(slope * a + intercept - b).max() <= 1e-6 * max(1.0, float(np.abs(b).max())))


def _one_to_one(s: Sides) -> bool:
    pairs = pd.DataFrame({"a": s.a.astype("str"), "b": s.b.astype("str")}).drop_duplicates()
    return bool(pairs["a"].is_unique and pairs["b"].is_unique)


def _texts(change: Callable[[str], str]) -> Callable[[Sides], bool]:
    def holds(s: Sides) -> bool:
        c = s.changed
        return all(change(x) == change(y) for x, y in zip(s.a[c], s.b[c], strict=True))

    return holds


def _steps_of(s: Sides) -> Any:
    if s.a.dtype.kind == "M":
        return (s.b - s.a)[s.changed].dt.total_seconds().to_numpy()
    a, b = s.numbers()
    return b - a


HOLDS: dict[str, Callable[[Sides], bool]] = {
    "stored-as-float32": lambda s: _close(s.numbers()[1], s.numbers()[0].astype("float32")),
    "stored-as-float16": lambda s: _close(s.numbers()[1], s.numbers()[0].astype("float16")),
    "rounded": lambda s: any(_close(np.round(s.numbers()[0], n), s.numbers()[1]) for n in range(-6, 13)),
    "truncated": lambda s: s.a.dtype.kind == "M" or bool((np.abs(s.numbers()[1]) <= np.abs(s.numbers()[0])).all()),
    "sign-flipped": lambda s: _close(s.numbers()[1], -s.numbers()[0]),
    "shifted-by-constant": lambda s: bool(np.ptp(_steps_of(s)) <= 1e-6 * max(1.0, float(np.abs(_steps_of(s)).max()))),
    "time-zone-shift": lambda s: bool((np.abs(_steps_of(s)) <= 15 * 3600).all()),
    "unit-changed": _affine,
    "scaler-refitted": _affine,
    "null-became-sentinel": lambda s: s.b[s.changed].nunique() == 1 and bool(s.a[s.changed].isna().all()),
    "text-became-null": lambda s: bool(s.b[s.changed].isna().all()),
    "imputed-with-other-constant": lambda s: s.a[s.changed].nunique(dropna=False) == s.b[s.changed].nunique() == 1,
    "values-on-wrong-rows": lambda s: _equal(*(x.astype("str").sort_values(ignore_index=True) for x in (s.a, s.b))),
    "few-values-damaged": lambda s: int(s.changed.sum()) <= max(20, len(s.a) // 100),
    "recoded": _one_to_one,
    "categories-exchanged": _one_to_one,
    "text-case-changed": _texts(str.casefold),
    "text-padded": _texts(str.strip),
    "text-truncated": lambda s: all(x.startswith(y) for x, y in zip(s.a[s.changed], s.b[s.changed], strict=True)),
    "wrong-output-served": lambda s: (
        _close(s.numbers()[1], 1 - s.numbers()[0]) or set(np.unique(s.numbers()[1])) <= {0.0, 1.0}
    ),
    "variable-unavailable": lambda s: bool(s.b[s.changed].isna().all()),
    "missing-differs": lambda s: int(s.a.isna().sum()) != int(s.b.isna().sum()) or True,
}
"""By cause about a column: whether its relation holds in all rows that differ."""

ROWS: dict[str, Callable[[Frame, Frame], bool]] = {
    "rows-lost": lambda before, after: len(after) < len(before),
    "partition-lost": lambda before, after: len(after) < len(before),
    "tail-lost": lambda before, after: len(after) < len(before),
    "partition-loaded-twice": lambda before, after: len(after) > len(before),
    "table-appended": lambda before, after: len(after) == 2 * len(before),
}

PLAIN = frozenset(
    ("values-differ", "rows-differ", "rows-missing", "rows-extra", "duplicate-keys", "type-differs", "missing-differs",
     "range-exceeded", "split-differs", "split-parts-overlap", "model-differs", "column-missing", "column-extra",
     "order-differs", "metric-below-expectation", "environment-differs")
)  # fmt: skip
"""Differences, which claim no cause."""


def untrue(found: Draw, verdict: Verdict) -> list[str]:
    """The new findings at the changed table whose relation does not hold in it."""
    wrong = []
    for finding in new_errors(verdict):
        if finding.code in PLAIN or finding.stage != found.step:
            continue
        before, after = (side.frames[found.step] for side in (found.reference, found.observed))
        if finding.column is None or found.column is None:
            if not ROWS.get(finding.code, lambda *_: found.column is not None)(before, after):
                wrong.append(finding.sentence)
            continue
        key = list(found.reference.records["open"].stages[found.step].tables[""].key)
        both = before.merge(after, on=key, suffixes=(" before", " after"))
        a, b = (both[f"{finding.column} {side}"] for side in ("before", "after"))
        holds = HOLDS.get(finding.code)
        assert holds is not None, f"write down in HOLDS what {finding.code} claims"
        if not holds(Sides(a, b, before, after, finding)):
            wrong.append(f"{found.operation}: {finding.code}: {finding.sentence}")
    return wrong


# --- the test --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(
            seed, marks=[pytest.mark.xfail(reason=misses.DRAWS[seed], strict=True)] if seed in misses.DRAWS else []
        )
        for seed in range(DRAWS)
    ],
)
def test_any_change_is_found_and_placed_and_given_no_false_cause(seed: int) -> None:
    found = draw(seed)
    verdict = parityline.verify(found.reference.records["standard"], found.observed.records["standard"], rows="same")
    what = f"{found.operation} of {found.column or 'rows'} at {found.step}, share {found.share}\n{told(verdict)}"
    assert verdict.status == "fail", what
    assert verdict.first is not None
    assert verdict.first.stage == found.step, what
    after = {found.step} | downstream(found.reference, found.step)
    assert {s.name for s in verdict.stages if s.status == "fail"} <= after, what
    assert {f.stage for f in new_errors(verdict)} == {found.step}, what
    assert not untrue(found, verdict), what
