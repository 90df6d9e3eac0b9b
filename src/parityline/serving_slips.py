"""What a model would predict if its features were served wrongly, in the ways that are known to happen.

Only a replay can tell why predictions differ whose features and model are equal. The side that has both replays the
sampled rows with features rounded, cast, in another order or with another marker for missing; only the predictions
travel, and those of the other side are held against them. Estimators of the families below are asked, since to predict
has no effect beside its result there; a model of any other class is never run.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parityline.fingerprints import Fingerprint
from parityline.pairs import sampled, single_rows

FAMILIES = ("sklearn", "xgboost", "lightgbm")
MOST_ROWS = 512
MOST_PREDICTED = 1 << 14
"""Rows that the model predicts for all slips together; of many slips each has fewer rows."""
MOST_KEPT = 128
"""Predictions kept of a slip: those of the first sampled rows that it changes."""
CLOSE = 1e-8
"""Predictions that agree within this share of themselves are the same: rows may be added up in another order."""
DIGITS = 9
"""Significant digits that a record keeps of these predictions."""
_DECIMALS = range(6, -1, -1)
_FLAG = 2
_CLASS, _PREDICT = "class ", "predict"

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Slip:
    """One way to serve features wrongly.

    kind: `single`, `rounded`, `zero-missing`, `missing-zero` or `order`. of: the decimals, the column, or the order;
    empty where all columns are meant.
    """

    kind: str
    of: str = ""


@dataclass(frozen=True)
class Predicted:
    """What one slip gives. rows: sampled rows that it changes, ascending; values: their predictions; before: of all
    sampled rows below it, the others are as they were."""

    slip: Slip
    rows: list[int]
    values: list[float]
    before: int


def facts(
    models: Sequence[Any], features: Sequence[tuple[Fingerprint, Sequence[str]]], predictions: Fingerprint, column: str
) -> dict[str, Any] | None:
    """The slips of the first model that gives the sampled predictions, as a fact of their stage.

    Args:
        models: fitted estimators that may have made the predictions.
        features: tables that may hold its features, with the key of the predictions; and their columns in order.
        predictions: their whole fingerprint.
        column: of the predictions.

    None where no model of the known families gives these predictions from these features.
    """
    wanted = sampled(predictions, column)
    if not len(wanted):
        return None
    rows = single_rows(predictions)
    for model in models:
        if type(model).__module__.partition(".")[0] not in FAMILIES:
            continue
        for table, order in features:
            found = _given(model, table, order, rows)
            if found is None:
                continue
            names, matrix, places = found
            asked = _Asked(model, names)
            outputs = asked.outputs(matrix) or {}
            output = next((o for o in outputs if same(outputs[o], wanted.as_floats()[places]).all()), None)
            if output is not None:
                made = _predicted(asked, output, outputs[output], matrix, places, order)
                kept = [{"kind": p.slip.kind, "of": p.slip.of, "rows": p.rows, "values": p.values, "before": p.before}
                        for p in made]  # fmt: skip
                return {"column": column, "output": output, "slips": kept}
    return None


def read(fact: Mapping[str, Any] | None, column: str) -> list[Predicted]:
    """The slips of a fact in their order, the weakest first; none for another column, or where nothing is kept."""
    if not isinstance(fact, dict) or fact.get("column") != column:
        return []
    return [Predicted(Slip(own["kind"], own["of"]), own["rows"], own["values"], own["before"]) for own in fact["slips"]]


def served(fact: Mapping[str, Any] | None, column: str) -> str | None:
    """Which output of the model the predictions are: `predict`, or `class` and its place; None where unknown."""
    return str(fact["output"]) if isinstance(fact, dict) and fact.get("column") == column else None


def same(a: Vector, b: Vector) -> NDArray[np.bool_]:
    """Which predictions are the same; missing ones are."""
    return np.isclose(a, b, rtol=CLOSE, atol=0.0, equal_nan=True)


def _given(
    model: Any, table: Fingerprint, order: Sequence[str], rows: Mapping[int, int]
) -> tuple[list[str] | None, Matrix, NDArray[np.int64]] | None:
    """(names as the model wants them, its features in the sampled rows, the same rows of the predictions)."""
    known = getattr(model, "feature_names_in_", None)
    count = getattr(model, "n_features_in_", None)
    names = [n for n in order if n not in table.key] if known is None else [str(n) for n in known]
    if count is None or len(names) != count or not set(names) <= table.columns.keys():
        return None
    if any(table.columns[n].type not in ("number", "boolean") for n in names):
        return None
    both = sorted((rows[key], row) for key, row in single_rows(table).items() if key in rows)[:MOST_ROWS]
    vectors = [sampled(table, n) for n in names]
    if not both or not all(map(len, vectors)):
        return None
    places, own = np.array(both, np.int64).T
    matrix = np.column_stack([cells.as_floats()[own] for cells in vectors])
    return (None if known is None else names), matrix, places


class _Asked:
    """A model and how it wants its features."""

    def __init__(self, model: Any, names: list[str] | None) -> None:
        self._model, self.names = model, names

    def outputs(self, matrix: Matrix, only: str = "") -> dict[str, Vector] | None:
        """Predictions by what gives them; None where the model refuses these values. only: of this output."""
        given: Any = matrix
        if self.names is not None:
            import pandas as pd  # it was fitted on a frame

            given = pd.DataFrame(matrix, columns=self.names)
        found: dict[str, Vector] = {}
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                if hasattr(self._model, "predict_proba") and only != _PREDICT:
                    shares = np.asarray(self._model.predict_proba(given), np.float64)
                    found = {f"{_CLASS}{place}": shares[:, place] for place in reversed(range(shares.shape[1]))}
                if not only.startswith(_CLASS):
                    found[_PREDICT] = np.asarray(self._model.predict(given), np.float64).reshape(len(matrix))
        except Exception:  # whatever the estimator raises: it does not take these values, or gives no numbers
            return found or None
        return found


def _predicted(
    asked: _Asked, output: str, usual: Vector, matrix: Matrix, places: NDArray[np.int64], order: Sequence[str]
) -> Iterator[Predicted]:
    """What each slip gives that changes something; slips that make values missing are asked apart, lest a model that
    takes none refuses them all."""
    slips = list(_slips(asked.names, matrix, order))
    rows = max(1, min(len(matrix), MOST_PREDICTED // max(1, len(slips))))
    matrix, usual, places = matrix[:rows], usual[:rows], places[:rows]
    for missing in (False, True):
        own = [(slip, change(matrix)) for slip, change in slips if (slip.kind == "zero-missing") == missing]
        changed = [(slip, given) for slip, given in own if not np.array_equal(given, matrix, equal_nan=True)]
        outputs = asked.outputs(np.concatenate([given for _, given in changed]), output) if changed else None
        if outputs is None or output not in outputs:
            continue
        for place, (slip, _) in enumerate(changed):
            given = outputs[output][place * rows : (place + 1) * rows]
            moved = np.flatnonzero(~same(given, usual))
            kept = moved[:MOST_KEPT]
            if len(kept):
                before = int(places[kept[-1]]) + 1 if len(kept) < len(moved) else int(places[-1]) + 1
                values = [float(f"{value:.{DIGITS}g}") for value in given[kept].tolist()]
                if np.isfinite(values).all():  # JSON holds no others
                    yield Predicted(slip, places[kept].tolist(), values, before)


def _slips(
    names: Sequence[str] | None, matrix: Matrix, order: Sequence[str]
) -> Iterator[tuple[Slip, Callable[[Matrix], Matrix]]]:
    """Every slip and what it does to the features, the weakest first."""
    yield Slip("single"), lambda given: given.astype(np.float32).astype(np.float64)
    for decimals in _DECIMALS:
        yield Slip("rounded", str(decimals)), lambda given, d=decimals: np.round(given, d)  # type: ignore[misc]
    count = matrix.shape[1]
    labels = list(names) if names is not None else [str(place) for place in range(count)]
    everything = np.ones(count, np.bool_)
    for kind, old, new in (("zero-missing", 0.0, np.nan), ("missing-zero", np.nan, 0.0)):
        marked = np.isnan(matrix) if np.isnan(old) else matrix == old
        several = np.array([len(np.unique(column)) > _FLAG for column in matrix.T])
        for place in np.flatnonzero(marked.any(axis=0) & several).tolist():
            yield Slip(kind, labels[place]), _replacing(np.arange(count) == place, old, new)
        yield Slip(kind), _replacing(everything, old, new)
    orders = {"reversed": list(range(count))[::-1]}
    if names is not None:
        orders["by name"] = sorted(range(count), key=lambda place: labels[place])
        orders["of the table"] = sorted(range(count), key=lambda place: order.index(labels[place]))
    for name, places in orders.items():
        yield Slip("order", name), lambda given, p=places: given[:, p]  # type: ignore[misc]


def _replacing(columns: NDArray[np.bool_], old: float, new: float) -> Callable[[Matrix], Matrix]:
    def replaced(given: Matrix) -> Matrix:
        marked = np.isnan(given) if np.isnan(old) else given == old
        return np.where(marked & columns, new, given)

    return replaced
