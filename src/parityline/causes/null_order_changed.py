"""Missing values sort first on one side and last on the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parityline.causes.beside import is_absent, members, sampled_members
from parityline.causes.cause import FEWEST, Case, Rung, comparable
from parityline.findings import Finding
from parityline.kernel.cells import Cell

CODE = "null-order-changed"
RUNG = Rung.BESIDE


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.hidden or (column.reference.untyped and column.observed.untyped):
        return None
    kind = column.observed.type if column.reference.untyped else column.reference.type
    sides = [cells.tolist() for cells in column.cells]
    for own in (*members(case), *sampled_members(case)):
        differs = column.differs[own.places].tolist()
        if sum(differs) < FEWEST:
            continue
        cells = [(sides[0][place], sides[1][place]) for place in own.places.tolist()]
        for name, logical in own.types.items():
            if logical != kind:
                continue
            found = _end(own.values(name), cells, differs, own.whole)
            if found is None:
                continue
            end, here = found
            rows, place = sum(differs), "first" if end == "smallest" else "last"
            sentence = (
                f"`{column.name}` is missing for {rows:,} sampled groups that hold a missing `{own.stage}.{name}`"
            )
            sentence += "" if here else " in research, and is not here"
            where = "here" if here else "in research"
            sentence += f", and is the {end} of the others elsewhere: missing values sort {place} {where}"
            return case.found(CODE, sentence, evidence={"of": f"{own.stage}.{name}", "end": end, "groups": rows})
    return None


def _end(
    groups: list[list[Cell]], cells: list[tuple[Cell, Cell]], differs: list[bool], whole: bool
) -> tuple[str, bool] | None:
    """The end that the other side takes in all groups, and whether the observed side is the missing one."""
    for here in (True, False):
        for end, take in (("smallest", min), ("largest", max)):
            own = zip(groups, cells, differs, strict=True)
            fits = (_fits(group, pair, differ, here, take, whole) for group, pair, differ in own)
            if all(fits):
                return end, here
    return None


def _fits(
    group: list[Cell], pair: tuple[Cell, Cell], differ: bool, here: bool, take: Callable[..., Any], whole: bool
) -> bool:
    missing, other = (pair[1], pair[0]) if here else pair
    there = {comparable(cell): cell for cell in group if not is_absent(cell)}
    if not differ and not whole and there and not any(map(is_absent, group)):
        return True  # a sample need not hold the end
    expected = there[take(there)] if there else None
    if not (other == expected or (is_absent(other) and expected is None)):
        return False
    holds = any(map(is_absent, group))
    return is_absent(missing) and holds if differ else not holds or not there
