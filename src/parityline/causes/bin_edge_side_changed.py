"""A value on the edge of a bin falls into the other one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from parityline.causes import rounding_rule_changed
from parityline.causes.beside import Beside, beside, labelled
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.pairs import ColumnPair, common_codes

CODE = "bin-edge-side-changed"
RUNG = Rung.BESIDE
Codes = tuple[NDArray[np.int64], NDArray[np.int64]]
_MOST = 100
"""Edges, and bins; more are no bins."""


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.hidden or column.reference.type != column.observed.type:
        return None
    if any(cells.distinct_count > _MOST for cells in column.cells):
        return None  # more values than bins may be
    codes = common_codes(*column.cells)
    for other in beside(case, "number"):
        found = _edges(column, codes, other)
        if found is None:
            continue
        if rounding_rule_changed.explain(case) is not None:
            return None  # whole numbers are bins too, and a rule for halves says more
        edges, side = found
        name = labelled(other.stage, other.name)
        shown = ", ".join(f"{edge:g}" for edge in edges[:4]) + (", ..." if len(edges) > 4 else "")
        sentence = f"`{column.name}` differs only where {name} is on an edge ({shown}): it falls into the bin {side} it"
        return case.found(CODE, sentence, evidence={"of": name.strip("`"), "edges": edges, "side": side})
    return None


def _edges(column: ColumnPair, codes: Codes, other: Beside) -> tuple[list[float], str] | None:
    """The values at which the bins differ, and where the observed side puts them; None where it is no such thing."""
    x, differs = other.numbers, column.differs[other.places]
    at_edges = x[differs]
    if len(set(at_edges[: 2 * _MOST].tolist())) > _MOST or np.isnan(at_edges).any():
        return None  # which is so of nearly every column, and cheap to see
    here = ~np.isnan(x)
    before, after = (code[other.places][here] for code in codes)
    x, differs = x[here], differs[here]
    edges = np.unique(at_edges)
    if len(edges) > _MOST or np.isin(x[~differs], edges).any() or (~differs).sum() < FEWEST:
        return None
    order = np.argsort(x[~differs], kind="stable")
    inner, bins = x[~differs][order], before[~differs][order]
    if np.count_nonzero(np.diff(bins)) + 1 != len(np.unique(bins)) or not 2 <= len(np.unique(bins)) <= _MOST:
        return None  # a bin is one interval
    place = np.searchsorted(inner, x[differs])
    if (place == 0).any() or (place == len(inner)).any():
        return None  # nothing is known of the bin beyond the outermost edge
    below, above = bins[place - 1], bins[place]
    if (below == above).any():
        return None
    old, new = before[differs], after[differs]
    if np.array_equal(old, below) and np.array_equal(new, above):
        return edges.tolist(), "above"
    if np.array_equal(old, above) and np.array_equal(new, below):
        return edges.tolist(), "below"
    return None
