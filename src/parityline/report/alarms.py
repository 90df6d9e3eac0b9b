"""What lint found, for a terminal, as JSON and as SARIF 2.1.0."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict

from parityline.codes import codes
from parityline.lint import Alarm, Report
from parityline.report import sarif as frame
from parityline.report.text import clean

_COLORS = {"error": "31", "warning": "33", "note": "90"}


def text(report: Report, *, color: bool = False) -> str:
    """One line an alarm, `file:line:column: code sentence`; then what was not checked, and a summary."""
    lines = [_line(alarm, color) for alarm in report.alarms]
    lines += [f"{clean(u.path)}:{u.line}: not checked: {clean(u.why)}" for u in report.unread]
    lines += [""] if lines else []
    return "\n".join([*lines, _summary(report)])


def _line(alarm: Alarm, color: bool) -> str:
    code = f"\x1b[{_COLORS[alarm.severity]}m{alarm.code}\x1b[0m" if color else alarm.code
    stage = f" [stage {clean(alarm.stage)}]" if alarm.stage else ""
    severity = "" if alarm.severity == "error" else f" ({alarm.severity})"
    return f"{clean(alarm.place)}: {code}{severity} {clean(alarm.sentence)}{stage}"


def _summary(report: Report) -> str:
    files = f"{report.files:,} file{'s' * (report.files != 1)}"
    unread = f"; {len(report.unread):,} not checked" if report.unread else ""
    if not report.alarms:
        return f"nothing found in {files}{unread}"
    found = Counter(alarm.severity for alarm in report.alarms)
    parts = [f"{found[s]:,} {s}{'s' * (found[s] != 1)}" for s in ("error", "warning", "note") if found[s]]
    return f"{', '.join(parts)} in {files}{unread}; `parityline explain CODE` says more"


def as_json(report: Report) -> str:
    """The alarms as JSON, with `format`, `files`, `alarms` and `unread`; lines and columns count from 1."""
    alarms = []
    for alarm in report.alarms:
        scenarios = list(codes()[alarm.code].scenarios)
        told = {"code": alarm.code, "severity": alarm.severity, "scenarios": scenarios, "path": alarm.path}
        told |= asdict(alarm.spot)
        alarms.append(told | {"stage": alarm.stage, "sentence": alarm.sentence, "remedy": alarm.remedy})
    content = {"format": 1, "files": report.files, "alarms": alarms, "unread": [asdict(u) for u in report.unread]}
    return json.dumps(content, indent=2, ensure_ascii=False)


def sarif(report: Report) -> str:
    """The alarms as SARIF 2.1.0 for code scanning. Places in a notebook count from the first line of the cell."""
    results = []
    for alarm in report.alarms:
        spot = alarm.spot
        region = {"startLine": spot.line, "startColumn": spot.column}
        region |= {"endLine": spot.end_line, "endColumn": spot.end_column}
        place = frame.location(alarm.path, region, "" if spot.cell is None else f"cell {spot.cell}")
        identity = f"{alarm.path}\0{alarm.code}\0{alarm.source}"
        text = f"{alarm.sentence}. {alarm.remedy}"
        results.append(frame.result(alarm.code, alarm.severity, text, place, identity))
    notices = [
        frame.notice(f"not checked: {unread.why}", frame.location(unread.path, {"startLine": max(unread.line, 1)}))
        for unread in report.unread
    ]
    return frame.document(results, notices)
