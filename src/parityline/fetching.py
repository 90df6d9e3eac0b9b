"""The rows that a verdict names, fetched where the data is at hand: their keys, and both sides beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from parityline.changes import MOST_NAMED, numbers
from parityline.findings import Finding, Verdict
from parityline.fingerprints import Fingerprint, plain
from parityline.kernel import Parameters
from parityline.kernel.cells import Hashed
from parityline.kernel.reading import TableReading
from parityline.kernel.sections.reconciliation import key_numbers
from parityline.pairs import TablePair
from parityline.records import Record
from parityline.tables import Table

MOST_SHOWN = 20
"""Rows that a finding shows beside each other."""
MASKED = "(masked)"
NOT_AT_HAND = "(not at hand)"
"""A value of a side whose data was not given, and whose record does not keep that row."""

Row = dict[str, object]
Tables = Mapping[str, Table]


def with_rows(
    verdict: Verdict, records: tuple[Record, Record], tables: tuple[Tables, Tables], *, unmask: bool = False
) -> Verdict:
    """The verdict, its decoded keys named by their values and up to 20 of their rows shown on each side.

    Args:
        records: reference, observed; as they were verified.
        tables: what is at hand of each side, by stage; a table is read once more.
        unmask: show values also of columns that the reference record keeps hashed, or not at all.
    """
    fetched = {name: _Rows(name, records, tables, unmask) for name in {*tables[0], *tables[1]}}
    found = [fetched[f.stage].shown(f) if f.stage in fetched else f for f in verdict.findings]
    places = {id(before): after for before, after in zip(verdict.findings, found, strict=True)}
    first = places.get(id(verdict.first)) if verdict.first else None
    return replace(verdict, findings=tuple(found), first=first or verdict.first)


class _Rows:
    """The differing rows of one stage, read from what is at hand of it."""

    def __init__(self, name: str, records: tuple[Record, Record], tables: tuple[Tables, Tables], unmask: bool) -> None:
        self.rows: tuple[dict[int, Row], dict[int, Row]] = {}, {}
        self.at_hand = name in tables[0], name in tables[1]
        sides = [record.stages[name].table if name in record.stages else None for record in records]
        self.key: tuple[str, ...] = ()
        self.hidden: set[str] = set()
        if sides[0] is None or sides[1] is None:
            return
        pair = TablePair(name, "", "", sides[0], sides[1], ({}, {}))
        changes = pair.changes
        if changes is None:
            return
        self.key = pair.reference.key
        self.by_code = {
            "rows-missing": sorted(changes.missing),
            "rows-extra": sorted(changes.extra),
            "duplicate-keys": sorted(changes.doubled),
        }
        self.changes = changes
        self.hidden = set() if unmask else _hidden(pair.reference)
        wanted = {*changes.missing, *changes.extra, *changes.doubled, *(changes.changed or {})}
        for place, (side, own) in enumerate(zip(sides, tables, strict=True)):
            if name in own and side is not None:
                self.rows[place].update(rows_of(own[name], side.state.parameters, wanted))
            elif side is not None:
                self.rows[place].update(kept_rows(side, wanted))

    def shown(self, finding: Finding) -> Finding:
        """The finding with the values of its keys, and rows beside each other."""
        if not self.key or "keys" not in finding.evidence:
            return finding
        if finding.column is not None:
            keys = sorted(self.changes.of_column(finding.column) or [])
        else:
            own = next((code for code in (finding.code, *finding.explains) if code in self.by_code), None)
            keys = self.by_code[own] if own else []
        named = finding.evidence["keys"]
        if len(keys[:MOST_NAMED]) != len(named):
            return finding
        labels = [self._label(key, label) for key, label in zip(keys, named, strict=False)]
        rows = [self._row(key, label, finding.column) for key, label in zip(keys[:MOST_SHOWN], labels, strict=False)]
        return replace(finding, evidence={**finding.evidence, "keys": labels, "rows_shown": rows})

    def _label(self, key: int, label: object) -> object:
        known = [row for side in (0, 1) if (row := self.rows[side].get(key)) is not None]
        row = next((row for row in known if MASKED not in map(row.get, self.key)), None)
        if row is None:
            return label
        parts = [row[name] for name in self.key]
        return parts[0] if len(parts) == 1 else parts

    def _row(self, key: int, label: object, column: str | None) -> Row:
        sides = [self._side(place, key, column) for place in (0, 1)]
        return {"key": label, "expected": sides[0], "found": sides[1]}

    def _side(self, place: int, key: int, column: str | None) -> object:
        row = self.rows[place].get(key)
        if row is None:
            # of data that was looked through it is known that there is no such row
            gone = self.at_hand[place] or key in (self.changes.extra, self.changes.missing)[place]
            return None if gone else NOT_AT_HAND
        return self._value(row, column) if column is not None else {name: self._value(row, name) for name in row}

    def _value(self, row: Row, column: str) -> object:
        return MASKED if column in self.hidden and column not in self.key else row.get(column)


def rows_of(table: Table, parameters: Parameters, wanted: Iterable[int]) -> dict[int, Row]:
    """The first row of each key, by the key's number: all columns as plain values. Reads the table once."""
    numbers = np.array(sorted(wanted), np.uint64)
    found: dict[int, Row] = {}
    if not len(numbers):
        return found
    for batch in table.read():
        reading = TableReading(batch, parameters)
        own = key_numbers(reading)
        places = np.flatnonzero(np.isin(own, numbers))
        if not len(places):
            continue
        columns = {name: column.cells(places) for name, column in reading.columns.items()}
        for i, key in enumerate(own[places].tolist()):
            found.setdefault(key, {name: plain(cells[i]) for name, cells in columns.items()})
    return found


def kept_rows(table: Fingerprint, wanted: Iterable[int]) -> dict[int, Row]:
    """The rows that a record itself holds openly, by the key's number; of keys that name one row."""
    sample, names = table.state.sample, table.state.sampled_columns
    if not sample.columns:
        return {}
    asked, named = set(wanted), numbers(table)
    found: dict[int, Row] = {}
    several = {key for key, rows in zip(sample.keys, sample.rows_per_key, strict=True) if rows > 1}
    for place, owner in enumerate(sample.owner):
        key = sample.keys[owner]
        if named[key] in asked and key not in several:
            cells = {n: c.cell(int(c.index[place])) for n, c in zip(names, sample.columns, strict=True)}
            found[named[key]] = {n: MASKED if isinstance(c, Hashed) else plain(c) for n, c in cells.items()}
    return found


def _hidden(table: Fingerprint) -> set[str]:
    """Columns of which a record keeps hashes, or nothing."""
    sample = table.state.sample
    if not sample.columns or not any(map(len, sample.columns)):
        return set(table.columns)
    return {n for n, cells in zip(table.state.sampled_columns, sample.columns, strict=True) if cells.hashed}
