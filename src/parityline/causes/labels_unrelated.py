"""Labels have no relation to the predictions any more, although their rate is the same."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "labels-unrelated"
RUNG = Rung.OUTPUT
_RELATED = 0.6
_CHANCE = 0.05


def explain(case: Case) -> Finding | None:
    """The outcomes of the same keys hold the same labels on other rows, and the ranking is at chance."""
    column, context = case.column, case.context
    if column is None or context is None or case.table.kind != "outcomes" or case.finding.code != "values-differ":
        return None
    if column.name != context.stages[0].facts.get("actual") or not column.same_values:
        return None
    sides = [stage.facts.get("breakdown", {}).get("total") or {} for stage in context.stages]
    was, now = (side.get("metrics", {}).get("auc") for side in sides)
    error = sides[1].get("errors", {}).get("auc")
    if was is None or now is None or error is None or was < _RELATED:
        return None
    if abs(now - 0.5) > max(_CHANCE, 3 * error) or now + 4 * error > (was + 0.5) / 2:
        return None
    sentence = "the labels are those of research on other rows, and tell nothing of the predictions: the AUC is "
    sentence += f"{now:.3f}, {was:.3f} in research; look at the join of the labels"
    return case.found(CODE, sentence, evidence={"auc": [was, now]})
