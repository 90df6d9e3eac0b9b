"""The codes of findings. docs/codes.md is their only list; each has a page in docs/codes/."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Literal

from parityline.errors import UsageError
from parityline.extensions import OwnCheck, own_checks

Severity = Literal["error", "warning", "note"]

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
def codes() -> dict[str, Code]:
    """All codes by name, in the order of the list; behind them those of checks that other packages bring."""
    text = document("codes.md")
    found = {}
    for name, scenarios, severity, meaning, remedy in _ROW.findall(text):
        numbers = tuple(int(n) for n in re.findall(r"[1-6]", scenarios))
        found[name] = Code(name, numbers, severity, meaning.strip(), remedy.strip())
    for own in own_checks():
        if isinstance(own, OwnCheck) and own.code not in found:
            found[own.code] = Code(own.code, (), own.severity, own.meaning, own.remedy)  # type: ignore[arg-type]
    return found


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
    own = next((own for own in own_checks() if isinstance(own, OwnCheck) and own.code == name), None)
    if own is not None:
        return f"# {name}\n\n{own.page}\n\n## How to mend it\n\n{own.remedy}\n"
    return document(f"codes/{name}.md")


def scenario_of(code: str, stage_scenario: int) -> int:
    """The scenario of a finding: that of its code; where the code has several or none, that of its stage."""
    own = codes()[code].scenarios if code in codes() else ()
    return own[0] if len(own) == 1 else stage_scenario
