"""Past rows carry the present value of their entity."""

from __future__ import annotations

from parityline.causes.cause import FEWEST, Case, Rung
from parityline.causes.joins import named_keys, right_sides
from parityline.findings import Finding
from parityline.fingerprints import Fingerprint
from parityline.kernel.cells import Cell
from parityline.kernel.sections import Entities
from parityline.kernel.values_hash import hashes_by_row
from parityline.pairs import ColumnPair, TablePair, sampled

CODE = "history-overwritten"
RUNG = Rung.BESIDE

_FEWEST_ENTITIES = 3

History = list[tuple[Cell, Cell]]


def explain(case: Case) -> Finding | None:
    """All rows hold the newest value of their entity; several had others, and no other row changed.

    The newest value is known of entities that are kept whole, and of an input that holds all versions of it.
    """
    if case.finding.code != "values-differ" or case.column is None:
        return None
    return _by_histories(case, case.column.name) or _by_versions(case, case.column)


def _by_versions(case: Case, column: ColumnPair) -> Finding | None:
    """An input holds several versions of what a row names: research took one or the other, and now it is the newest."""
    table = case.table
    for stage, source, names in right_sides(case):
        versions = _versions(source, column, names)
        named = named_keys(table.reference, names) if versions else None
        if named is None:
            continue
        sides = (hashes_by_row(cells, column.reference.type, column.seed) for cells in column.cells)
        rows = [named[row] for row in table.rows[0][case.kept].tolist()]
        moved = _moved_to_newest(list(zip(rows, *sides, strict=True)), versions)
        if moved is None:
            continue
        whose = ", ".join(f"`{name}`" for name in names)
        sentence = f"`{column.name}` holds the newest value of its {whose} in {stage} also where research has an "
        sentence += f"earlier one: {sum(moved.values()):,} sampled rows of {len(moved):,} {whose} changed, and no other"
        evidence = {"entities": len(moved), "rows": sum(moved.values()), "input": stage, "on": list(names)}
        return case.found(CODE, sentence, evidence=evidence)
    return None


def _versions(source: TablePair, column: ColumnPair, names: tuple[str, ...]) -> dict[int, dict[float, int]]:
    """By hash of what a row names the values of an input by time, as hashes; {} where it does not hold them all."""
    own = source.reference
    time = own.state.parameters.time
    complete = source.identical and own.state.sample.complete
    if not complete or time is None or column.name not in source.common or column.name in (*names, time):
        return {}
    kind = own.columns[column.name].type
    if {column.reference.type, column.observed.type} != {kind}:
        return {}
    held = hashes_by_row(sampled(own, column.name), kind, column.seed)
    found: dict[int, dict[float, int]] = {}
    for key, moment, value in zip(named_keys(own, names) or [], sampled(own, time).tolist(), held, strict=True):
        if key is not None and isinstance(moment, (int, float)):
            found.setdefault(key, {})[moment] = value
    return found


def _moved_to_newest(
    rows: list[tuple[int | None, int, int]], versions: dict[int, dict[float, int]]
) -> dict[int, int] | None:
    """How many rows moved to the newest version, by key; None where something else differs, or too little.

    rows: the key that each names, and the hashes of both sides. Of the same keys research took the newest value, too,
    so that what it took follows the row.
    """
    moved: dict[int, int] = {}
    kept: set[int] = set()
    for key, before, after in rows:
        known = versions.get(key) if key is not None else None
        if key is None or known is None:
            if before != after:
                return None
            continue
        if after != known[max(known)] or before not in known.values():
            return None
        if before != after:
            moved[key] = moved.get(key, 0) + 1
        else:
            kept.add(key)
    enough = len(moved.keys() & kept) >= _FEWEST_ENTITIES and sum(moved.values()) >= FEWEST
    return moved if enough else None


def _by_histories(case: Case, name: str) -> Finding | None:
    """In every entity that is kept whole, all rows hold the value that its newest row had."""
    table = case.table
    parameters = table.reference.state.parameters
    if not parameters.entity or parameters.time in (None, name):
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
