"""A variable is missing only at certain times or in one segment."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import FEWEST, Case, Rung
from parityline.checks.same_values import percent
from parityline.conditions import Candidate, Condition, separating
from parityline.findings import Finding
from parityline.kernel.cells import Cells
from parityline.pairs import subset

CODE = "missing-in-one-segment"
RUNG = Rung.GAP


def explain(case: Case) -> Finding | None:
    """Every row that differs lost its value, and one condition separates them from those that have theirs."""
    column, table = case.column, case.table
    if case.finding.code == "missing-differs" and table.rows_kind == "new" and table.kind in ("source", "etl"):
        return _of_new_rows(case)
    if column is None or case.finding.code != "values-differ" or table.kind not in ("source", "etl"):
        return None
    before, after = (cells.absent_rows() for cells in column.cells)
    lost = after & ~before
    if lost.sum() < FEWEST or not (lost == column.differs).all():
        return None
    condition = _condition(case, ~before, lost)
    if condition is None or condition.column == column.name:
        return None  # which of its own values are gone is no segment of the rows
    left = len(lost) - int(before.sum()) - condition.rows
    sentence = f"`{column.name}` is missing where {condition.words} ("
    sentence += "in every" if condition.exact else f"in {percent(condition.chosen / condition.rows)}"
    sentence += f" of {condition.rows:,} sampled rows there that had a value), and in none of the other {left:,}"
    return case.found(CODE, sentence, evidence={"condition": condition.evidence()})


def _of_new_rows(case: Case) -> Finding | None:
    """One condition separates the new rows without a value from those that have one."""
    table, name = case.table.observed, str(case.finding.column)
    sample, names = table.state.sample, table.state.sampled_columns
    if not sample.columns or name not in names:
        return None
    lost = sample.columns[names.index(name)].absent_rows()
    if lost.sum() < FEWEST:
        return None
    declared = table.state.parameters.time
    others = sorted((n for n in names if n != name), key=lambda n: n != declared)
    own = [Candidate(n, table.columns[n].type, sample.columns[names.index(n)]) for n in others]
    condition = separating(lost, own)
    if condition is None:
        return None
    sentence = f"`{name}` is missing where {condition.words} (in {percent(condition.chosen / condition.rows)} of "
    sentence += f"{condition.rows:,} sampled rows there), and in none of the other {len(lost) - condition.rows:,}"
    return case.found(CODE, sentence, evidence={"condition": condition.evidence()})


def _condition(case: Case, had: np.ndarray[tuple[int], np.dtype[np.bool_]], lost: np.ndarray) -> Condition | None:
    """Among the rows that had a value: those without one on both sides say nothing of where it is missing now."""
    rows = np.flatnonzero(had)
    declared = case.table.reference.state.parameters.time
    candidates = sorted(case.candidates(), key=lambda candidate: candidate.name != declared)
    kept = case.kept
    own: list[Candidate] = []
    for candidate in candidates:
        cells: Cells = subset(candidate.cells, kept[rows])
        own.append(Candidate(candidate.name, candidate.type, cells))
    return separating(lost[rows], own)
