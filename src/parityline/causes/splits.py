"""What is known of the parts of a split beside their fingerprints, for the causes that speak of them."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import Case
from parityline.fingerprints import ColumnFingerprint, Fingerprint
from parityline.pairs import TablePair, single_rows
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


def fitted_parts(record: Record, column: str, rows: int) -> list[tuple[str, ColumnFingerprint]]:
    """A column in the parts of splits, and in what models were fitted on, that hold fewer rows than the table."""
    tables: list[tuple[str, Fingerprint]] = [
        (f"{name}/{part}", table)
        for name, stage in record.stages.items()
        if stage.kind in ("split", "model")
        for part, table in stage.tables.items()
    ]
    return [(where, table.columns[column]) for where, table in tables if column in table.columns and table.rows < rows]


def near(mean: float | None, other: float) -> bool:
    """Whether a mean is a number, up to rounding."""
    return mean is not None and abs(mean - other) <= 1e-9 * max(1.0, abs(mean))
