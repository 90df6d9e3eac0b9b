"""A scaler was fitted on all rows, those of the test included."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from parityline.causes.beside import Beside
from parityline.causes.cause import Case, Context, Rung
from parityline.causes.scaler_refitted import held_constants, line, standard
from parityline.causes.splits import fitted_parts, near, rows_of_parts
from parityline.findings import Finding
from parityline.pairs import sampled
from parityline.records import StageRecord

CODE = "fitted-before-split"
RUNG = Rung.UNIT


def explain(case: Case) -> Finding | None:
    found, column, context = case.numbers(), case.column, case.context
    if found is None or column is None or context is None or column.reference.type != "number":
        return None
    if case.table.kind not in ("features", "etl") or line(*found) is None:
        return None
    return _of_tables(case, context) or _of_keys(case)


def _of_tables(case: Case, context: Context) -> Finding | None:
    """By the columns of the parts, or of what a model was fitted on."""
    assert case.column is not None
    rows, column = case.table.observed.rows, case.column
    name = column.name
    if not standard(column.observed) or standard(column.reference):
        return None
    if not any(_whole(stage) == rows for stage in context.records[1].stages.values()):
        return None  # the table is no training and test data together: a batch of production
    trained = next((where for where, part in fitted_parts(context.records[0], name, rows) if standard(part)), None)
    if trained is not None:
        parts = dict(fitted_parts(context.records[1], name, rows))
        if trained not in parts or standard(parts[trained]):
            return None
        return _told(case, trained, None, f"all {rows:,} rows")
    for other, means in _means(case):
        whole = other.pair.observed.mean
        for where, part in fitted_parts(context.records[0], other.name, rows):
            here_too = where in dict(fitted_parts(context.records[1], other.name, rows))
            if here_too and near(part.mean, means[0]) and near(whole, means[1]):
                return _told(case, where, means, f"all {rows:,} rows")
    return None


def _of_keys(case: Case) -> Finding | None:
    """By the keys of the parts, where the rows of an input are known that they name."""
    assert case.context is not None
    for other, means in _means(case):
        source = case.inputs()[other.stage]
        sides = [sampled(own, other.name).as_floats() for own in (source.reference, source.observed)]
        if not all(map(len, sides)):
            continue
        for split in case.context.records[0].stages:
            parts = [rows_of_parts(record, split, source, side) for side, record in enumerate(case.context.records)]
            if len(parts[0]) < 2 or set(parts[0]) != set(parts[1]):
                continue
            every = np.concatenate([*parts[1].values()])
            if not near(_mean(sides[1][every]), means[1]):
                continue
            for part, rows in parts[0].items():
                if near(_mean(sides[0][rows]), means[0]):
                    return _told(case, f"{split}/{part}", means, f"the {len(every):,} rows of all parts of {split}")
    return None


def _mean(values: NDArray[np.float64]) -> float | None:
    """The mean of what is there; None where nothing is."""
    there = values[~np.isnan(values)]
    return float(there.mean()) if len(there) else None


def _means(case: Case) -> Iterator[tuple[Beside, list[float]]]:
    """Columns of inputs that a scaler turned into this one, and the means that it holds on each side."""
    return ((other, [mean for mean, _ in held]) for other, held in held_constants(case))


def _told(case: Case, where: str, means: list[float] | None, rows: str) -> Finding:
    assert case.column is not None
    sentence = f"the scaler of `{case.column.name}` holds mean and deviation of {rows}, "
    sentence += f"those of the test too; research fitted it on {where}"
    return case.found(CODE, sentence, evidence={"fitted_on": where, "means": means})


def _whole(stage: StageRecord) -> int | None:
    """The rows of all parts of a split; of folds those of one."""
    if stage.kind != "split" or len(stage.tables) < 2:
        return None
    first = [name for name in stage.tables if not name.startswith("fold ") or name.startswith("fold 1 ")]
    return sum(stage.tables[name].rows for name in first)
