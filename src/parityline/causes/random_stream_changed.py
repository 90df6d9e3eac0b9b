"""The same seed draws other numbers under another version of the library that draws them."""

from __future__ import annotations

from dataclasses import replace

from parityline.causes.cause import Case, Rung
from parityline.causes.splits import facts, parts, same_order
from parityline.environment import differences
from parityline.findings import Finding

CODE = "random-stream-changed"
RUNG = Rung.ROWS

_DRAW = ("packages.numpy", "packages.scikit-learn", "packages.pandas", "packages.polars", "interpreter.version")
"""Facts of the environment that decide what a seed gives."""


def explain(case: Case) -> Finding | None:
    """Equal inputs in equal order, the same splitter with the same seed, other members, and another version."""
    if not parts(case) or case.context is None or not same_order(case):
        return None
    if not case.inputs() or not all(source.identical for source in case.inputs().values()):
        return None
    before, after = facts(case, "splitter")
    parameters = before.get("parameters")
    seed = parameters.get("random_state") if isinstance(parameters, dict) else None
    if before != after or seed is None:
        return None
    changed = [d for d in differences(*(r.environment_facts for r in case.context.records)) if d.fact in _DRAW]
    if not changed:
        return None
    versions = ", ".join(f"{d.fact.partition('.')[2]} {d.reference} -> {d.observed}" for d in changed)
    sentence = (
        f"the same seed {seed} draws other rows for {case.finding.stage}, from equal rows in equal order: what a "
    )
    sentence += f"seed gives differs between the versions ({versions})"
    evidence = {"seed": str(seed), "versions": {d.fact: [d.reference, d.observed] for d in changed}}
    return replace(case.found(CODE, sentence, evidence=evidence), stage="environment")
