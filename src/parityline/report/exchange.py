"""A verdict in the forms that other programs read: JUnit, Markdown for a pull request, SARIF."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from parityline.codes import SCENARIOS
from parityline.findings import Finding, Verdict
from parityline.report import sarif as frame
from parityline.report.text import clean

MOST_FINDINGS = 20
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|#~&])")
_STATUS = {"pass": "same", "fail": "**DIFFERS**", "unchecked": "unchecked"}


def junit(verdict: Verdict) -> str:
    """JUnit XML: a test case a stage, its errors as the failure, its notes and warnings as output.

    A stage that only follows from an earlier one is skipped: it is no failure of its own.
    """
    suite = ElementTree.Element("testsuite", name=clean(str(verdict.reference["name"])))
    counts = {"tests": len(verdict.stages), "errors": 0}
    follows = {stage.name for stage in verdict.stages if stage.status == "fail" and stage.origin == "inherited"}
    counts["failures"] = sum(stage.status == "fail" for stage in verdict.stages) - len(follows)
    counts["skipped"] = sum(stage.status == "unchecked" for stage in verdict.stages) + len(follows)
    for name, count in counts.items():
        suite.set(name, str(count))
    for stage in verdict.stages:
        scenario = SCENARIOS[stage.scenario - 1] if stage.scenario else "run"
        case = ElementTree.SubElement(suite, "testcase", classname=f"parityline.{scenario}", name=clean(stage.name))
        own = [finding for finding in verdict.findings if finding.stage == stage.name]
        errors = [finding for finding in own if finding.severity == "error"]
        if stage.name in follows:
            ElementTree.SubElement(case, "skipped", message=clean(_follows(errors)))
        elif stage.status == "fail":
            message = clean(errors[0].sentence) if errors else "differs"
            failure = ElementTree.SubElement(
                case, "failure", message=message, type=errors[0].code if errors else "differs"
            )
            failure.text = "\n".join(map(_line, errors))
        elif stage.status == "unchecked":
            why = "; ".join(clean(u.why) for u in verdict.unchecked if u.stage == stage.name)
            ElementTree.SubElement(case, "skipped", message=why or "not checked")
        rest = [finding for finding in own if finding.severity != "error" or stage.name in follows]
        if rest:
            ElementTree.SubElement(case, "system-out").text = "\n".join(map(_line, rest))
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False)


def markdown(verdict: Verdict) -> str:
    """Markdown for a comment on a pull request: the stages, and the first findings with their remedies."""
    sides = [str(side.get("environment") or side.get("name")) for side in (verdict.reference, verdict.observed)]
    lines = [f"### {_md(str(verdict.reference['name']))}: {_md(sides[0])} and {_md(sides[1])}, {verdict.status}", ""]
    lines += ["| | stage | | |", "|---|---|---|---|"]
    for stage in verdict.stages:
        errors = [f for f in verdict.findings if f.stage == stage.name and f.severity == "error"]
        told = f"`{errors[0].code}` {_md(errors[0].sentence)}" if errors else ""
        status = _STATUS.get(stage.status, stage.status)
        if stage.status == "fail" and stage.origin == "inherited":
            status, told = "follows", _md(_follows(errors))
        scenario = f"{stage.scenario} {SCENARIOS[stage.scenario - 1]}" if stage.scenario else ""
        lines.append(f"| {scenario} | {_md(stage.name)} | {status} | {told} |")
    found = [finding for finding in verdict.findings if finding.severity != "note"]
    shown = sorted(found, key=lambda finding: finding.severity != "error")[:MOST_FINDINGS]
    if shown:
        lines += ["", "<details><summary>Findings</summary>", ""]
        lines += [_item(finding) for finding in shown]
        lines += [f"- and {len(found) - len(shown):,} more"] if len(found) > len(shown) else []
        lines += ["", "</details>"]
    if verdict.unchecked:
        lines += [
            "",
            f"Not checked: {'; '.join(_md(f'{u.stage}: {u.why}') for u in verdict.unchecked[:MOST_FINDINGS])}",
        ]
    return "\n".join(lines)


def sarif(verdict: Verdict) -> str:
    """SARIF 2.1.0: a result a finding, at the record that it was found in, with the stage as its logical place."""
    path = str(verdict.observed.get("file") or verdict.observed.get("name") or "record")
    results = []
    for finding in verdict.findings:
        remedy = finding.to_dict()["remedy"]
        identity = f"{verdict.reference['name']}\0{finding.stage}\0{finding.column}\0{finding.code}"
        place = frame.location(path, logical=clean(_where(finding)))
        text = f"{clean(finding.sentence)}. {_origin(finding)}{remedy}"
        results.append(frame.result(finding.code, finding.severity, text, place, identity))
    notices = [
        frame.notice(f"{clean(u.what)}: {clean(u.why)}", frame.location(path, logical=clean(u.stage)))
        for u in verdict.unchecked
    ]
    return frame.document(results, notices)


def _follows(errors: list[Finding]) -> str:
    """What a stage that has nothing new follows from."""
    roots = dict.fromkeys(str(finding.inherited_from) for finding in errors if finding.inherited_from)
    return f"follows from {', '.join(roots)}; nothing new" if roots else "follows from its inputs; nothing new"


def _origin(finding: Finding) -> str:
    """Where the difference began, as a sentence, unless it is new."""
    if finding.severity != "error" or finding.origin == "new":
        return ""
    return clean(f"{finding.origin.capitalize()}, behind {finding.inherited_from}. ")


def _item(finding: Finding) -> str:
    severity = "" if finding.severity == "error" else f" ({finding.severity})"
    after = _md(_origin(finding)) or _md(str(finding.to_dict()["remedy"]))
    return f"- **{_md(_where(finding))}** `{finding.code}`{severity} {_md(finding.sentence)} *{after}*"


def _where(finding: Finding) -> str:
    return finding.stage if finding.column is None else f"{finding.stage}.{finding.column}"


def _line(finding: Finding) -> str:
    return clean(f"{finding.severity} {_where(finding)} {finding.code}: {finding.sentence}")


def _md(text: str) -> str:
    """A text from data as plain words of Markdown: on one line, and no sign of it means anything."""
    return _MARKDOWN.sub(r"\\\1", clean(text))
