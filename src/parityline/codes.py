"""The codes of findings. docs/codes.md is their only list; each has a page in docs/codes/."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from parityline.errors import UsageError
from parityline.extensions import Broken, OwnCheck, own_checks
from parityline.extensions import Severity as Severity

SCENARIOS = ("data", "features", "splits", "predictions", "performance", "variables")
"""The six chapters of the checklist, in order: scenario 1 is data."""

_ROW = re.compile(r"^\| `([a-z0-9-]+)` \| ([^|]*) \| (error|warning|note) \| ([^|]*) \| ([^|]*) \|$", re.M)


@dataclass(frozen=True, slots=True)
class Code:
    """One code: its scenarios (empty: the stage decides), default severity, what it means, and what to do."""

    name: str
    scenarios: tuple[int, ...]
    severity: Severity
    meaning: str
    remedy: str


def document(name: str) -> str:
    """A file of docs/: inside the installed package, or beside the sources where the project is installed editable."""
    inside = resources.files("parityline").joinpath("pages", name)
    if inside.is_file():
        return inside.read_text(encoding="utf-8")
    return Path(__file__).parents[2].joinpath("docs", name).read_text(encoding="utf-8")


@cache
def listed() -> dict[str, Code]:
    """The codes of parityline itself by name, in the order of the list."""
    text = document("codes.md")
    found = {}
    for name, scenarios, severity, meaning, remedy in _ROW.findall(text):
        numbers = tuple(int(n) for n in re.findall(r"[1-6]", scenarios))
        found[name] = Code(name, numbers, severity, meaning.strip(), remedy.strip())
    return found


@cache
def own() -> tuple[OwnCheck | Broken, ...]:
    """The checks that other packages bring, and those that cannot be used; a code of parityline stays its own."""
    return own_checks(frozenset(listed()))


@cache
def codes() -> dict[str, Code]:
    """All codes by name: those of the list, and those of checks that other packages bring."""
    found = [check for check in own() if isinstance(check, OwnCheck)]
    return listed() | {c.code: Code(c.code, (), c.severity, c.meaning, c.remedy) for c in found}


def lookup(name: str) -> Code:
    """One code. Raises UsageError with the nearest ones where there is no such code."""
    if name in codes():
        return codes()[name]
    near = difflib.get_close_matches(name, codes(), n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else "`parityline explain` lists all codes"
    raise UsageError(f"expected a code of a finding, found {name!r}; {hint}")


def page(name: str) -> str:
    """The documentation page of a code, in Markdown."""
    lookup(name)
    for check in own():
        if isinstance(check, OwnCheck) and check.code == name:
            return f"# {name}\n\n{check.page}\n\n## How to mend it\n\n{check.remedy}\n"
    return document(f"codes/{name}.md")


def scenario_of(code: str, stage_scenario: int) -> int:
    """The scenario of a finding: that of its code; where the code has several or none, that of its stage."""
    own = codes()[code].scenarios if code in codes() else ()
    return own[0] if len(own) == 1 else stage_scenario
