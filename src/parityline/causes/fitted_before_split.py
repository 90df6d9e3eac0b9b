"""A scaler was fitted on all rows, those of the test included."""

from __future__ import annotations

from parityline.causes.beside import beside, sides_at
from parityline.causes.cause import Case, Rung
from parityline.causes.scaler_refitted import line, standard
from parityline.causes.splits import fitted_parts, near
from parityline.findings import Finding
from parityline.records import StageRecord

CODE = "fitted-before-split"
RUNG = Rung.UNIT


def explain(case: Case) -> Finding | None:
    found, column, context = case.numbers(), case.column, case.context
    if found is None or column is None or context is None or column.reference.type != "number":
        return None
    if case.table.kind not in ("features", "etl") or line(*found) is None:
        return None
    if not standard(column.observed) or standard(column.reference):
        return None
    rows, name = case.table.observed.rows, column.name
    if not any(_whole(stage) == rows for stage in context.records[1].stages.values()):
        return None  # the table is no training and test data together: a batch of production
    trained = next((where for where, part in fitted_parts(context.records[0], name, rows) if standard(part)), None)
    if trained is not None:
        parts = dict(fitted_parts(context.records[1], name, rows))
        if trained not in parts or standard(parts[trained]):
            return None
        return _told(case, trained, None)
    for other in beside(case, "number"):
        if not other.stage:
            continue
        before, after = sides_at(case, other)
        here = ~other.absent
        if here.sum() < 2:
            continue
        then, now = (line(other.numbers[here], side[here]) for side in (before, after))
        if then is None or now is None or not then[0] or not now[0]:
            continue
        means = [-intercept / slope for slope, intercept in (then, now)]
        whole = other.pair.observed.mean
        for where, part in fitted_parts(context.records[0], other.name, rows):
            here_too = where in dict(fitted_parts(context.records[1], other.name, rows))
            if here_too and near(part.mean, means[0]) and near(whole, means[1]):
                return _told(case, where, means)
    return None


def _told(case: Case, where: str, means: list[float] | None) -> Finding:
    assert case.column is not None
    sentence = f"the scaler of `{case.column.name}` holds mean and deviation of all {case.table.observed.rows:,} rows, "
    sentence += f"those of the test too; research fitted it on {where}"
    return case.found(CODE, sentence, evidence={"fitted_on": where, "means": means})


def _whole(stage: StageRecord) -> int | None:
    """The rows of all parts of a split; of folds those of one."""
    if stage.kind != "split" or len(stage.tables) < 2:
        return None
    first = [name for name in stage.tables if not name.startswith("fold ") or name.startswith("fold 1 ")]
    return sum(stage.tables[name].rows for name in first)
