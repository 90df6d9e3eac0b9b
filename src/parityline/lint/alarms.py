"""What lint says: alarms with a place and a code, and what it could not read."""

from __future__ import annotations

from dataclasses import dataclass, field

from parityline.codes import Severity, codes


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a file: lines and columns count from 1; cell: of a notebook, from 1, or None."""

    line: int
    column: int
    end_line: int
    end_column: int
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """One line of code whose result need not repeat.

    code: one of the codes of findings. stage: the tap that the code leads to, where the module has one.
    source: the first line of the code itself.
    """

    path: str
    spot: Spot
    code: str
    severity: Severity
    sentence: str
    stage: str | None = None
    source: str = ""

    @property
    def place(self) -> str:
        """As `file:line:column`; in a notebook `file:cell 3:line:column`."""
        cell = "" if self.spot.cell is None else f"cell {self.spot.cell}:"
        return f"{self.path}:{cell}{self.spot.line}:{self.spot.column}"

    @property
    def remedy(self) -> str:
        """What to do, from the list of codes."""
        return codes()[self.code].remedy


@dataclass(frozen=True, slots=True)
class Unread:
    """A file, or a part of one, that could not be checked, and why."""

    path: str
    line: int
    why: str


@dataclass(slots=True)
class Report:
    """The answer of one lint run."""

    files: int = 0
    alarms: list[Alarm] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    @property
    def errors(self) -> int:
        """How many alarms are errors."""
        return sum(alarm.severity == "error" for alarm in self.alarms)

    @property
    def exit_code(self) -> int:
        """1 where an alarm is an error, 3 where something could not be checked, else 0."""
        return 1 if self.errors else 3 if self.unread else 0
