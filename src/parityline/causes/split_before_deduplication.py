"""Rows are split before their repetitions are removed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from parityline.causes.beside import ancestors
from parityline.causes.cause import Case, Context, Rung
from parityline.findings import Finding
from parityline.records import Record, StageRecord

CODE = "split-before-deduplication"
RUNG = Rung.ROWS


def explain(case: Case) -> Finding | None:
    """A step that removes repeated rows in the reference is left out before a stage on the way to a split.

    The stage has more rows, at most as many as that step removes; nothing that it removes holds a value that the rest
    does not.
    """
    context = case.context
    if context is None or case.finding.code != "graph-differs":
        return None
    before, after = context.stages
    for step, source in _left_out(context):
        removed = _repetitions(step, source, context.records[0])
        splits = [name for name, stage in context.records[0].stages.items()
                  if stage.kind == "split" and before.name in ancestors(context.records[0], name)]  # fmt: skip
        if not splits or before.table is None or after.table is None:
            continue
        extra = after.table.rows - before.table.rows
        if not 0 < extra <= removed:
            continue
        sentence = f"the order of the steps differs: {step.name}, which removes repeated rows, does not come before "
        sentence += f"{', '.join(splits)} here: {extra:,} rows more"
        evidence = {"step": step.name, "splits": splits, "rows": extra}
        return replace(case.found(CODE, sentence, evidence=evidence), stage="process")
    return None


def _left_out(context: Context) -> Iterator[tuple[StageRecord, str]]:
    """Steps of the reference that the observed stage takes the inputs of instead, with that input."""
    before, after = context.stages
    for name in before.inputs:
        step = context.records[0].stages.get(name)
        if step is not None and name not in after.inputs and step.inputs and set(step.inputs) <= set(after.inputs):
            yield step, step.inputs[0]


def _repetitions(step: StageRecord, source: str, record: Record) -> int:
    """How many rows a step removes of its input that repeat what others hold; 0 where that is not all it does."""
    own, whole = step.table, record.stages[source].table if source in record.stages else None
    if own is None or whole is None or not own.columns.keys() <= whole.columns.keys() or own.key != whole.key:
        return 0
    contents = [name for name in own.columns if name not in own.key and own.columns[name].summarised]
    if not contents or not all(own.columns[name].holds_no_other(whole.columns[name]) for name in contents):
        return 0
    return max(0, whole.rows - own.rows)
