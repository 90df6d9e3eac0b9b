"""A variance or deviation divides by n on one side and by n - 1 on the other."""

from __future__ import annotations

import numpy as np

from parityline.causes.beside import Floats, group_totals, is_absent, members
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.pairs import Rows

CODE = "ddof-changed"
RUNG = Rung.UNIT
_MOST = 100_000
"""Beyond so many rows the ratio of the two is too near to 1 to tell n from it."""


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.reference.type != "number" or column.observed.type != "number" or column.hidden:
        return None
    before, after = (side[column.differs] for side in column.numbers)
    # one value has the deviation 0 by n, and none by n - 1
    both = np.isfinite(before) & np.isfinite(after)
    lone = np.where(np.isfinite(after), after, before)[~both]
    if both.sum() < FEWEST or (lone != 0).any():
        return None
    before, after = before[both], after[both]
    if (before <= 0).any() or (after <= 0).any():
        return None
    for what, power in (("deviation", 2), ("variance", 1)):
        for by_n in (True, False):
            shares = (after / before if by_n else before / after) ** power
            sizes = _sizes(shares, power)
            if sizes is None or (power == 1 and not _confirmed(case, np.flatnonzero(column.differs)[both], sizes)):
                continue
            sides = ("n", "n - 1") if by_n else ("n - 1", "n")
            low, high = int(sizes.min()), int(sizes.max())
            told = f"groups of {low:,} to {high:,}" if high > low else f"n = {low:,}"
            sentence = f"`{column.name}`, a {what}, divides by {sides[0]}; research divided by {sides[1]} ({told})"
            return case.found(CODE, sentence, evidence={"sizes": [low, high], "of": what, "sampled": len(sizes)})
    return None


def _sizes(shares: Floats, power: int) -> Floats | None:
    """n of each row, from (n - 1) / n; None where one of them is not whole, or chance would give as much."""
    if (shares >= 1).any() or (shares <= 0).any():
        return None
    sizes = 1 / (1 - shares)
    whole = np.rint(sizes)
    rounding = 1e-14 * power * sizes**2  # of the ratio, in units of n
    if (whole < 2).any() or (whole > _MOST).any() or (np.abs(sizes - whole) > np.maximum(rounding, 1e-9)).any():
        return None
    return whole if float(rounding.max()) < 0.05 else None


def _confirmed(case: Case, rows: Rows, sizes: Floats) -> bool:
    """Whether the rows of the groups are known to be as many.

    A ratio of variances is a plain fraction, which x / (x + 1) is too; the root of such a fraction is none.
    """
    wanted = dict(zip(rows.tolist(), sizes.tolist(), strict=True))
    for own in members(case):
        for name in own.columns:
            counts = [sum(not is_absent(cell) for cell in cells) for cells in own.values(name)]
            if _agree(dict(zip(own.places.tolist(), counts, strict=True)), wanted):
                return True
    for _, _, places, groups in group_totals(case):
        counts = [group.totals.count for group in groups]
        if _agree(dict(zip(places.tolist(), counts, strict=True)), wanted):
            return True
    return False


def _agree(counts: dict[int, int], wanted: dict[int, float]) -> bool:
    both = counts.keys() & wanted.keys()
    return len(both) >= FEWEST and all(counts[row] == wanted[row] for row in both)
