"""What a guard saw while production served: exceptions, and what it had to pass over."""

from __future__ import annotations

from collections.abc import Iterator

from parityline.findings import Finding, Unchecked
from parityline.records import StageRecord


def served(observed: StageRecord) -> Iterator[Finding | Unchecked]:
    """No request raised, no input was bad, no look of the guard failed; nothing for predictions without a guard.

    Exceptions are errors, by the fault that their input had; inputs that were answered are warnings.
    """
    guard = observed.facts.get("guard")
    if not guard:
        return
    evidence = {name: guard[name] for name in ("calls", "rows", "bad_rows", "sampled") if name in guard}
    for kind, about, times in guard.get("exceptions", []):
        code = "unseen-category" if "was never seen" in about else "null-reached-model"
        if about and not ("was never seen" in about or "is missing" in about):
            code = "type-differs" if "another type" in about else "range-exceeded"
        column = about.split(" ")[0] if about else None
        sentence = f"{times:,} requests raised {kind}" + (f", with {about}" if about else "")
        yield Finding(code, observed.name, sentence, column, evidence={**evidence, "exception": kind}, scenario=4)
    for kind, column, rows in guard.get("faults", []):
        code = {"unseen": "unseen-category", "missing": "null-reached-model", "absent": "column-missing",
                "type": "type-differs"}.get(kind, "range-exceeded")  # fmt: skip
        values = [f"{value} ({n:,})" for of, value, n in guard.get("unseen", []) if of == column and kind == "unseen"]
        sentence = f"{rows:,} of {guard['rows']:,} requested rows have a bad `{column}`: {kind}"
        sentence += f", {', '.join(values[:5])}" if values else ""
        yield Finding(code, observed.name, sentence, column, severity="warning", share=rows / max(1, guard["rows"]),
                      evidence=evidence, scenario=4)  # fmt: skip
    for kind, times in guard.get("skipped", []):
        why = f"fact-unreadable: the guard passed over {times:,} calls ({kind})"
        yield Unchecked(observed.name, "guard", why)
