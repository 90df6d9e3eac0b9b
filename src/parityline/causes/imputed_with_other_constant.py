"""Missing values were filled with another constant."""

from __future__ import annotations

from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding

CODE = "imputed-with-other-constant"
RUNG = Rung.CONSTANT


def explain(case: Case) -> Finding | None:
    column = case.column
    if (
        column is None
        or column.reference.type != "number"
        or column.hidden
        or case.table.kind not in ("features", "etl")
    ):
        return None
    changed = column.changed()
    if len(changed) < FEWEST:
        return None
    before, after = {a for a, _ in changed}, {b for _, b in changed}
    if len(before) != 1 or len(after) != 1:
        return None
    old, new = before.pop(), after.pop()
    if not isinstance(old, float) or not isinstance(new, float) or old != old or new != new:
        return None
    # a fill is seen where the reference holds one value in all rows that changed, and holds it in no other row
    left = column.cells[0]
    if left.distinct.index(old) in set(left.index[~column.differs].tolist()):
        return None
    rows = round(len(changed) / max(1, column.aligned) * column.observed.rows)
    sentence = (
        f"`{column.name}`: missing values are filled with {new:.6g}; research used {old:.6g} (about {rows:,} rows)"
    )
    return case.found(
        CODE, sentence, expected=old, found=new, evidence={"constant": [old, new], "sampled": len(changed)}
    )
