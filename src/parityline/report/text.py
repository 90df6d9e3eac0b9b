"""A verdict for a terminal: one line a stage in the order of the checklist, then what was found."""

from __future__ import annotations

import re

from parityline.codes import SCENARIOS
from parityline.findings import Finding, StageResult, Verdict

MOST_FINDINGS = 20
MOST_ROWS, MOST_KEYS, MOST_SHARE = 5, 10, 0.1
_WIDTH = 14


def render(verdict: Verdict, *, color: bool = False) -> str:
    """The verdict as text; every value from data is shown on one line, with control characters escaped."""
    lines = [_title(verdict), ""]
    stages = [s for s in verdict.stages if s.kind not in ("environment", "process")]
    lead = [s for s in verdict.stages if s.kind in ("environment", "process")]
    lines += [f"{'':<16}{s.name:<{_WIDTH}}  {_mark(s):<9}  {_first_sentence(verdict, s.name)}" for s in lead]
    width = max([_WIDTH, *(len(clean(s.name)) for s in stages)])
    for number, chapter in enumerate(SCENARIOS, start=1):
        own = [s for s in stages if s.scenario == number]
        head = f"{number} {chapter}"
        if not own:
            lines.append(f"{head:<16}{_chapter(verdict, number)}")
        for i, stage in enumerate(own):
            mark = _mark(stage)
            told = _told(verdict, stage)
            lines.append(
                f"{head if i == 0 else '':<16}{clean(stage.name):<{width}}  {_paint(mark, color):<9}{told}".rstrip()
            )
    lines += ["", *_details(verdict), *_summary(verdict, color)]
    return "\n".join(lines)


def _title(verdict: Verdict) -> str:
    sides = [
        f"{s.get('environment') or s.get('name')} {str(s.get('created', ''))[:10]}".strip()
        for s in (verdict.reference, verdict.observed)
    ]
    stages = [s for s in verdict.stages if s.kind not in ("environment", "process")]
    rows = sum((s.rows or (0, 0))[1] or 0 for s in stages)
    size = f"{len(stages)} stages, {rows:,} rows"
    return f"{clean(str(verdict.reference['name']))}   {clean(sides[0])}  ->  {clean(sides[1])}        {size}"


def _mark(stage: StageResult) -> str:
    if stage.status == "unchecked":
        return "unchecked"
    if stage.status == "pass":
        return "same"
    return "follows" if stage.origin == "inherited" else "DIFFERS"


def _paint(mark: str, color: bool) -> str:
    codes = {"DIFFERS": "31", "same": "32", "unchecked": "33", "follows": "90"}
    padded = f"{mark:<9}"
    return f"\x1b[{codes[mark]}m{padded}\x1b[0m  " if color else f"{padded}  "


def _told(verdict: Verdict, stage: StageResult) -> str:
    errors = [f for f in verdict.findings if f.stage == stage.name and f.severity == "error"]
    if not errors:
        if stage.status == "unchecked":
            return clean(stage.remark or next((u.why for u in verdict.unchecked if u.stage == stage.name), ""))
        return _size(stage)
    first = errors[0]
    more = f"   (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    if stage.origin == "inherited":
        return f"from {clean(str(first.inherited_from))}; nothing new in the sampled rows{more}"
    if first.origin == "undecided":
        return f"{first.code}: {clean(first.sentence)}; undecided, behind {clean(str(first.inherited_from))}{more}"
    return f"{first.code}: {clean(first.sentence)}{more}"


def _size(stage: StageResult) -> str:
    if stage.remark:
        return clean(stage.remark)
    if stage.rows is None or stage.rows[1] is None:
        return ""
    columns = "" if stage.columns is None else f", {stage.columns} columns"
    return f"{stage.rows[1]:,} rows{columns}" + (" (new rows)" if stage.rows_kind == "new" else "")


def _chapter(verdict: Verdict, number: int) -> str:
    if number != len(SCENARIOS):
        return "no stage recorded"
    own = [f for f in verdict.findings if f.scenario == number and f.severity == "error"]
    return f"{len(own)} findings, see their stages" if own else "nothing found"


def _first_sentence(verdict: Verdict, stage: str) -> str:
    return next((clean(f.sentence) for f in verdict.findings if f.stage == stage), "")


def _details(verdict: Verdict) -> list[str]:
    shown = [f for f in verdict.findings if f.stage not in ("environment", "process")]
    shown.sort(key=lambda f: {"error": 0, "warning": 1, "note": 2}[f.severity])
    lines = []
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for place, finding in enumerate(shown):
        # what follows from something is told once a stage; what is new is told each by itself
        own = finding.severity == "error" and finding.origin == "new"
        groups.setdefault((finding.stage, finding.code, finding.origin, str(place) if own else ""), []).append(finding)
    shown = [members[0] for members in groups.values()]
    for members in list(groups.values())[:MOST_FINDINGS]:
        lines += _detail(members[0])
        if len(members) > 1:
            lines.append(f"           and {len(members) - 1} more columns or parts of {clean(members[0].stage)} alike")
    if len(shown) > MOST_FINDINGS:
        lines.append(f"  and {len(shown) - MOST_FINDINGS} more kinds; --format json has all findings")
    return [*lines, ""] if lines else []


def _detail(finding: Finding) -> list[str]:
    where = finding.stage + (f".{finding.column}" if finding.column else "")
    lines = [f"  {finding.severity:<8} {clean(where)}  {finding.code}: {clean(finding.sentence)}"]
    lines += _rows(finding)
    if finding.severity == "error":
        lines.append(f"           {finding.origin}: {clean(str(finding.evidence.get('origin', '')))}")
        if finding.origin == "new":
            lines.append(f"           remedy: {finding.remedy}")
    return lines


def _rows(finding: Finding) -> list[str]:
    """The keys of the rows in question, and where the data was at hand the values of both sides."""
    keys, rows = finding.evidence.get("keys", []), finding.evidence.get("rows_shown", [])
    if finding.origin != "new" or (finding.share or 0.0) > MOST_SHARE:
        return []  # where most rows differ, which ones says nothing
    lines = [
        f"           {clean(_key(row['key']))}: {clean(_value(row['expected']))} -> {clean(_value(row['found']))}"
        for row in (rows[:MOST_ROWS] if finding.column else [])
    ]
    told = len(lines)
    if keys and not lines:
        told = min(MOST_KEYS, len(keys))
        lines.append("           keys: " + ", ".join(clean(_key(key)) for key in keys[:MOST_KEYS]))
    if not lines:
        return []
    left = finding.evidence["rows"] - told
    if left > 0:
        lines.append(f"           and {left:,} more; --format json lists up to 1,500")
    return lines


def _key(key: object) -> str:
    return " / ".join(map(str, key)) if isinstance(key, (list, tuple)) else str(key)


def _value(value: object) -> str:
    return "null" if value is None else str(value)


def _summary(verdict: Verdict, color: bool) -> list[str]:
    words = {"pass": "same", "fail": "DIFFERS", "unchecked": "not everything was checked"}
    line = f"verdict: {words[verdict.status]}"
    if verdict.first:
        line += f", first at {clean(verdict.first.stage)} (scenario {verdict.first.scenario})"
    if verdict.unchecked:
        named = "; ".join(f"{u.stage} ({u.what}: {u.why})" for u in verdict.unchecked[:3])
        line += f"      {len(verdict.unchecked)} not checked: {clean(named)}"
    lines = [line]
    if verdict.limits:
        lines.append(
            f"limits:  {len(verdict.limits)}, first: {clean(verdict.limits[0].stage)}: {clean(verdict.limits[0].why)}"
        )
    if verdict.first:
        lines.append(f"next: parityline explain {verdict.first.code}")
    return lines


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Text from data as one harmless line: control and direction characters escaped, long texts cut."""
    shown = _CONTROL.sub(lambda m: m.group().encode("unicode_escape").decode(), text)
    return shown if len(shown) <= 600 else shown[:597] + "..."
