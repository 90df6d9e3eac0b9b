"""Past rows carry the present value of their entity."""

from __future__ import annotations

from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.fingerprints import Fingerprint
from parityline.kernel.cells import Cell
from parityline.kernel.sections import Entities

CODE = "history-overwritten"
RUNG = Rung.BESIDE

_FEWEST_ENTITIES = 3

History = list[tuple[Cell, Cell]]


def explain(case: Case) -> Finding | None:
    """In every entity that is kept whole, all rows hold the value that its newest row had; several had others."""
    name, table = case.finding.column, case.table
    parameters = table.reference.state.parameters
    if case.finding.code != "values-differ" or name is None or not parameters.entity or parameters.time in (None, name):
        return None
    before, after = (_histories(side, name) for side in (table.reference, table.observed))
    told = _overwritten(before, after, before)
    whose = ", ".join(parameters.entity)
    if told is None:
        for stage, source in case.inputs().items():
            own = source.reference.state.parameters
            if not source.identical or own.entity != parameters.entity or own.time is None or name not in source.common:
                continue
            told = _overwritten(before, after, _histories(source.reference, name))
            whose += f" in {stage}" if told else ""
            if told is not None:
                break
    if told is None:
        return None
    entities, rows = told
    sentence = f"`{name}` of past rows holds the newest value of its {whose}: {rows:,} rows of {entities:,} kept ones "
    return case.found(CODE, sentence + "changed, and no other", evidence={"entities": entities, "rows": rows})


def _overwritten(
    before: dict[int, History], after: dict[int, History], known: dict[int, History]
) -> tuple[int, int] | None:
    """How many entities and rows changed, where all rows of each entity hold the newest value that is known of it."""
    entities = rows = 0
    for own in before.keys() & after.keys() & known.keys():
        past, present = before[own], after[own]
        if sorted(str(time) for time, _ in past) != sorted(str(time) for time, _ in present):
            continue  # other rows
        newest = max(time.real for time, _ in known[own] if isinstance(time, (int, float)))
        last = {repr(value) for time, value in known[own] if time == newest}
        held = {repr(value) for _, value in present}
        if len(held) != 1 or not held <= last:
            return None
        changed = sum(repr(value) not in held for _, value in past)
        entities += changed > 0
        rows += changed
    return (entities, rows) if entities >= _FEWEST_ENTITIES and rows >= FEWEST else None


def _histories(side: Fingerprint, name: str) -> dict[int, History]:
    """By entity its (time, value), where all its rows are kept and have a time."""
    kept = side.state.section(Entities)
    names = side.state.sampled_columns
    if kept is None or name not in names or not kept.columns:
        return {}
    found: dict[int, History] = {}
    cells = kept.columns[names.index(name)].tolist()
    counted: dict[int, int] = {}
    for owner, time, count, cell in zip(kept.owner, kept.times, kept.counts, cells, strict=True):
        own = kept.hashes[owner]
        found.setdefault(own, []).extend([(time, cell)] * count)
        counted[own] = counted.get(own, 0) + count
    whole = {own for own, rows in zip(kept.hashes, kept.rows, strict=True) if counted.get(own) == rows}
    return {
        own: history
        for own, history in found.items()
        if own in whole and all(isinstance(time, (int, float)) for time, _ in history)
    }
