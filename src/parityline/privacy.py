"""What a record says about people: applied when it is written; fingerprints in memory are whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from parityline.errors import UsageError
from parityline.kernel import ColumnState, State
from parityline.kernel.cells import Cell, Cells, Hashed, LongText
from parityline.kernel.sections import (
    Classes,
    Entities,
    GroupTotals,
    Partitions,
    RareRows,
    Reconciliation,
    Section,
    Windows,
)
from parityline.kernel.summaries import Distribution, Range, Values
from parityline.kernel.summaries.distribution import _joined
from parityline.kernel.values_hash import cell_hashes

Level = Literal["standard", "strict", "open"]
LEVELS: tuple[Level, ...] = ("standard", "strict", "open")
FEWEST = 10
"""At strict, nothing in a record speaks of fewer rows than this."""


def level_of(text: str) -> Level:
    """Raises UsageError for anything but a level."""
    for level in LEVELS:
        if text == level:
            return level
    raise UsageError(f"privacy: expected {', '.join(LEVELS)}, found {text!r}")


def applied(state: State, level: Level, private: Iterable[str] = (), opened: Iterable[str] = ()) -> State:
    """The fingerprint as a record may keep it.

    standard: texts that are keys, or of which there are more than the value table holds, become keyed hashes.
    strict: no cell at all, bins of at least ten rows. open: everything. `private` columns are strict, `opened` open.
    """
    private, opened = set(private), set(opened)
    columns: dict[str, ColumnState] = {}
    hidden: set[str] = set()
    strict: set[str] = set()
    for name, column in state.columns.items():
        own: Level = "strict" if name in private else "open" if name in opened else level
        if own == "open" or Values not in column.summaries:
            columns[name] = column
        elif own == "strict":
            hidden.add(name)
            strict.add(name)
            columns[name] = _strict(column)
        elif _is_text(column) and (name in state.parameters.key or not _values(column).complete):
            hidden.add(name)
            columns[name] = _hashed(column, state.parameters.seed)
        else:
            columns[name] = column
    partitions = _partitions(state, hidden, level)
    if partitions is not None:
        state = state.with_sections(partitions)
    seed = state.parameters.seed
    cells = [
        _hash_vector(cells, state.columns[name].logical, seed) if name in hidden else cells
        for name, cells in zip(state.sampled_columns, state.sample.columns, strict=bool(state.sample.columns))
    ]
    state = state.with_sections(*_by_group(state, hidden, strict, level), *_rows(state, hidden, strict, level))
    if level == "strict":
        # without values a sample of rows would only be a list of who is there
        state = state.with_sections(*_strict_reconciliation(state))
        sample = type(state.sample)(complete=False, columns=tuple(map(_none, cells)))
    else:
        sample = replace(state.sample, columns=tuple(cells))
    return replace(state, columns=columns).with_sections(sample)


def hidden_texts(state: State, level: str, private: Iterable[str] = (), opened: Iterable[str] = ()) -> list[str]:
    """Columns of which a record of this level keeps hashes: texts that are keys, or have many values."""
    private, opened = set(private), set(opened)
    return [
        name
        for name, column in state.columns.items()
        if level == "standard"
        and name not in private | opened
        and Values in column.summaries
        and _is_text(column)
        and (name in state.parameters.key or not _values(column).complete)
    ]


def _partitions(state: State, hidden: set[str], level: Level) -> Partitions | None:
    """Partitions by a hidden column, and all of them at strict, are known by their hash."""
    found, by = state.partitions, state.parameters.partition
    if found is None or by is None or not (by.column in hidden or level == "strict"):
        return found
    return Partitions(found.complete, tuple((own, Hashed(own), rows, digest) for own, _, rows, digest in found.entries))


def facts(state: State, level: Level) -> dict[str, list[str]]:
    """Facts of a table that stand for what its record hides.

    periods: at strict, the hashes of its partitions by day or month in the order of time.
    """
    found, by = state.partitions, state.parameters.partition
    if level != "strict" or found is None or by is None or by.unit == "value":
        return {}
    cells = sorted((cell, own) for own, cell, _, _ in found.entries if isinstance(cell, int))
    return {"periods": [f"{own:032x}" for _, own in cells]}


def unneeded(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts of a table without those that stand for what is hidden, where it is shown."""
    return {name: own for name, own in facts.items() if name != "periods"}


def outcomes(facts: dict[str, Any], level: Level, private: Collection[str] = ()) -> dict[str, Any]:
    """Facts of outcomes without the values of segments that the level, or the column, keeps to itself."""
    if not facts.get("breakdown"):
        return facts
    parts = {
        what: {name: own for name, own in facts["breakdown"][what].items() if level != "strict" and name not in private}
        for what in ("segments", "both")
    }
    shown = {"calibration": None} if level == "strict" else {}
    return {**facts, "breakdown": {**facts["breakdown"], **parts}, **shown}


def _strict_reconciliation(state: State) -> list[Reconciliation]:
    """Ids of keys and of rows at most: nothing of single cells, and no key by value."""
    found = state.section(Reconciliation)
    if found is None:
        return []
    if found.by_value and state.parameters.key:
        return [Reconciliation.withheld(keyed=True)]
    return [found.without_marks()]


def _rows(state: State, hidden: set[str], strict: set[str], level: Level) -> list[Section]:
    """Rows that are kept whole: not at strict, and of private columns no more than their hashes."""
    rare, entities, seed = state.section(RareRows), state.section(Entities), state.parameters.seed
    columns = state.layout.columns
    found: list[Section] = []

    def hashed(vectors: tuple[Cells, ...]) -> tuple[Cells, ...]:
        pairs = zip(columns, vectors, strict=True)
        return tuple(_hash_vector(own, logical, seed) if name in hidden else own for (name, logical), own in pairs)

    if rare is not None:
        away = {name for name, _ in columns} if level == "strict" else strict
        rare = rare.without([place for place, (name, _) in enumerate(columns) if name in away])
        found.append(replace(rare, columns=hashed(rare.columns)))
    if entities is not None and level == "strict":
        found.append(Entities(0, columns=tuple(Cells.of([]) for _ in columns)))
    elif entities is not None:
        times = entities.times
        if state.parameters.time in strict:
            times = tuple(None for _ in times)
        found.append(replace(entities, times=times, columns=hashed(entities.columns)))
    return found


def _by_group(state: State, hidden: set[str], strict: set[str], level: Level) -> list[Section]:
    """Summaries by group: not at strict or by a private column, nor of one; hidden values as hashes."""
    parameters, columns, found = state.parameters, state.layout.columns, list[Section]()
    windows, classes, totals = state.section(Windows), state.section(Classes), state.section(GroupTotals)
    names = [name for name, _ in columns]
    all_of_it = level == "strict"
    if windows is not None:
        away = all_of_it or parameters.time in strict
        found.append(Windows(windows.unit, windows.groups.masked(names, hidden, strict, away=away)))
    if classes is not None and classes.groups is not None:
        if all_of_it or parameters.target in strict:
            found.append(Classes((), None))
        else:
            cells = tuple(map(Hashed, classes.groups.keys)) if parameters.target in hidden else classes.cells
            found.append(Classes(cells, classes.groups.masked(names, hidden, strict, away=False)))
    if totals is not None:
        found.append(totals.masked(hidden, {*names, *parameters.ignored} if all_of_it else strict))
    return found


def _none(_: Cells) -> Cells:
    return Cells.of([])


def _is_text(column: ColumnState) -> bool:
    return column.logical in ("text", "binary")


def _values(column: ColumnState) -> Values:
    found = column.summaries[Values]
    assert isinstance(found, Values)
    return found


def _hashed(column: ColumnState, seed: int) -> ColumnState:
    values = _values(column)
    extremes = column.summaries[Range]
    assert isinstance(extremes, Range)
    shown = replace(
        extremes,
        minimum=None,
        maximum=None,
        at_minimum=0,
        at_maximum=0,
    )
    hidden: list[Cell] = [Hashed(h) for h in values.hashes]
    return ColumnState(
        column.logical, {**column.summaries, Values: replace(values, vector=Cells.of(hidden)), Range: shown}
    )


def _strict(column: ColumnState) -> ColumnState:
    distribution = column.summaries[Distribution]
    assert isinstance(distribution, Distribution)
    shift, prefixes = distribution.shift, np.array(distribution.prefixes, np.uint64)
    counts = np.array(distribution.counts, np.uint64)
    while len(counts) > 1 and int(counts.min()) < FEWEST and shift < 63:
        shift += 1
        prefixes, counts = _joined(prefixes >> np.uint64(1), counts)
    if len(counts) and int(counts.min()) < FEWEST:
        shift, prefixes, counts = 0, prefixes[:0], counts[:0]
    coarse = Distribution(shift, tuple(prefixes.tolist()), tuple(counts.tolist()))
    empty = Values(complete=False)
    return ColumnState(column.logical, {**column.summaries, Values: empty, Range: Range(), Distribution: coarse})


def _hash_vector(cells: Cells, logical: str, seed: int) -> Cells:
    """Every cell but null as its hash; long texts have theirs already."""
    hashes, distinct = cell_hashes(cells, logical, seed), cells.distinct
    used, places = np.unique(cells.index, return_inverse=True)
    hidden: list[Cell] = []
    for i in used.tolist():
        cell = distinct[i]
        hidden.append(None if cell is None else Hashed(cell.hash if isinstance(cell, LongText) else hashes[i]))
    return Cells.of(hidden).rows(places)
