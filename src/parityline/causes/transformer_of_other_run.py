"""The model is the same, and the transformer before it is of another run."""

from __future__ import annotations

from typing import Any

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "transformer-of-other-run"
RUNG = Rung.NAME

_FITTED = frozenset(
    (
        *("mean_", "scale_", "var_", "center_", "min_", "data_min_", "data_max_", "max_abs_", "quantiles_"),
        *("categories_", "statistics_", "components_", "lambdas_", "bin_edges_", "encodings_", "idf_"),
    )
)
"""What transformers are fitted to, and models are not."""


def explain(case: Case) -> Finding | None:
    context = case.context
    if context is None or case.finding.code != "model-differs":
        return None
    before, after = (stage.facts.get("model", {}) for stage in context.stages)
    if before.get("steps"):
        names = list(before["steps"])
        moved = [name for name in names if before["steps"][name] != after.get("steps", {}).get(name)]
        last = before["steps"][names[-1]]
        if not str(before.get("class")).endswith(".Pipeline") or names[-1] in moved or not moved:
            return None  # the parts of a column transformer stand beside each other
        if not _is_fitted(last) or _FITTED & last.get("fitted", {}).keys():
            return None
        return _told(case, ", ".join(moved), names[-1])
    if not _FITTED & before.get("fitted", {}).keys():
        return None
    for name, stage in context.records[0].stages.items():
        other = context.records[1].stages.get(name)
        own = stage.facts.get("model", {})
        if stage.kind != "model" or other is None or name == case.finding.stage or other.facts.get("model") != own:
            continue
        if _is_fitted(own) and not _FITTED & own.get("fitted", {}).keys():
            return _told(case, case.finding.stage, name)
    return None


def _is_fitted(model: dict[str, Any]) -> bool:
    return bool(model.get("fitted")) or any(_is_fitted(step) for step in model.get("steps", {}).values())


def _told(case: Case, transformer: str, model: str) -> Finding:
    sentence = f"the fitted state of {transformer} is another one, and that of {model}, which is trained behind it, is "
    sentence += "equal to the last bit: a transformer of another run is used with this model"
    return case.found(CODE, sentence, evidence={"transformer": transformer, "model": model})
