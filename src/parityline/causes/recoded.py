"""The same values are written in another code, one to one."""

from __future__ import annotations

from parityline.causes import imputed_with_other_constant
from parityline.causes.cause import FEWEST, Case, Rung, shown
from parityline.findings import Finding

CODE = "recoded"
RUNG = Rung.CATEGORY
_MOST_NUMBERS = 3


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.aligned < FEWEST:
        return None
    before, after = column.reference.values, column.observed.values
    if not (before.complete and after.complete and len(before.hashes) == len(after.hashes) > 1):
        return None
    if set(before.hashes) == set(after.hashes):
        return None
    if case.table.same_keys and sorted(before.counts) != sorted(after.counts):
        return None  # where rows are lost or added as well, the rows that both sides hold speak alone
    left, right = column.cells[0], column.cells[1]
    pairs = set(zip(left.index.tolist(), right.index.tolist(), strict=True))
    if len(pairs) != len({a for a, _ in pairs}) or len(pairs) != len({b for _, b in pairs}) or len(pairs) > 50:
        return None
    types = column.reference.type, column.observed.type
    before_cells, after_cells = left.distinct, right.distinct
    mapping = {str(shown(before_cells[a], types[0])): shown(after_cells[b], types[1]) for a, b in sorted(pairs)}
    moved = {a: b for a, b in mapping.items() if a != str(b)} or mapping
    if types == ("number", "number") and not _code_of_numbers(case, moved, everything=len(moved) == len(mapping)):
        return None
    told = ", ".join(f"{a} -> {b}" for a, b in list(moved.items())[:4])
    told += f" and {len(moved) - 4} more" if len(moved) > 4 else ""
    left_alone = len(mapping) - len(moved)
    told += f"; {left_alone} other values are as before" if left_alone else ""
    return case.found(CODE, f"`{column.name}` is coded in another way, one to one: {told}", evidence={"map": moved})


def _code_of_numbers(case: Case, moved: dict[str, object], *, everything: bool) -> bool:
    """Whether numbers are codes: a map of many, or of all values to fractions, is arithmetic, and one may be a fill."""
    if len(moved) > _MOST_NUMBERS or (everything and not all(map(_whole, moved.values()))):
        return False
    return imputed_with_other_constant.explain(case) is None


def _whole(value: object) -> bool:
    return isinstance(value, (int, float)) and float(value).is_integer()
