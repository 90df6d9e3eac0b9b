"""A window differs in the first rows of each entity, where it is not yet full."""

from __future__ import annotations

import numpy as np

from parityline.causes.beside import histories, is_absent
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.causes.imputed_with_other_constant import fills_gaps
from parityline.findings import Finding

CODE = "window-edge-changed"
RUNG = Rung.BESIDE
_CHANCE = 1e-9
"""That rows which differ for another reason are all among the first must be less likely than this."""


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.reference.type != column.observed.type:
        return None
    found = histories(case)
    if found is None:
        return None
    sides = zip(*(found.cells(side, column.name).tolist() for side in (0, 1)), strict=True)
    differs = np.array([a != b and not (is_absent(a) and is_absent(b)) for a, b in sides], np.bool_)
    if not column.aligned or int(column.differs.sum()) < 1 or differs.sum() < 2 * FEWEST:
        return None
    rows = int(found.place[differs].max()) + 1
    early = found.place < rows
    if float(early.mean()) ** int(differs.sum()) > _CHANCE or len(np.unique(found.owner[differs])) < FEWEST:
        return None
    if differs[early].mean() < 0.2:
        return None
    if fills_gaps(case):
        return None  # an input may begin late for all entities
    which = f"the first {rows} rows" if rows > 1 else "the first row"
    sentence = f"`{column.name}` differs only in {which} of each {_entity(case)}, where its window is not full"
    return case.found(CODE, sentence, evidence={"first_rows": rows, "rows": int(differs.sum())})


def _entity(case: Case) -> str:
    return ", ".join(case.table.reference.state.parameters.entity)
