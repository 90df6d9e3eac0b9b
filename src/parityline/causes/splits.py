"""What is known of the parts of a split beside their fingerprints, for the causes that speak of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from parityline.causes.cause import Case
from parityline.checks.same_split import by_nature
from parityline.fingerprints import ColumnFingerprint, Fingerprint
from parityline.folds import fold_of
from parityline.kernel.cells import Cells
from parityline.kernel.values_hash import cell_hashes
from parityline.pairs import TablePair, sampled, single_rows, subset
from parityline.pairs import places as row_places
from parityline.records import Record

SPLIT_CODES = ("split-differs",)


def parts(case: Case) -> list[TablePair]:
    """All parts of the split that a finding is about; none where it is about something else."""
    if case.context is None or case.finding.code not in SPLIT_CODES or case.table.kind != "split":
        return []
    return case.context.parts


def facts(case: Case, name: str) -> tuple[dict[str, object], dict[str, object]]:
    """A fact of the stage on both sides."""
    assert case.context is not None
    before, after = (stage.facts.get(name) or {} for stage in case.context.stages)
    return before, after


def places(case: Case, side: int) -> list[tuple[str, np.ndarray[tuple[int], np.dtype[np.int64]], int]]:
    """(part, places of its sampled rows in an ordered input that has the same key, rows of it) on one side."""
    found = []
    for pair in parts(case):
        table = (pair.reference, pair.observed)[side]
        for source in case.inputs().values():
            whole = (source.reference, source.observed)[side]
            at = row_places(whole) if whole.key == table.key else {}
            if at:
                own = sorted(at[key] for key in single_rows(table) if key in at)
                found.append((pair.part, np.array(own, np.int64), whole.rows))
                break
    return found


def sampled_places(case: Case, side: int) -> np.ndarray[tuple[int], np.dtype[np.int64]] | None:
    """The places of all sampled rows of the ordered input, ascending; None without one."""
    for source in case.inputs().values():
        at = row_places((source.reference, source.observed)[side])
        if at:
            return np.array(sorted(at.values()), np.int64)
    return None


def same_order(case: Case) -> bool:
    """Whether the sampled rows that both sides of an input hold stand in the same order, as far as is known."""
    return all(source.same_order is not False for source in case.inputs().values())


def complete(case: Case) -> bool:
    """Whether the samples of all parts and inputs hold every key."""
    return all(pair.complete for pair in (*parts(case), *case.inputs().values()))


def splitters_of(case: Case) -> tuple[str, str]:
    """The names of the classes that split on each side, "" where none was given."""
    before, after = (str(own.get("class") or "").rpartition(".")[2] for own in facts(case, "splitter"))
    return before, after


@dataclass(frozen=True)
class Beside:
    """A column that an input holds beside the rows of the parts. cells: of the rows in parts, reference first.

    part: which part each of those rows is in, by its place in `parts`; both shapes (rows,). whole: no row is unknown.
    """

    stage: str
    column: str
    logical: str
    cells: tuple[Cells, Cells]
    part: tuple[NDArray[np.int64], NDArray[np.int64]]
    whole: bool

    def shared(self, side: int) -> int:
        """How many values, without null, are in more than one part."""
        return int(np.count_nonzero(self._counts(side).astype(bool).sum(axis=1) > 1))

    def grouped(self, side: int) -> NDArray[np.int64]:
        """Of the values that several rows have, how many rows each has; shape (values,)."""
        rows: NDArray[np.int64] = self._counts(side).sum(axis=1)
        return rows[rows > 1]

    def _counts(self, side: int) -> NDArray[np.int64]:
        """Rows of each value in each part, shape (values, parts)."""
        cells, part = self.cells[side], self.part[side]
        there = ~cells.absent_rows()
        counts = np.zeros((cells.distinct_count, int(part.max(initial=0)) + 1), np.int64)
        np.add.at(counts, (cells.index[there], part[there]), 1)
        return counts

    def by_part(self, side: int, parts: int) -> list[dict[int, int]]:
        """Rows by value in each part; values are known by the hash of their cells."""
        cells, part = self.cells[side], self.part[side]
        hashes = cell_hashes(cells, self.logical, 0)
        return [
            {hashes[i]: n for i, n in enumerate(np.bincount(cells.index[part == own]).tolist()) if n}
            for own in range(parts)
        ]


def overlapping(case: Case) -> bool:
    """Whether parts share keys that they do not share in the reference, which says more than how they were drawn."""
    before, after = facts(case, "overlaps")
    return any(
        isinstance(rows, int) and rows > int(str(before.get(which, 0))) and not by_nature(which)
        for which, rows in after.items()
    )


def tested(case: Case) -> list[TablePair]:
    """The parts that share no row by their nature: of folds those that are tested."""
    return [pair for pair in parts(case) if fold_of(pair.part) is None or not pair.part.endswith("train")]


def columns_beside(case: Case) -> Iterator[Beside]:
    """What inputs with the same key hold beside the sampled rows of the parts, column by column but for the key."""
    pairs = tested(case)
    for stage, source in case.inputs().items():
        if not pairs or not source.keyed or any(pair.reference.key != source.reference.key for pair in pairs):
            continue
        rows, part = zip(*(_rows_in_parts(pairs, source, side) for side in (0, 1)), strict=True)
        if not len(rows[0]) or not len(rows[1]):
            continue
        for name in source.common:
            sides = source.reference.columns[name], source.observed.columns[name]
            cells = sampled(source.reference, name), sampled(source.observed, name)
            if name in source.reference.key or sides[0].type != sides[1].type or not all(map(len, cells)):
                continue
            own = subset(cells[0], rows[0]), subset(cells[1], rows[1])
            yield Beside(stage, name, sides[0].type, own, part, source.complete and all(p.complete for p in pairs))


def _rows_in_parts(pairs: list[TablePair], source: TablePair, side: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    whole = single_rows((source.reference, source.observed)[side])
    found = [
        (whole[key], place)
        for place, pair in enumerate(pairs)
        for key in single_rows((pair.reference, pair.observed)[side])
        if key in whole
    ]
    return np.array([row for row, _ in found], np.int64), np.array([part for _, part in found], np.int64)


def declared(case: Case, what: str) -> list[str]:
    """The columns that a stage before this one names as its `entity` or `target`, the nearest stage first."""
    assert case.context is not None
    stages, found = case.context.records[0].stages, list[str]()
    waiting = list(case.context.stages[0].inputs)
    seen = set(waiting)
    while waiting:
        stage = stages.get(waiting.pop(0))
        if stage is None:
            continue
        for table in stage.tables.values():
            names = getattr(table.state.parameters, what) or ()
            found += [names] if isinstance(names, str) else list(names)
        waiting += [before for before in stage.inputs if before not in seen]
        seen.update(stage.inputs)
    return list(dict.fromkeys(found))


def fitted_parts(record: Record, column: str, rows: int) -> list[tuple[str, ColumnFingerprint]]:
    """A column in the parts of splits, and in what models were fitted on, that hold fewer rows than the table."""
    tables: list[tuple[str, Fingerprint]] = [
        (f"{name}/{part}", table)
        for name, stage in record.stages.items()
        if stage.kind in ("split", "model")
        for part, table in stage.tables.items()
    ]
    return [(where, table.columns[column]) for where, table in tables if column in table.columns and table.rows < rows]


def rows_of_parts(record: Record, split: str, source: TablePair, side: int) -> dict[str, NDArray[np.int64]]:
    """The sampled rows of a table that are in each part of a split of one side; {} where not all of them are known."""
    stage, table = record.stages.get(split), (source.reference, source.observed)[side]
    if stage is None or stage.kind != "split" or any(fold_of(part) is not None for part in stage.tables):
        return {}
    whole = single_rows(table)
    found = {}
    for part, own in stage.tables.items():
        keys = own.state.sample.keys
        if own.key != table.key or not own.state.sample.complete or not keys or any(key not in whole for key in keys):
            return {}
        found[part] = np.array([whole[key] for key in keys], np.int64)
    return found


def near(mean: float | None, other: float) -> bool:
    """Whether a mean is a number, up to rounding."""
    return mean is not None and abs(mean - other) <= 1e-9 * max(1.0, abs(mean))
