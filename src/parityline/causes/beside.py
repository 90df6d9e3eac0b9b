"""What stands beside the rows that differ: columns that are equal on both sides, histories of entities, and groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parityline.causes.cause import FEWEST, Case
from parityline.causes.joins import named_keys
from parityline.fingerprints import ColumnFingerprint, Fingerprint
from parityline.kernel.cells import Cell, Cells
from parityline.kernel.sections import Entities, GroupTotals, RareRows
from parityline.kernel.sections.group_totals import Group
from parityline.pairs import ColumnPair, Rows, sampled, single_rows
from parityline.records import Record
from parityline.relations import mapped

Floats = NDArray[np.float64]
INSTANTS = ("timestamp", "date")


@dataclass(frozen=True)
class Beside:
    """A column that is equal on both sides. stage: of the input, "" for the table itself; places: its aligned rows."""

    stage: str
    places: Rows
    pair: ColumnPair

    @property
    def name(self) -> str:
        return self.pair.name

    @property
    def equal(self) -> bool:
        """Whether it is equal in all of these rows, and open."""
        return bool(self.pair.aligned) and not self.pair.hidden and not self.pair.differs.any()

    @property
    def numbers(self) -> Floats:
        """Its numbers at the places, NaN for null and for what is no number."""
        return self.pair.numbers[0]

    @property
    def seconds(self) -> Floats:
        """Its instants in seconds since 1970; a date begins at midnight."""
        return self.numbers * 86_400 if self.pair.reference.type == "date" else self.numbers / 1e9

    @property
    def absent(self) -> NDArray[np.bool_]:
        """Which rows are null or NaN."""
        return self.pair.cells[0].absent_rows()


def beside(case: Case, *types: str) -> Iterator[Beside]:
    """Columns of these types that are equal on both sides and cover enough of the rows that differ; own ones first."""
    column = case.column
    if column is None or not column.aligned or int(column.differs.sum()) < FEWEST:
        return
    enough: dict[str, bool] = {}
    for other in case.once_here(_equal_here):
        if other.pair.reference.type not in types or (other.stage == "" and other.name == column.name):
            continue
        if other.stage not in enough:  # the rows of a stage are the same for all of its columns
            enough[other.stage] = int(column.differs[other.places].sum()) >= FEWEST
        if enough[other.stage]:
            yield other


def _equal_here(case: Case) -> list[Beside]:
    """Those columns that are equal in all rows of the case; they are cut to its rows only where they are."""
    if not case.is_part:
        return case.once(_equal_columns)
    inside: dict[str, Rows] = {}
    equal: list[Beside] = []
    for whole in case.once(_columns):
        if whole.stage not in inside:  # the rows of a stage are the same for all of its columns
            inside[whole.stage] = case.among(whole.places)
        here = inside[whole.stage]
        if len(here) and not whole.pair.hidden and not whole.pair.differs[here].any():
            equal.append(Beside(whole.stage, *case.within(whole.places, whole.pair)))
    return equal


def _equal_columns(case: Case) -> list[Beside]:
    return [own for own in case.once(_columns) if own.equal]


def _columns(case: Case) -> list[Beside]:
    """All columns beside the aligned rows, of the table and of its inputs, that have one type on both sides."""
    everything = np.arange(len(case.table.rows[0]))
    own = (("", (everything, pair)) for pair in case.table.columns.values())
    inputs = ((i, case.beside(i, name)) for i, source in case.inputs().items() for name in source.common)
    present = ((stage, *found) for stage, found in (*own, *inputs) if found is not None)
    return [Beside(*one) for one in present if one[2].reference.type == one[2].observed.type]


def sides_at(case: Case, other: Beside) -> tuple[Floats, Floats]:
    """The numbers of the column that differs, at the places of another."""
    assert case.column is not None
    before, after = case.column.numbers
    return before[other.places], after[other.places]


def first_differing(case: Case, other: Beside) -> int:
    """The place, among those of another column, of the first row that differs: most columns are ruled out by it."""
    assert case.column is not None
    return int(np.argmax(case.column.differs[other.places]))


@dataclass(frozen=True)
class Histories:
    """Rows of entities in time on both sides, for those whose times are distinct and the same.

    owner: shape (n,), ascending; place: how many rows of the entity stand before; rows: in the section of each side.
    """

    owner: NDArray[np.int64]
    place: NDArray[np.int64]
    rows: tuple[Rows, Rows]
    sides: tuple[Fingerprint, Fingerprint]

    def cells(self, side: int, column: str) -> Cells:
        """The cells of a column of the table, on one side."""
        section = self.sides[side].state.section(Entities)
        assert section is not None
        whole = section.columns[self.sides[side].state.sampled_columns.index(column)]
        return whole.rows(self.rows[side])


def histories(case: Case) -> Histories | None:
    """None where no entity is declared, or none has distinct times on both sides."""
    return case.once(_histories)


def _histories(case: Case) -> Histories | None:
    sides = case.table.reference, case.table.observed
    found = [_by_entity(side) for side in sides]
    owner: list[int] = []
    place: list[int] = []
    rows: tuple[list[int], list[int]] = ([], [])
    for entity, (times, left) in found[0].items():
        other = found[1].get(entity)
        if other is None or other[0] != times or len(set(times)) < len(times) or None in times:
            continue
        owner += [owner[-1] + 1 if owner else 0] * len(times)
        place += range(len(times))
        rows[0].extend(left)
        rows[1].extend(other[1])
    if not owner:
        return None
    arrays = [np.array(own, np.int64) for own in (owner, place, *rows)]
    return Histories(arrays[0], arrays[1], (arrays[2], arrays[3]), sides)


def _by_entity(table: Fingerprint) -> dict[int, tuple[list[Cell], list[int]]]:
    section = table.state.section(Entities)
    found: dict[int, tuple[list[Cell], list[int]]] = {}
    if section is None or table.state.parameters.time is None:
        return found
    for row, owner in enumerate(section.owner):
        times, rows = found.setdefault(section.hashes[owner], ([], []))
        times += [section.times[row]] * section.counts[row]
        rows.append(row)
    return {entity: both for entity, both in found.items() if len(both[0]) == len(both[1])}


@dataclass(frozen=True)
class Members:
    """The rows of an input that each aligned row of a table was made of.

    places: rows of the case; groups: for each, its kept rows; columns: their cells, by name. kept: the share of the
    rows of these groups that are kept, 1 for all of them.
    """

    stage: str
    places: Rows
    groups: list[list[int]]
    columns: dict[str, list[Cell]]
    types: dict[str, str]
    kept: float

    @property
    def whole(self) -> bool:
        """Whether all rows of the groups are kept, and not a sample of them."""
        return self.kept == 1

    def values(self, column: str) -> list[list[Cell]]:
        """The cells of a column by group."""
        cells = self.columns[column]
        return [[cells[row] for row in rows] for rows in self.groups]


def members(case: Case) -> Iterator[Members]:
    """Groups that are kept whole, of those inputs, equal on both sides, whose rows tell the key of the table."""
    yield from (own for own in _grouped(case) if own.whole)


def sampled_members(case: Case) -> Iterator[Members]:
    """Groups of which a sample is kept, of those inputs: such are few and large."""
    yield from (own for own in _grouped(case) if not own.whole)


def _grouped(case: Case) -> Iterator[Members]:
    inputs = case.once(_grouped_inputs) if case.table.keyed and len(case.table.rows[0]) else []
    keys = _keys(case) if inputs else []
    for stage, kept, by, columns, types in inputs:
        places = [i for i, key in enumerate(keys) if key in by]
        if len(places) >= FEWEST:
            yield Members(stage, np.array(places, np.int64), [by[keys[i]] for i in places], columns, types, kept)


_GroupedInput = tuple[str, float, dict[int, list[int]], dict[str, list[Cell]], dict[str, str]]


def _grouped_inputs(case: Case) -> list[_GroupedInput]:
    """Inputs by the key of the table: stage, share of its rows, those by hash of the key, cells and types by column."""
    found: list[_GroupedInput] = []
    key = case.table.reference.key
    for stage, source in case.inputs().items():
        own = source.reference
        if not source.identical or own.key == key or not set(key) <= set(source.common):
            continue
        types = {name: own.columns[name].type for name in own.state.sampled_columns}
        section = own.state.section(Entities)
        histories = _whole_entities(section) if section is not None and own.state.parameters.entity == key else {}
        sample = own.state.sample
        for kept, by, vectors in (
            (1.0, histories, section.columns if section is not None else ()),
            (sum(sample.counts) / max(1, own.rows), _by_sample(own, key, types, case), sample.columns),
        ):
            if by and vectors and not (kept == 1 and found and found[-1][:2] == (stage, 1)):
                columns = {name: cells.tolist() for name, cells in zip(types, vectors, strict=True)}
                found.append((stage, kept, by, columns, types))
    return found


def _whole_entities(section: Entities) -> dict[int, list[int]]:
    """The rows of each entity that is kept whole, as often as they occur."""
    by: dict[int, list[int]] = {}
    for row, owner in enumerate(section.owner):
        by.setdefault(section.hashes[owner], []).extend([row] * section.counts[row])
    rows = dict(zip(section.hashes, section.rows, strict=True))
    return {own: kept for own, kept in by.items() if len(kept) == rows[own]}


def _by_sample(own: Fingerprint, key: tuple[str, ...], types: dict[str, str], case: Case) -> dict[int, list[int]]:
    """The sampled rows of an input by the hash of the key of the table that they name, as often as they occur."""
    table = case.table.reference
    if any(types.get(name) != table.columns[name].type for name in key):
        return {}
    by: dict[int, list[int]] = {}
    for row, named in enumerate(named_keys(own, key) or []):
        if named is not None:
            by.setdefault(named, []).extend([row] * own.state.sample.counts[row])
    return by


def _keys(case: Case) -> list[int]:
    """The key hashes of the aligned rows of a case."""
    sample = case.table.reference.state.sample
    return [sample.keys[sample.owner[row]] for row in case.table.rows[0][case.kept].tolist()]


def group_totals(case: Case) -> Iterator[tuple[str, str, Rows, list[Group]]]:
    """(stage, measure, rows of the case, their groups) of inputs that keep exact totals by the key of the table.

    The groups are the same on both sides. Rows whose key is null are left out.
    """
    table = case.table
    if not table.keyed or not len(table.rows[0]):
        return
    for stage, source in case.inputs().items():
        sections = [side.state.section(GroupTotals) for side in (source.reference, source.observed)]
        if sections[0] is None or sections[1] is None:
            continue
        keys = _keys(case)
        for grouping, grouped in sections[0].groupings.items():
            other = sections[1].groupings.get(grouping)
            if grouping.by != table.reference.key or other is None:
                continue
            same = {own: g for own, g in grouped.groups.items() if other.groups.get(own) == g}
            places = [i for i, key in enumerate(keys) if key in same]
            yield stage, grouping.measure, np.array(places, np.int64), [same[keys[i]] for i in places]


def known(table: Fingerprint, column: str) -> dict[int, Cell]:
    """The kept cells of a column by key hash, of the sample and of the rare rows, where a key has one row."""
    found: dict[int, Cell] = {}
    whole = sampled(table, column)
    sample, rare = table.state.sample, table.state.section(RareRows)
    if len(whole):
        cells = whole.tolist()
        found = {key: cells[row] for key, row in single_rows(table).items()}
    if rare is not None and rare.columns:
        names = table.state.sampled_columns
        cells = rare.columns[names.index(column)].tolist() if column in names else []
        several = {key for key, rows in zip(sample.keys, sample.rows_per_key, strict=True) if rows > 1}
        keys = [key for key, _ in rare.rows]
        times = Counter(keys)
        for key, cell in zip(keys, cells, strict=bool(cells)):
            if key not in several and times[key] == 1:
                found.setdefault(key, cell)
    return found


def upstream(case: Case, side: int) -> Iterator[tuple[str, str, ColumnFingerprint, dict[int, Cell]]]:
    """(stage, name, column, cells by key) of the table's other columns and of the stages before it, nearest first."""
    table = (case.table.reference, case.table.observed)[side]
    context = case.context
    for name, column in table.columns.items():
        if column.summarised and name not in table.key and (case.column is None or name != case.column.name):
            yield "", name, column, known(table, name)
    if context is None:
        return
    for stage in ancestors(context.records[side], case.table.stage):
        source = context.records[side].stages[stage].table
        if source is None:
            continue
        same = bool(source.key) and source.key == table.key
        rows = None if same else mapped(table, source)
        keys = [] if same else [table.state.sample.keys[o] for o in table.state.sample.owner]
        for name, column in source.columns.items():
            if not column.summarised or name in source.key:
                continue
            if same:
                yield stage, name, column, known(source, name)
            elif rows is not None and len(rows[0]):
                whole = sampled(source, name).tolist()
                pairs = zip(rows[0].tolist(), rows[1].tolist(), strict=True)
                yield stage, name, column, {keys[own]: whole[there] for own, there in pairs} if whole else {}


def marked_upstream(
    case: Case, side: int, bad: list[int], good: list[int], marked: Callable[[Cell], bool], *, fewest: int = FEWEST
) -> tuple[str, str] | None:
    """The first column upstream that is marked beside all of some keys, and beside none of the others."""
    for stage, name, _, cells in upstream(case, side):
        chosen, rest = ([cells[key] for key in keys if key in cells] for keys in (bad, good))
        if len(chosen) < fewest or len(rest) < FEWEST:
            continue
        if all(map(marked, chosen)) and not any(map(marked, rest)):
            return stage, name
    return None


def ancestors(record: Record, stage: str) -> list[str]:
    """The stages that a stage is made of, the nearest first."""
    found: dict[str, None] = {}
    front = list(record.stages[stage].inputs) if stage in record.stages else []
    while front:
        own = front.pop(0)
        if own not in found and own in record.stages:
            found[own] = None
            front += record.stages[own].inputs
    return list(found)


def is_absent(cell: Any) -> bool:
    """Whether a cell is null or NaN."""
    return cell is None or cell != cell


def labelled(stage: str, name: str) -> str:
    """A column for a sentence: with its stage where it is of another one."""
    return f"`{stage}.{name}`" if stage else f"`{name}`"
