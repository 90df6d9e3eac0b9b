"""The model is given its columns in another order than at training."""

from __future__ import annotations

from parityline.causes.beside import ancestors
from parityline.causes.cause import Case, Rung
from parityline.causes.slips import slipped
from parityline.findings import Finding
from parityline.records import Record

CODE = "column-order-changed"
RUNG = Rung.OUTPUT


def explain(case: Case) -> Finding | None:
    return _by_names(case) or _replayed(case)


def _replayed(case: Case) -> Finding | None:
    found = slipped(case, "order")
    if found is None or case.column is None:
        return None
    served = {"reversed": "in reversed order", "by name": "in the order of their names"}.get(
        found.slip.of, "in the order of their table"
    )
    return case.found(CODE, found.sentence(case.column.name, served), evidence=found.evidence)


def _by_names(case: Case) -> Finding | None:
    context = case.context
    if context is None or case.table.kind != "predictions" or case.finding.code != "values-differ":
        return None
    sides = [_passed(record, case.table.stage) for record in context.records]
    for stage, (wanted, passed) in sides[1].items():
        before = sides[0].get(stage)
        source = case.inputs().get(stage)
        if before is None or before[0] != wanted or before[1] != wanted or passed == wanted:
            continue
        if source is None or any(not source.columns[n].same for n in wanted if n in source.columns):
            continue
        first = next(i for i, (a, b) in enumerate(zip(wanted, passed, strict=True)) if a != b)
        sentence = f"the columns of {stage} are passed in another order than at training: `{passed[first]}` stands "
        sentence += f"where the model has `{wanted[first]}`"
        return case.found(CODE, sentence, expected=wanted[:50], found=passed[:50])
    return None


def _passed(record: Record, stage: str) -> dict[str, tuple[list[str], list[str]]]:
    """(features of a model before the stage, the same columns as an input of the stage has them), by input."""
    models = [record.stages[name].facts.get("model", {}) for name in ancestors(record, stage)]
    models += [step for model in models for step in model.get("steps", {}).values()]
    found: dict[str, tuple[list[str], list[str]]] = {}
    for name in record.stages[stage].inputs:
        columns = record.stages[name].table_facts.get("", {}).get("columns", []) if name in record.stages else []
        for model in models:
            wanted = [str(column) for column in model.get("features", [])]
            passed = [column for column in columns if column in set(wanted)]
            if wanted and sorted(passed) == sorted(wanted):
                found.setdefault(name, (wanted, passed))
    return found
