"""One difference, and the verdict that holds them all in the order of the stages."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from parityline.codes import Severity, lookup
from parityline.errors import DifferenceError

Origin = Literal["new", "inherited", "undecided"]
Status = Literal["pass", "fail", "unchecked"]
EXIT_CODES: dict[Status, int] = {"pass": 0, "fail": 1, "unchecked": 3}


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference between reference and observed.

    share: of the rows that it concerns, in [0, 1], None where that has no meaning. explains: codes of plainer findings
    on the same column that this one makes superfluous. evidence: what each number in the sentence comes from.
    """

    code: str
    stage: str
    sentence: str
    column: str | None = None
    scenario: int = 0
    severity: Severity = "error"
    origin: Origin = "new"
    inherited_from: str | None = None
    share: float | None = None
    expected: Any = None
    found: Any = None
    explains: tuple[str, ...] = ()
    evidence: dict[str, Any] = field(default_factory=dict)
    remedy: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; non-finite numbers and integers beyond 2**53 as strings."""
        order = (
            "code",
            "scenario",
            "stage",
            "column",
            "severity",
            "origin",
            "inherited_from",
            "share",
            "expected",
            "found",
        )
        values = asdict(self)
        values["remedy"] = self.remedy or lookup(self.code).remedy
        values["explains"] = list(self.explains)
        rest = ("sentence", "explains", "evidence", "remedy")
        return {name: json_value(values[name]) for name in (*order, *rest)}


@dataclass(frozen=True, slots=True)
class Unchecked:
    """Something that could not be checked, and why (a reason of the catalogue, then words)."""

    stage: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class StageResult:
    """The result of one stage: its status whatever the origin, and the strongest origin of its errors."""

    name: str
    kind: str
    scenario: int
    status: Status
    origin: str = "same"
    rows: tuple[int | None, int | None] | None = None
    rows_kind: str | None = None
    columns: int | None = None
    remark: str = ""
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The answer to one verification. A plain value: everything else is a view of it."""

    status: Status
    reference: dict[str, Any]
    observed: dict[str, Any]
    first: Finding | None
    stages: tuple[StageResult, ...]
    findings: tuple[Finding, ...]
    unchecked: tuple[Unchecked, ...] = ()
    limits: tuple[Unchecked, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 pass, 1 fail, 3 nothing fails but something was not checked."""
        return EXIT_CODES[self.status]

    def to_dict(self) -> dict[str, Any]:
        """The contract of docs/verdict.schema.json."""
        first = None
        if self.first:
            first = {name: getattr(self.first, name) for name in ("stage", "scenario", "code", "column", "sentence")}
        stages = []
        for s in self.stages:
            rows = None if s.rows is None else list(s.rows)
            entry = {"name": s.name, "kind": s.kind, "scenario": s.scenario, "status": s.status, "origin": s.origin}
            stages.append({**entry, "rows": rows, "rows_kind": s.rows_kind, "inputs": list(s.inputs)})
        return {
            "format": 1,
            "status": self.status,
            "reference": json_value(self.reference),
            "observed": json_value(self.observed),
            "first": first,
            "stages": stages,
            "findings": [finding.to_dict() for finding in self.findings],
            "unchecked": [asdict(u) for u in self.unchecked],
            "limits": [asdict(u) for u in self.limits],
        }

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> Verdict:
        """What `to_dict` gave, for instance from a history. Non-finite numbers stay the texts that they became."""
        of_stage = StageResult.__dataclass_fields__
        stages = []
        for own in given["stages"]:
            rows = tuple(own["rows"]) if own.get("rows") else None
            fields = {name: value for name, value in own.items() if name in of_stage}
            stages.append(StageResult(**{**fields, "rows": rows, "inputs": tuple(own.get("inputs", ()))}))
        findings = [Finding(**{**own, "explains": tuple(own["explains"])}) for own in given["findings"]]
        first = next((f for f in findings if given["first"] and _is_first(f, given["first"])), None)
        left, limits = (tuple(Unchecked(**own) for own in given.get(what, ())) for what in ("unchecked", "limits"))
        sides = given["reference"], given["observed"]
        return cls(given["status"], *sides, first, tuple(stages), tuple(findings), left, limits)

    def to_json(self) -> str:
        """The verdict as JSON text with sorted keys inside evidence."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)

    def to_text(self, *, color: bool = False) -> str:
        """The verdict for a terminal, in the order of the pipeline."""
        from parityline.report.text import render

        return render(self, color=color)

    __str__ = to_text

    def to_html(self, path: str | Path) -> Path:
        """Write the verdict as one self-contained page; returns its path."""
        from parityline.report.html import render

        path = Path(path)
        path.write_text(render(self), encoding="utf-8")
        return path

    def raise_for_status(self) -> None:
        """Raise DifferenceError unless the status is pass."""
        if self.status != "pass":
            why = self.first.sentence if self.first else "; ".join(f"{u.stage}: {u.why}" for u in self.unchecked[:3])
            where = f" first at {self.first.stage}: {self.first.code}:" if self.first else ""
            raise DifferenceError(f"{self.status},{where} {why}")

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(self.to_text())}</pre>"


def _is_first(finding: Finding, first: dict[str, Any]) -> bool:
    return all(getattr(finding, name) == first.get(name) for name in ("stage", "code", "column", "sentence"))


def json_value(value: Any) -> Any:
    """A value as JSON can hold it: "NaN", "Infinity" and "-Infinity", large integers as text, tuples as lists."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, float):
        return (
            value if math.isfinite(value) else "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        )
    if isinstance(value, int):
        return value if abs(value) <= 2**53 else str(value)
    if isinstance(value, dict):
        return {str(name): json_value(value[name]) for name in sorted(value, key=str)}
    if isinstance(value, Iterable) and not isinstance(value, (bytes, bytearray)):
        return [json_value(item) for item in value]
    return str(value)
