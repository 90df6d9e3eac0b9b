"""A few cells differ without a relation."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "few-values-damaged"
RUNG = Rung.FEW


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.reference.type != "number" or not case.table.same_keys or column.reference.rows < 1000:
        return None
    if column.aligned < 1000 or int(column.differs.sum()) > 2 or column.reference.missing != column.observed.missing:
        return None
    before, after = column.reference.totals, column.observed.totals
    step, squares = after.sum - before.sum, after.squares - before.squares
    if not step or before.count != after.count:
        return None
    # one changed value: b - a from the sums, b + a from the sums of squares, both exact
    a, b = (squares / step - step) / 2, (squares / step + step) / 2
    known = {c for c in column.reference.values.cells if isinstance(c, float)}
    changed = column.changed
    if changed and changed != [(float(a), float(b))]:
        return None
    if float(a) != a or float(b) != b or (column.reference.values.complete and float(a) not in known):
        return None
    sentence = f"one value of `{column.name}` differs: {float(a):g} became {float(b):g}"
    return case.found(
        CODE, sentence, share=1 / column.reference.rows, expected=float(a), found=float(b), evidence={"exact": True}
    )
