"""Which variable could stand in for a lost one: how much it tells of it, and how often it is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

GROUPS = 20
_FEWEST = 30

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Substitute:
    """A candidate. information: the share of the lost variable's variance that its groups explain, freed of chance, in
    [0, 1]; available: the share of rows that have both; rows: on how many that was seen."""

    column: str
    information: float
    available: float
    rows: int

    @property
    def worth(self) -> float:
        """Information in those rows that have it."""
        return self.information * self.available

    def estimate(self, lost: Any, own: Any, train: NDArray[np.bool_]) -> Any:
        """The lost variable by the mean, or the most frequent value, of its rows in the same group of this one."""
        import pandas as pd

        groups = _groups(own)
        known = pd.Series(lost[train].to_numpy(), index=groups[train])
        if pd.api.types.is_numeric_dtype(lost):
            means = known.groupby(level=0).mean()
            return pd.Series(groups).map(means).fillna(float(lost[train].mean())).to_numpy()
        often: Any = known.groupby(level=0)
        modes = often.agg(lambda values: values.mode().iloc[0] if len(values.mode()) else None)
        return pd.Series(groups).map(modes).to_numpy()


def substitutes(rows: Any, lost: str, candidates: Sequence[str]) -> list[Substitute]:
    """The candidates by worth, best first; those that tell nothing are left out. rows: a pandas table.

    Information is the correlation ratio by groups (numbers: 20 of equal counts; else by value), adjusted for their
    number as R squared is; of categories, over all of their indicators together (Goodman and Kruskal's tau).
    """
    there = rows[lost].notna().to_numpy()
    found = []
    for name in candidates:
        if name == lost:
            continue
        both = there & rows[name].notna().to_numpy()
        n = int(both.sum())
        if n < _FEWEST:
            continue
        information = _explained(_indicators(rows[lost][both]), _groups(rows[name][both]))
        if information > 0.01:
            found.append(Substitute(name, information, n / max(1, int(there.sum())), n))
    return sorted(found, key=lambda own: (-own.worth, own.column))


def _indicators(values: Any) -> Floats:
    import pandas as pd

    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return np.asarray(values.rank(), np.float64)[:, np.newaxis]
    if pd.api.types.is_datetime64_any_dtype(values):
        return np.asarray(values.astype("int64").rank(), np.float64)[:, np.newaxis]
    return np.asarray(pd.get_dummies(values.astype(str)), np.float64)


def _groups(values: Any) -> NDArray[np.int64]:
    """A number for the group of each row; missing ones are a group of their own."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values) and values.nunique() > GROUPS:
        ranks = values.rank(method="average", pct=True).to_numpy()
        return np.where(np.isnan(ranks), -1, np.minimum(np.nan_to_num(ranks) * GROUPS, GROUPS - 1)).astype(np.int64)
    return np.asarray(pd.factorize(values.astype(str))[0], np.int64)


def _explained(target: Floats, groups: NDArray[np.int64]) -> float:
    n, k = len(groups), int(np.unique(groups).size)
    if n <= k:
        return 0.0
    total = float(((target - target.mean(axis=0)) ** 2).sum())
    if not total:
        return 0.0
    _, place = np.unique(groups, return_inverse=True)
    counts = np.bincount(place).astype(np.float64)
    within = total
    for column in target.T:
        means = np.bincount(place, weights=column) / counts
        within -= float((counts * (means - column.mean()) ** 2).sum())
    return max(0.0, 1 - (within / (n - k)) / (total / (n - 1)))
