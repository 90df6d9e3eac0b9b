"""Predictions that are those of a replay with features served wrongly (serving_slips.py)."""

from __future__ import annotations

from dataclasses import dataclass

from parityline import serving_slips
from parityline.causes.cause import FEWEST, Case
from parityline.serving_slips import Slip


@dataclass(frozen=True)
class Slipped:
    """The slip that gives all observed predictions of the rows that it was tried on. changed: of `rows` rows."""

    slip: Slip
    rows: int
    changed: int

    def sentence(self, column: str, served: str) -> str:
        """What happened, and how it is known."""
        sentence = f"`{column}`: the reference's model gives these very predictions with its features {served} "
        return sentence + f"({self.changed:,} of {self.rows:,} replayed rows change by it)"

    @property
    def evidence(self) -> dict[str, object]:
        return {"slip": self.slip.kind, "of": self.slip.of, "replayed": self.rows, "sampled_changed": self.changed}


def slipped(case: Case, *kinds: str) -> Slipped | None:
    """The weakest slip by which the predictions of the reference's model are those of the observed side.

    None where it is of no kind that is asked for: a weaker one explains it, or none does.
    """
    column = case.column
    if column is None or case.context is None or case.table.kind != "predictions" or not column.is_number:
        return None
    rows = case.table.rows[0][case.kept]
    usual, observed = column.numbers
    for predicted in serving_slips.read(case.context.stages[0].facts.get("slips"), column.name):
        tried = rows < predicted.before
        expected = usual.copy()
        values = dict(zip(predicted.rows, predicted.values, strict=True))
        places = [place for place, row in enumerate(rows.tolist()) if row in values]
        expected[places] = [values[int(rows[place])] for place in places]
        if len(places) >= FEWEST and serving_slips.same(expected[tried], observed[tried]).all():
            found = Slipped(predicted.slip, int(tried.sum()), len(places))
            return found if predicted.slip.kind in kinds else None
    return None
