"""What a cause is: asked about one difference of one table, it answers with a finding or not at all."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from parityline.conditions import Candidate, Condition, Counted, separating
from parityline.findings import Finding
from parityline.fingerprints import plain
from parityline.kernel.cells import Cell, Cells, Hashed, LongText, Wide
from parityline.kernel.values_hash import cell_hashes
from parityline.pairs import ColumnPair, Rows, TablePair, sampled, subset
from parityline.records import Record, StageRecord
from parityline.relations import mapped
from parityline.text_forms import TextForms

T = TypeVar("T")
MOST_CONDITIONS = 8
"""Of one table, at most so many sets of rows are asked for a condition, and so many parts of them; a wide table differs
in few of them."""
FEWEST = 5
"""A relation that was seen on fewer differing rows names no cause."""


class Rung(IntEnum):
    """The order in which causes are tried: rows before values, then the weakest change first."""

    ROWS = 0
    LOST = 1
    """Rows are gone, and nothing above says which."""
    NAME = 2
    TYPE = 3
    MISSING = 4
    OUTPUT = 5
    PRECISION = 6
    TEXT = 7
    TIME = 8
    BESIDE = 9
    """Proven by a column that is equal on both sides, or by computing an aggregate again."""
    UNIT = 10
    CATEGORY = 11
    ATTACHMENT = 12
    CONSTANT = 13
    FEW = 14
    GAP = 15
    """Values are gone where a condition holds."""
    SUBSET = 16


@dataclass(frozen=True)
class Context:
    """Where a table stands. records, stages: reference first; inputs: the tables of the stages that it is made of.

    parts: all tables of the stage; counted: of the stage before, until this one has its own.
    """

    records: tuple[Record, Record]
    stages: tuple[StageRecord, StageRecord]
    inputs: dict[str, TablePair] = field(default_factory=dict)
    parts: list[TablePair] = field(default_factory=list)
    counted: Counted = field(default_factory=dict)
    _beside: dict[tuple[int, str, str], tuple[Rows, ColumnPair] | None] = field(default_factory=dict)
    _maps: dict[tuple[int, str], tuple[Rows, Rows, Rows]] = field(default_factory=dict)
    _conditions: dict[tuple[bool, bytes], Condition | None] = field(default_factory=dict)
    _measured: dict[tuple[int, Callable[[Case], Any]], Any] = field(default_factory=dict)

    def rows_of(self, table: TablePair, stage: str) -> tuple[Rows, Rows, Rows]:
        """For the aligned rows of `table` that an input has too: their places, and its sampled rows on each side."""
        at = id(table), stage
        if at not in self._maps:
            source = self.inputs[stage]
            sides = []
            for own, other, rows in zip(
                (table.reference, table.observed), (source.reference, source.observed), table.rows, strict=True
            ):
                left, right = mapped(own, other)
                there = dict(zip(left.tolist(), right.tolist(), strict=True))
                sides.append([there.get(row, -1) for row in rows.tolist()])
            both = np.array(sides, np.int64).reshape(2, -1)
            places = np.flatnonzero((both >= 0).all(axis=0))
            self._maps[at] = places, both[0][places], both[1][places]
        return self._maps[at]


@dataclass(frozen=True)
class Forms:
    """Forms of the differing texts of a column that both records hide. places: their sampled rows on each side."""

    column: str
    sides: tuple[TextForms, TextForms]
    places: tuple[Rows, Rows]

    def agree(self, reference: str, observed: str) -> bool:
        """Whether all of them are equal in these forms of the reference and of the observed side."""
        left, right = self.sides[0].get(self.column, reference), self.sides[1].get(self.column, observed)
        if left is None or right is None:
            return False
        return bool(np.array_equal(left[self.places[0]], right[self.places[1]]))

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.places[0])


@dataclass(frozen=True)
class Case:
    """One difference to explain: `finding` of a check, the table, and its column where it has one."""

    finding: Finding
    table: TablePair
    column: ColumnPair | None = None
    context: Context | None = None

    def only(self, rows: NDArray[np.bool_]) -> Case:
        """The same of these differing aligned rows alone, beside the equal ones; shape (aligned,)."""
        column = self.column
        assert column is not None
        kept = np.flatnonzero(rows | ~column.differs)
        cells = subset(column.cells[0], kept), subset(column.cells[1], kept)
        own = replace(column, cells=cells)
        share = float(rows.mean())
        finding = replace(self.finding, share=share)
        return _Part(finding, self.table, own, self.context, kept, rows)

    @property
    def kept(self) -> Rows:
        """The places of the rows of `column` among the aligned rows of the table."""
        return np.arange(self.column.aligned if self.column else 0)

    def candidates(self) -> list[Candidate]:
        """Columns that may tell differing rows from equal ones: of the reference beside the aligned rows, own first."""
        return self.once(_candidates)

    def once(self, measure: Callable[[Case], T]) -> T:
        """What a function tells of the table and its inputs, asked a single time for all columns that differ."""
        if self.context is None:
            return measure(self)
        kept, at = self.context._measured, (id(self.table), measure)
        if at not in kept:
            kept[at] = measure(self)
        return kept[at]  # type: ignore[no-any-return]

    def once_here(self, measure: Callable[[Case], T]) -> T:
        """What a function tells of the rows of this case, asked a single time for all causes."""
        kept = self._told_here
        if measure not in kept:
            kept[measure] = measure(self)
        return kept[measure]  # type: ignore[no-any-return]

    @cached_property
    def _told_here(self) -> dict[Callable[[Case], Any], Any]:
        return {}

    @cached_property
    def condition(self) -> Condition | None:
        """What separates the differing rows from the equal ones, or the lost rows from the kept; None without it.

        Of a column, over the aligned rows; of missing or extra rows, over the sampled rows of the side that has them.
        """
        column, table = self.column, self.table
        if column is not None:
            return self._separating(self._chosen, self.candidates)
        if self.finding.code not in ("rows-missing", "rows-extra") or not table.keyed:
            return None
        missing, extra, _ = table.key_changes
        lost = self.finding.code == "rows-missing"
        side, gone = (table.reference, set(missing)) if lost else (table.observed, set(extra))
        sample = side.state.sample
        chosen = np.array([sample.keys[owner] in gone for owner in sample.owner], np.bool_)
        if not sample.columns:
            return None
        named = zip(side.state.sampled_columns, sample.columns, strict=True)
        columns = [Candidate(n, side.columns[n].type, cells) for n, cells in named]
        return self._separating(chosen, lambda: columns)

    @property
    def _chosen(self) -> NDArray[np.bool_]:
        return self.column.differs if self.column else np.zeros(0, np.bool_)

    def _separating(self, chosen: NDArray[np.bool_], columns: Callable[[], list[Candidate]]) -> Condition | None:
        if int(chosen.sum()) < FEWEST:
            return None
        known = self.context._conditions if self.context else {}
        part = isinstance(self, _Part)
        at = part, chosen.tobytes()
        if at not in known:
            if sum(own == part for own, _ in known) >= MOST_CONDITIONS:
                return None  # the many parts of one column leave the whole of the others their turn
            known[at] = separating(chosen, columns())
        return known[at]

    @property
    def labels(self) -> ColumnPair | None:
        """The column, where it is the one that predictions are held against, of one type on both sides and open."""
        column, context = self.column, self.context
        if column is None or context is None or self.table.kind != "outcomes" or column.hidden:
            return None
        alike = column.reference.type == column.observed.type
        return column if alike and column.name == context.stages[0].facts.get("actual") else None

    def inputs(self) -> dict[str, TablePair]:
        """The tables that this one is made of, by stage; none for a source."""
        return self.context.inputs if self.context else {}

    def beside(self, stage: str, column: str) -> tuple[Rows, ColumnPair] | None:
        """A column of an input beside the aligned rows of the table.

        The places in the aligned rows that the input has on both sides (shape (n,), ascending), and its cells there.
        None where no row is known to belong together, or the input's cells were not kept.
        """
        if self.context is None:
            return None
        kept, at = self.context._beside, (id(self.table), stage, column)
        if at not in kept:
            kept[at] = self._found_beside(self.context, stage, column)
        return kept[at]

    def _found_beside(self, context: Context, stage: str, column: str) -> tuple[Rows, ColumnPair] | None:
        source = context.inputs.get(stage)
        if source is None or column not in source.common:
            return None
        places, *rows = context.rows_of(self.table, stage)
        whole = sampled(source.reference, column), sampled(source.observed, column)
        if not len(places) or not len(whole[0]) or not len(whole[1]):
            return None
        own = source.reference.columns[column], source.observed.columns[column]
        cells = subset(whole[0], rows[0]), subset(whole[1], rows[1])
        return places, ColumnPair(column, *own, cells, source.reference.state.parameters.seed)

    def within(self, places: Rows, pair: ColumnPair) -> tuple[Rows, ColumnPair]:
        """A column beside all aligned rows, beside those of this case alone: its places among them, and its cells."""
        if not self.is_part:
            return places, pair
        inside = self.among(places)
        cells = subset(pair.cells[0], inside), subset(pair.cells[1], inside)
        return self._position[places[inside]], replace(pair, cells=cells)

    def among(self, places: Rows) -> Rows:
        """Which of these aligned rows of the table are rows of this case."""
        return np.flatnonzero(self._position[places] >= 0)

    @property
    def is_part(self) -> bool:
        """Whether some aligned rows of the table are left out."""
        return len(self.kept) != len(self.table.rows[0])

    @cached_property
    def _position(self) -> Rows:
        """For each aligned row of the table its place among those of this case, -1 where it is not one of them."""
        position = np.full(len(self.table.rows[0]), -1)
        position[self.kept] = np.arange(len(self.kept))
        return position

    def others(self, *types: str) -> Iterator[tuple[Rows, ColumnPair]]:
        """Other columns of these types beside the aligned rows, of the table and of its inputs: places, and cells."""
        name = self.column.name if self.column else None
        everywhere = np.arange(len(self.table.rows[0]))
        for other, pair in self.table.columns.items():
            if other != name and pair.reference.type == pair.observed.type and pair.reference.type in types:
                yield self.within(everywhere, pair)
        for stage, source in self.inputs().items():
            for other in source.common:
                if source.reference.columns[other].type in types and source.observed.columns[other].type in types:
                    found = self.beside(stage, other)
                    if found is not None:
                        yield self.within(*found)

    def found(self, code: str, sentence: str, **fields: Any) -> Finding:
        """A finding in place of the one that it explains, with its numbers."""
        share = self.finding.share if self.finding.share is not None or not self.column else self.column.share
        merged = {"expected": self.finding.expected, "found": self.finding.found, "share": share, **fields}
        evidence = {**self.finding.evidence, **merged.pop("evidence", {})}
        explains = (self.finding.code,) if self.finding.code != code else ()
        where = self.table.where
        return Finding(
            code,
            self.finding.stage,
            where + sentence,
            column=self.finding.column,
            explains=explains,
            evidence=evidence,
            **merged,
        )

    def numbers(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Aligned numbers that a rule must explain, all of them present; None where too few differ."""
        return self._numbers

    @cached_property
    def _numbers(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        column = self.column
        if column is None or column.reference.type != column.observed.type or column.hidden:
            return None
        a, b = (side[column.differs] for side in column.numbers)
        if len(a) < FEWEST or (a == b).all():
            return None  # too few, or numbers of which float64 does not see the difference
        if (a == a[0]).all():
            # one value that was replaced proves no rule: the rest of the column must obey it too
            there = ~(np.isnan(column.numbers[0]) & np.isnan(column.numbers[1]))
            a, b = (side[there] for side in column.numbers)
        if np.isnan(a).any() or np.isnan(b).any():
            return None
        return a, b

    @cached_property
    def forms(self) -> Forms | None:
        """The forms of differing texts that a side hides; None where too few have any, or one is null."""
        column = self.column
        sides = (self._forms(0), self._forms(1)) if column is not None and column.hidden else (None, None)
        if column is None or sides[0] is None or sides[1] is None:
            return None
        left, right = sides[0].get(column.name, "same"), sides[1].get(column.name, "same")
        if left is None or right is None:
            return None
        rows = [own[self.kept] for own in self.table.rows]
        chosen = column.differs & (rows[0] < sides[0].rows) & (rows[1] < sides[1].rows)
        places = rows[0][chosen], rows[1][chosen]
        if len(places[0]) < FEWEST or not (left[places[0]].all() and right[places[1]].all()):
            return None
        return Forms(column.name, (sides[0], sides[1]), places)

    def _forms(self, side: int) -> TextForms | None:
        """The hashed forms of the column on one side, made here where its record shows the texts."""
        assert self.column is not None
        table, name = (self.table.reference, self.table.observed)[side], self.column.name
        kept = self.table.forms[side]
        if kept is not None and name in kept.columns:
            return kept
        cells = sampled(table, name)
        if table.columns[name].type != "text" or not len(cells) or cells.hashed:
            return None
        return TextForms.shown(name, cells, table.state.parameters.seed)

    def texts(self) -> list[tuple[bytes, bytes]] | None:
        """Differing aligned texts; None where there are too few or one is hidden or null."""
        column = self.column
        if column is None or column.hidden or column.aligned == 0 or not column.holds_texts:
            return None
        changed = column.changed
        if len(changed) < FEWEST or not all(isinstance(x, bytes) and isinstance(y, bytes) for x, y in changed):
            return None
        return changed  # type: ignore[return-value]

    def pairs(self) -> list[tuple[Cell, Cell]] | None:
        """All distinct pairs of cells of the aligned rows and of the rare rows; None where one is hidden."""
        return self._pairs

    @cached_property
    def _pairs(self) -> list[tuple[Cell, Cell]] | None:
        found: dict[tuple[str, str], tuple[Cell, Cell]] = {}
        for column in self._known:
            if column.hidden:
                return None
            found.update({(repr(a), repr(b)): (a, b) for a, b in column.distinct_pairs})
        return [found[at] for at in sorted(found)] if self.column is not None else None

    def changes(self, fewest: int = FEWEST) -> list[tuple[Cell, Cell]] | None:
        """Cells of the rows that differ, aligned or rare; None where one is hidden or there are too few."""
        return self._changes if self._changes is not None and len(self._changes) >= fewest else None

    @cached_property
    def _changes(self) -> list[tuple[Cell, Cell]] | None:
        if self.column is None or any(column.hidden for column in self._known):
            return None
        return [pair for column in self._known for pair in column.changed]

    @cached_property
    def _known(self) -> list[ColumnPair]:
        """The column in the aligned rows, and in the rare ones beside them."""
        return [] if self.column is None else [self.column, self.table.special(self.column.name)]


def _candidates(case: Case) -> list[Candidate]:
    table, found = case.table, list[Candidate]()
    # a stage that carries a column on has its vector: what is counted of it is kept for one stage, and no longer
    counted = case.context.counted if case.context else {}

    def add(name: str, pair: ColumnPair) -> None:
        at = name, pair.reference.type, pair.cells[0]
        found.append(counted.get(at) or Candidate(*at))

    for name, pair in table.columns.items():
        if len(pair.cells[0]):
            add(name, pair)
    for stage, source in case.inputs().items():
        for name in source.common:
            beside = None if name in table.columns else case.beside(stage, name)
            if beside is not None and len(beside[0]) == len(table.rows[0]):
                add(f"{stage}.{name}", beside[1])
    counted.clear()
    counted.update({(own.name, own.type, own.cells): own for own in found})
    return found


def same(a: Cell, b: Cell) -> bool:
    """Whether two cells of one type are equal; NaN is."""
    return a == b or (a != a and b != b)


def comparable(cell: Cell) -> object:
    """What stands for a cell that is present where cells of one column are put in order."""
    match cell:
        case Wide():
            return cell.value
        case LongText():
            return cell.start
        case Hashed():
            return cell.hash
    return cell


def instant(cell: Cell) -> int | None:
    """Nanoseconds of a time, days of a date; None for null."""
    if isinstance(cell, Wide) and cell.exponent is None:
        return cell.mantissa
    return cell if isinstance(cell, int) else None


def whole(cell: Cell) -> int | None:
    """The number without its fraction; None for what is no finite number."""
    if isinstance(cell, Wide) and cell.exponent is not None:
        return int(cell.value)
    return int(cell) if isinstance(cell, float) and math.isfinite(cell) else None


def text_hashes(forms: Iterable[str], seed: int) -> dict[str, int]:
    """The hashes of texts in one pass, to know what is hidden: {text: hash}."""
    cells = Cells.of([form.encode() for form in sorted(set(forms))])
    hashes = cell_hashes(cells, "text", seed)
    return {cell.decode(): own for cell, own in zip(cells.distinct, hashes, strict=True) if isinstance(cell, bytes)}


@dataclass(frozen=True)
class _Part(Case):
    """A case of some of the differing rows. places: of the kept rows; chosen: the rows, among all aligned ones."""

    places: Rows = field(default_factory=lambda: np.zeros(0, np.int64))
    chosen: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))

    @property
    def kept(self) -> Rows:
        return self.places

    @property
    def _chosen(self) -> NDArray[np.bool_]:
        return self.chosen


def shown(cell: Cell, logical: str) -> object:
    """A cell of a column of this type as a plain value."""
    return bool(cell) if logical == "boolean" and isinstance(cell, int) else plain(cell)


@dataclass(frozen=True)
class Cause:
    """A cause by its code. `explain` gives None where its relation does not hold."""

    code: str
    rung: Rung
    explain: Callable[[Case], Finding | None]
