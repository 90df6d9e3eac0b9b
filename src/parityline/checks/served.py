"""What a guard saw while production served: exceptions, and what it had to pass over."""

from __future__ import annotations

from collections.abc import Iterator

from parityline.findings import Finding, Unchecked
from parityline.records import StageRecord
from parityline.variables.faults import Fault


def served(observed: StageRecord) -> Iterator[Finding | Unchecked]:
    """No request raised, no input was bad, no look of the guard failed; nothing for predictions without a guard.

    Exceptions are errors, by the fault that their input had; inputs that were answered are warnings.
    """
    guard = observed.facts.get("guard")
    if not guard:
        return
    evidence = {name: guard[name] for name in ("calls", "rows", "bad_rows", "sampled") if name in guard}
    for name, kind, column, value, times in guard.get("exceptions", []):
        fault = Fault(kind, column, value, times) if kind else None
        sentence = f"{times:,} requests raised {name}" + (f", with `{column}` {fault.words}" if fault else "")
        found = {**evidence, "exception": name, "value": value}
        # without a fault of the input nothing says more than that predictions are missing
        code = fault.code if fault else "missing-differs"
        yield Finding(code, observed.name, sentence, column or None, evidence=found, scenario=4)
    for kind, column, rows in guard.get("faults", []):
        values = [f"{value} ({n:,})" for of, value, n in guard.get("unseen", []) if of == column and kind == "unseen"]
        sentence = f"{rows:,} of {guard['rows']:,} requested rows have a bad `{column}`: {kind}"
        sentence += f", {', '.join(values[:5])}" if values else ""
        share = rows / max(1, guard["rows"])
        code = Fault(kind, column, "", rows).code
        yield Finding(
            code, observed.name, sentence, column, severity="warning", share=share, evidence=evidence, scenario=4
        )
    for kind, times in guard.get("skipped", []):
        why = f"fact-unreadable: the guard passed over {times:,} calls ({kind})"
        yield Unchecked(observed.name, "guard", why)
