"""A splitter draws from a generator that other calls draw from, too."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.causes.splits import facts, parts, same_order
from parityline.findings import Finding

CODE = "generator-shared"
RUNG = Rung.ROWS

_GENERATORS = ("RandomState", "Generator")


def explain(case: Case) -> Finding | None:
    """Equal rows in equal order and the same splitter, whose seed is no number but a generator, gave other parts."""
    if not parts(case) or not same_order(case) or not all(source.same_keys for source in case.inputs().values()):
        return None
    (before, after), orders = facts(case, "splitter"), facts(case, "arrangement")
    parameters = before.get("parameters")
    generator = str(parameters.get("random_state") or "") if isinstance(parameters, dict) else ""
    name = generator.rpartition(".")[2]
    if before != after or orders[0] != orders[1] or name not in _GENERATORS:
        return None
    if not orders[0] and not all(source.same_order for source in case.inputs().values()):
        return None
    sentence = (
        f"the splitter draws from a `{name}` object, and what that gives depends on what was drawn from it before"
    )
    sentence += ": equal rows in equal order were split otherwise"
    return case.found(CODE, sentence, evidence={"generator": generator})
