"""Missing values sort first on one side and last on the other."""

from __future__ import annotations

from parityline.causes.beside import is_absent, members
from parityline.causes.cause import FEWEST, Case, Rung, comparable
from parityline.findings import Finding
from parityline.kernel.cells import Cell

CODE = "null-order-changed"
RUNG = Rung.BESIDE


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.hidden or "null" in (column.reference.type, column.observed.type):
        return None
    sides = [cells.tolist() for cells in column.cells]
    for own in members(case):
        differs = column.differs[own.places].tolist()
        if sum(differs) < FEWEST:
            continue
        cells = [(sides[0][place], sides[1][place]) for place in own.places.tolist()]
        for name, logical in own.types.items():
            if logical != column.reference.type:
                continue
            found = _end(own.values(name), cells, differs)
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


def _end(groups: list[list[Cell]], cells: list[tuple[Cell, Cell]], differs: list[bool]) -> tuple[str, bool] | None:
    """The end that the other side takes in all groups, and whether the observed side is the missing one."""
    for here in (True, False):
        for end, take in (("smallest", min), ("largest", max)):
            if all(
                _fits(group, pair, differ, here, take)
                for group, pair, differ in zip(groups, cells, differs, strict=True)
            ):
                return end, here
    return None


def _fits(group: list[Cell], pair: tuple[Cell, Cell], differ: bool, here: bool, take: object) -> bool:
    missing, other = (pair[1], pair[0]) if here else pair
    there = {comparable(cell): cell for cell in group if not is_absent(cell)}
    expected = there[take(there)] if there else None  # type: ignore[operator]
    if not (other == expected or (is_absent(other) and expected is None)):
        return False
    holds = any(map(is_absent, group))
    return is_absent(missing) and holds if differ else not holds or not there
