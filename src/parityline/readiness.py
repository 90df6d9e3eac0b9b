"""Before deployment: what has been proven of a pipeline, chapter by chapter, and what nobody has looked at."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from parityline.codes import SCENARIOS, codes
from parityline.errors import UsageError
from parityline.findings import Verdict
from parityline.records import Record
from parityline.stages import KINDS

Answer = Literal["pass", "fail", "unchecked"]
COMMANDS = ("lint", "rehearse", "stress", "verify")
_SERVING = (4, 6)
"""Chapters that a stress test asks: predictions, and the variables that they are made of."""
_BEFORE_A_RUN = frozenset({1, 2, 3})
"""Chapters that rules for code know of in every pipeline."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What one command showed of a chapter."""

    by: str
    answer: Answer
    what: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter of the checklist with all that is known of it; without any proof it is unchecked."""

    number: int
    name: str
    proofs: tuple[Proof, ...]
    missing: tuple[str, ...]

    @property
    def answer(self) -> Answer:
        """fail if a proof fails; pass if one holds and none is open; else unchecked."""
        found = {proof.answer for proof in self.proofs}
        if "fail" in found:
            return "fail"
        return "pass" if found == {"pass"} else "unchecked"


def readiness(record: Record, verdict: Verdict | None = None, evidence: Iterable[str | Path] = ()) -> list[Chapter]:
    """The readiness list of a pipeline: six chapters, in order.

    Args:
        record: of research.
        verdict: of a run of production against it, where there is one.
        evidence: JSON files that `parityline lint`, `rehearse` and `stress` wrote with `--format json`.

    Raises UsageError for a file that none of these commands wrote.
    """
    found: dict[int, list[Proof]] = {number: [] for number in range(1, len(SCENARIOS) + 1)}
    given = set[str]()
    _of_expectations(record, verdict, found)
    for path in evidence:
        content = _read(Path(path))
        command = next((name for name, keys in _KEYS.items() if keys <= content.keys()), None)
        if command is None:
            raise UsageError(
                f"{path}: expected JSON that parityline lint, rehearse or stress wrote, found other content"
            )
        try:
            _READERS[command](record, content, found)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UsageError(
                f"{path}: expected what parityline {command} --format json writes, found {error!r}"
            ) from error
        given.add(command)
    if verdict is not None:
        _of_verdict(verdict, found)
        given.add("verify")
    missing = tuple(name for name in COMMANDS if name not in given)
    return [Chapter(n, name, tuple(found[n]), missing) for n, name in enumerate(SCENARIOS, 1)]


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; give a file that parityline wrote with --format json") from error
    except ValueError as error:
        raise UsageError(f"{path}: expected JSON that parityline wrote, found something else: {error}") from error
    return content if isinstance(content, dict) else {}


def _of_verdict(verdict: Verdict, found: dict[int, list[Proof]]) -> None:
    for number, proofs in found.items():
        own = [stage for stage in verdict.stages if stage.scenario == number]
        failed = [stage for stage in own if stage.status == "fail"]
        if failed:
            first = next((f for f in verdict.findings if f.stage == failed[0].name and f.severity == "error"), None)
            told = f": {first.code}, {first.sentence}" if first is not None else ""
            proofs.append(Proof("verify", "fail", f"stage {failed[0].name} differs{told}"))
        proofs += [
            Proof("verify", "unchecked", f"stage {stage.name}: {stage.remark or 'not checked'}")
            for stage in own
            if stage.status == "unchecked"
        ]
        agree = [stage.name for stage in own if stage.status == "pass"]
        if agree:
            proofs.append(Proof("verify", "pass", f"{_several(len(agree), 'stage')} as in research: {_listed(agree)}"))


def _of_expectations(record: Record, verdict: Verdict | None, found: dict[int, list[Proof]]) -> None:
    declared = [str(own.get("metric")) for own in record.expectations]
    if not declared:
        return
    missed = [f for f in verdict.findings if f.code == "metric-below-expectation"] if verdict is not None else []
    if missed:
        found[5].append(Proof("expect", "fail", missed[0].sentence))
    elif verdict is None or not any(stage.kind == "outcomes" and stage.status == "pass" for stage in verdict.stages):
        found[5].append(Proof("expect", "unchecked", f"{_listed(declared)} declared, and held against no outcomes yet"))
    else:
        found[5].append(Proof("expect", "pass", f"{_listed(declared)} as declared"))


def _of_lint(record: Record, content: Mapping[str, Any], found: dict[int, list[Proof]]) -> None:
    files = _several(int(content["files"]), "file")
    alarms: dict[int, list[Mapping[str, Any]]] = {number: [] for number in found}
    for alarm in content["alarms"]:
        for number in alarm["scenarios"]:
            alarms[number].append(alarm)
    unread = f"; {len(content['unread']):,} places were not read" if content["unread"] else ""
    for number, own in alarms.items():
        errors = [alarm for alarm in own if alarm["severity"] == "error"]
        if errors or own:
            first = (errors or own)[0]
            told = f"{first['path']}:{first['line']}: {first['code']}, {first['sentence']}"
            more = f" (and {len(own) - 1} more)" if len(own) > 1 else ""
            found[number].append(Proof("lint", "fail" if errors else "unchecked", told + more))
        elif number in _BEFORE_A_RUN:
            found[number].append(Proof("lint", "pass", f"nothing found in {files}{unread}"))


def _of_rehearsal(record: Record, content: Mapping[str, Any], found: dict[int, list[Proof]]) -> None:
    """A run that differs first at a stage says nothing of what is made of that stage."""
    chapters = {name: KINDS[stage.kind].scenario for name, stage in record.stages.items()}
    same = [own["circumstance"] for own in content["outcomes"] if own["status"] == "same"]
    open_ends = [own["circumstance"] for own in content["outcomes"] if own["status"] == "not tried"]
    changed = [own for own in content["outcomes"] if own["status"] in ("differs", "failed")]
    behind = {name for own in changed if own["stage"] for name in _made_of(record, own["stage"])}
    for own in changed:
        said = codes().get(own["code"] or "")
        number = chapters.get(own["stage"] or "") or (said.scenarios[0] if said and said.scenarios else 1)
        told = f"{own['circumstance']}: {own['sentence'] or own['why']}"
        found[number].append(Proof("rehearse", "fail", f"{own['stage'] or 'the run'}, {told}"))
    differing = {own["stage"] for own in changed}
    for number in sorted(set(chapters.values())):
        own_stages = [name for name, chapter in chapters.items() if chapter == number and name not in differing]
        known = [name for name in own_stages if name not in behind]
        if known and (same or changed):
            tried = [own["circumstance"] for own in changed] + same
            told = f"{_several(len(known), 'stage')} the same under {_listed(tried)}"
            found[number].append(Proof("rehearse", "pass", told))
        if len(known) < len(own_stages):
            hidden = [name for name in own_stages if name in behind]
            told = f"{_listed(hidden)}: made of a stage that does not repeat"
            found[number].append(Proof("rehearse", "unchecked", told))
        if open_ends:
            found[number].append(Proof("rehearse", "unchecked", f"not tried: {_listed(open_ends)}"))


def _of_stress(record: Record, content: Mapping[str, Any], found: dict[int, list[Proof]]) -> None:
    findings = [own for own in content["verdict"].get("findings", []) if own["severity"] == "error"]
    probes = _several(len(content["probes"]), "probe")
    for number in _SERVING:
        own = [f for f in findings if f["scenario"] == number]
        if own:
            more = f" (and {len(own) - 1} more)" if len(own) > 1 else ""
            found[number].append(Proof("stress", "fail", f"{own[0]['code']}, {own[0]['sentence']}{more}"))
        elif content["probes"]:
            found[number].append(Proof("stress", "pass", f"no weakness among {probes}"))
    outages = content.get("outages") or []
    if outages:
        told = f"what the loss of each of {_several(len({own['column'] for own in outages}), 'column')} costs is known"
        found[6].append(Proof("stress", "pass", told))


_KEYS: dict[str, set[str]] = {
    "lint": {"files", "alarms", "unread"},
    "rehearse": {"target", "outcomes", "lineage"},
    "stress": {"verdict", "serving", "probes"},
}
_READERS: dict[str, Callable[[Record, Mapping[str, Any], dict[int, list[Proof]]], None]] = {
    "lint": _of_lint,
    "rehearse": _of_rehearsal,
    "stress": _of_stress,
}


def _made_of(record: Record, stage: str) -> set[str]:
    """All stages that are made of one, directly or not."""
    found = {stage}
    for name, own in record.stages.items():
        if found & set(own.inputs):
            found.add(name)
    return found - {stage}


def _listed(names: list[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def _several(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"
