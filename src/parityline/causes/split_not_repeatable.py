"""The parts are drawn without a seed, so every run has others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parityline.attribution.splits import repeatable
from parityline.causes.cause import Case, Rung
from parityline.causes.splits import facts, parts
from parityline.checks.same_values import percent
from parityline.findings import Finding

CODE = "split-not-repeatable"
RUNG = Rung.ROWS


def explain(case: Case) -> Finding | None:
    """The recorded splitter of a side shuffles and has no seed."""
    if not parts(case):
        return None
    unseeded = [own for own in facts(case, "splitter") if own and _unseeded(own)]
    if not unseeded:
        return None
    name = str(unseeded[-1].get("class", "")).rpartition(".")[2]
    found = case.finding.evidence
    sentence = f"`{name}` draws the rows of each part anew in every run: it has no seed (`random_state` is None)"
    if "folds" in found:
        sentence += f"; {found['folds_differ']} of {found['folds']} folds differ"
    if "shared" in found:
        sentence += f"; {percent(found['shared'])} of a part's rows are shared (chance: {percent(found['chance'])})"
    return case.found(CODE, sentence, evidence={"splitter": name, "sides": len(unseeded)})


def _unseeded(splitter: Mapping[str, Any]) -> bool:
    """Whether a recorded splitter shuffles and says itself that it has no seed."""
    parameters = splitter.get("parameters")
    return isinstance(parameters, Mapping) and parameters.get("random_state", 0) is None and not repeatable(splitter)
