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
    changed = {n: pair for n, pair in changed.items() if n.rpartition(".")[2] != "defaults"}
    if not changed:
        return
    if (by_default := _by_default(changed, before, after, reference.name)) is not None:
        yield by_default
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


def _by_default(
    changed: dict[str, tuple[Any, Any]], before: dict[str, Any], after: dict[str, Any], stage: str
) -> Finding | None:
    """The finding where all parameters that differ have their default on both sides; a note if the fit is the same."""
    unset = [_defaults(side) for side in (before, after)]
    moved = {
        n: pair
        for n, pair in changed.items()
        if (n in unset[0] or n not in before) and (n in unset[1] or n not in after) and ".fitted." not in f".{n}"
    }
    fitted = [n for n in changed if ".fitted." in f".{n}"]
    if not moved or len(moved) + len(fitted) != len(changed):
        return None
    told = [(n.rpartition(".")[2], pair) for n, pair in moved.items()]
    shown = "; ".join(f"`{name}` is {_short(b)} instead of {_short(a)}" for name, (a, b) in told[:3])
    of = str(before.get("class", "the model")).rpartition(".")[2]
    sentence = f"`{of}` runs with another default than in research, and the code sets none: {shown}"
    evidence = {"changed": {n: list(pair) for n, pair in moved.items()}}
    if not fitted and any(".fitted." in f".{n}" for n in before):
        sentence += "; the fit is the same"
        return Finding("model-default-changed", stage, sentence, severity="note", evidence=evidence)
    return Finding("model-default-changed", stage, sentence, explains=("model-differs",), evidence=evidence)


def _defaults(flat: dict[str, Any]) -> set[str]:
    """The parameters, as flat names, that have their default value."""
    listed = {n: value for n, value in flat.items() if n == "defaults" or n.endswith(".defaults")}
    return {f"{n.removesuffix('defaults')}parameters.{name}" for n, names in listed.items() for name in names}


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
