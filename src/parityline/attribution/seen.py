"""What verification knows of the stages that it has passed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from parityline.findings import Finding

APPENDED = "partition-appended"
MOVED_PLACES = "column-order-changed"
REWRITTEN = "keys-rewritten"
QUIET = {APPENDED: "rows-extra", "component-sign": "sign-flipped"}
"""Notes as long as no later stage differs by them, and the errors that they are then."""


@dataclass
class Seen:
    """Of one stage: its errors, what may become one, and where each began."""

    findings: list[Finding] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether the stage has an error."""
        return any(f.severity == "error" for f in self.findings)

    @property
    def dirty(self) -> bool:
        """Whether the stage holds anything that a later one may differ by."""
        return bool(self._differences)

    @property
    def columns(self) -> set[str] | None:
        """Columns that differ; None where rows differ, so that any column may."""
        told = self._differences
        if any(f.column is None or f.code == REWRITTEN for f in told):
            return None
        others = {str(f.evidence["also"]) for f in told if "also" in f.evidence}
        together = {str(name) for f in told for name in f.evidence.get("together", ())}
        return {str(f.column) for f in told} | others | together

    def root(self, name: str) -> str:
        """The stage where the differences of this one began, as far as is known."""
        told = self._differences or [f for f in self.findings if f.code == MOVED_PLACES]
        return (told[0].inherited_from or told[0].stage) if told else name

    def raise_(self, codes: Collection[str]) -> None:
        """What was no error by itself is one, since a later stage differs by it."""
        self.findings = [
            replace(f, code=QUIET.get(f.code, f.code), severity="error") if f.code in codes else f
            for f in self.findings
        ]

    @property
    def _differences(self) -> list[Finding]:
        return [f for f in self.findings if f.severity == "error" or f.code in QUIET]
