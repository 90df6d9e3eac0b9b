"""What a stress test found, for a terminal and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from parityline.findings import json_value
from parityline.rehearsal.outages import Outage, Refit
from parityline.rehearsal.stressing import Outcome, Stress
from parityline.report.text import clean

MOST_OUTAGES = 12


def text(stress: Stress, *, color: bool = False) -> str:
    """The weak answers first, a line each; then what the loss of each column costs, and the comparison of refits."""
    weak = [own for own in stress.outcomes if own.weak]
    good = len(stress.outcomes) - len(weak)
    title = f"{clean(stress.serving)}   {len(stress.outcomes)} probes of stage {clean(stress.stage)}, {len(weak)} weak"
    lines = [title, ""]
    lines += [
        f"  {_mark(color)}  {clean(f.sentence)}{_error(stress, f.column, f.evidence)}" for f in stress.verdict.findings
    ]
    lines += ["", f"  {good} probes were answered as decided, with a prediction, or with a refusal of nonsense"]
    lines += ["", *_outages(stress.outages)] if stress.outages else []
    lines += ["", *_refits(stress.refits)] if stress.refits else []
    for left in (*stress.verdict.unchecked, *stress.verdict.limits):
        lines.append(f"  not checked: {clean(left.what)}: {clean(left.why)}")
    lines += ["", f"{stress.verdict.status}: {_summary(stress)}"]
    if stress.verdict.first is not None:
        lines.append(f"next: parityline explain {stress.verdict.first.code}")
    return "\n".join(lines)


def _mark(color: bool) -> str:
    return "\x1b[31mWEAK\x1b[0m" if color else "WEAK"


def _error(stress: Stress, column: str | None, evidence: dict[str, object]) -> str:
    return f" ({clean(str(evidence['error']))})" if evidence.get("error") else ""


def _summary(stress: Stress) -> str:
    findings = len(stress.verdict.findings)
    return f"{findings} weaknesses" if findings else "no weakness was found"


def _outages(table: list[Outage]) -> list[str]:
    lines, told_of = ["  if a column does not come:"], set[str]()
    for own in table[:MOST_OUTAGES]:
        if own.error:
            lines.append(f"    {clean(own.column)} {own.kind}: no predictions ({clean(own.error)})")
            continue
        told = f"    {clean(own.column)} {own.kind}: predictions move by {own.moved:.3g}"
        if own.interval is not None:
            told += f" ({own.interval[0]:.3g} to {own.interval[1]:.3g})"
        if own.metric is not None and own.before is not None and own.after is not None and own.lost is not None:
            told += (
                f", {own.metric} {own.before:.4g} -> {own.after:.4g} ({own.lost[0]:+.3g} to {own.lost[1]:+.3g} lost)"
            )
        if own.substitutes and own.column not in told_of:
            told_of.add(own.column)
            best = own.substitutes[0]
            told += f"; `{clean(best.column)}` tells {best.information:.0%} of it in {best.available:.0%} of the rows"
        lines.append(told)
    if len(table) > MOST_OUTAGES:
        lines.append(f"    and {len(table) - MOST_OUTAGES} more; --format json has them all")
    return lines


def _refits(table: list[Refit]) -> list[str]:
    lines = ["  fitted anew without a column:"]
    for own in table:
        error = f" +- {own.error:.2g}" if own.error is not None else ""
        mark = "  <- recommended" if own.recommended else ""
        lines.append(f"    {clean(own.column)} {own.way:<8} {own.metric} {own.value:.4g}{error}{mark}")
    return lines


def _outcome(own: Outcome) -> dict[str, object]:
    return {name: value for name, value in asdict(own).items() if value not in (None, "")}


def as_json(stress: Stress) -> str:
    """The same as JSON: the verdict, each probe, the outage table and the refits."""
    found = {
        "verdict": stress.verdict.to_dict(),
        "serving": stress.serving,
        "probes": [_outcome(own) for own in stress.outcomes],
        "outages": [own.evidence() for own in stress.outages],
        "refits": [asdict(own) for own in stress.refits],
    }
    return json.dumps(json_value(found), indent=2, ensure_ascii=False)
