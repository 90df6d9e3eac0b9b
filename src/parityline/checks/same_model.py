"""The same model: class, file, parameters, names and fitted state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parityline.findings import Finding
from parityline.records import StageRecord


def same_model(reference: StageRecord, observed: StageRecord) -> Iterator[Finding]:
    """Every recorded fact of the model is equal. Another file, class or parameter is another model."""
    file = [side.facts.get("file", {}).get("digest") for side in (reference, observed)]
    if file[0] and file[1] and file[0] != file[1]:
        sentence = f"the model file is another one (digest {file[1][:8]}, research {file[0][:8]})"
        yield Finding(
            "other-model-served", reference.name, sentence, expected=file[0], found=file[1], explains=("model-differs",)
        )
        return
    before, after = (_flat(side.facts.get("model", {})) for side in (reference, observed))
    changed = {
        n: (before.get(n), after.get(n)) for n in sorted(before.keys() | after.keys()) if before.get(n) != after.get(n)
    }
    if not changed:
        return
    declared = {
        n: pair for n, pair in changed.items() if ".fitted." not in f".{n}" and not n.endswith(("features", "classes"))
    }
    evidence = {"changed": {n: list(pair) for n, pair in list(changed.items())[:50]}}
    shown = "; ".join(
        f"{n.replace('parameters.', '')}: {_short(b)} instead of {_short(a)}"
        for n, (a, b) in list(declared.items())[:3]
    )
    if declared:
        sentence = f"the model is another one: {shown}"
        yield Finding("other-model-served", reference.name, sentence, explains=("model-differs",), evidence=evidence)
        return
    names = sorted({n.rpartition("fitted.")[2].partition(".")[0] for n in changed})
    sentence = f"same class and parameters, but the fitted state differs: {', '.join(names[:6])}"
    yield Finding("model-differs", reference.name, sentence, evidence=evidence)


def _flat(facts: dict[str, Any], under: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in facts.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{under}{name}.")
        else:
            flat[f"{under}{name}"] = value
    return flat


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
