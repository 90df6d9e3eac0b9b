"""A decimal column was cast to binary floating point."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding
from parityline.kernel.cells import Cell, Wide

CODE = "decimal-became-float"
RUNG = Rung.TYPE

_ROUNDING = 1e-12  # a sum of a million doubles is seldom off by more of its largest


def explain(case: Case) -> Finding | None:
    """Every differing number is the float64 nearest to the decimal, or off by no more than sums of floats are."""
    column = case.column
    if column is None or {column.reference.type, column.observed.type} != {"number"} or not column.cells[0].wides:
        return None
    changed = case.changes()
    if changed is None:
        return None
    pairs = [(_nearest(a), b) for a, b in changed if isinstance(b, float)]
    if len(pairs) < len(changed) or any(a != a or b != b for a, b in pairs):
        return None
    types = [str(facts.get("types", {}).get(column.name, "")) for facts in case.table.facts]
    cast = types[0].lower().startswith("decimal") and types[1].lower() in ("double", "float64")
    equal = sum(a == b for a, b in pairs)
    largest = max(abs(a) for a, _ in pairs)
    if not any(isinstance(a, Wide) and (a.exponent or 0) < 0 for a, _ in changed):
        return None
    if equal < len(pairs) and not (cast and all(abs(a - b) <= _ROUNDING * largest for a, b in pairs)):
        return None
    left = f"`{column.name}` left {types[0] if types[0].lower().startswith('decimal') else 'decimal'} for binary floats"
    how = "every differing value is the float64 nearest to it"
    if equal < len(pairs):
        how = f"{len(pairs) - equal:,} of {len(pairs):,} differing values are off in their last digits, as sums are"
    return case.found(CODE, f"{left}: {how}", evidence={"types": types, "nearest": equal, "differing": len(pairs)})


def _nearest(cell: Cell) -> float:
    if isinstance(cell, Wide):
        return cell.nearest
    return cell if isinstance(cell, float) else float("nan")
