"""Checks of the user's own, which other packages bring through the entry point group `parityline.checks`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal, get_args

GROUP = "parityline.checks"

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class OwnCheck:
    """One check: its code, how bad its findings are, what they mean, what to do, its page, and the check itself."""

    code: str
    severity: Severity
    meaning: str
    remedy: str
    page: str
    check: Callable[[Any], Iterable[Any]]


@dataclass(frozen=True)
class Broken:
    """An entry point that gives no check. name: as `package: entry`; why: what is wrong with it, without its values."""

    name: str
    why: str


def own_checks(taken: frozenset[str]) -> tuple[OwnCheck | Broken, ...]:
    """Every check that the environment's packages bring, by the name of its entry point; broken ones among them.

    taken: codes that have a meaning already; of two checks with one code the first has it.
    """
    found: dict[str, OwnCheck | Broken] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda e: (e.name, e.value)):
        name = f"{entry.dist.name if entry.dist else 'unknown'}: {entry.name}"
        loaded = _loaded(entry, name)
        if isinstance(loaded, OwnCheck) and (loaded.code in taken or loaded.code in found):
            loaded = Broken(name, f"the code {loaded.code} is taken; give CODE of {entry.value} another name")
        found[loaded.code if isinstance(loaded, OwnCheck) else name] = loaded
    return tuple(found.values())


def _loaded(entry: EntryPoint, name: str) -> OwnCheck | Broken:
    try:
        found = entry.load()
    except Exception as error:  # another package's code: whatever it raises, the verdict goes on without it
        return Broken(name, f"{entry.value} cannot be imported ({type(error).__name__})")
    code, check, text = (getattr(found, what, None) for what in ("CODE", "check", "__doc__"))
    severity: Severity = getattr(found, "SEVERITY", "error")
    remedy = getattr(found, "REMEDY", None)
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        return Broken(name, f"expected CODE of {entry.value} in lower case with hyphens, such as rows-in-euro")
    if not callable(check) or not isinstance(text, str) or not text.strip() or not isinstance(remedy, str):
        return Broken(name, f"expected {entry.value} to have check(pair), REMEDY and a docstring, which is its page")
    if severity not in get_args(Severity):
        return Broken(name, f"expected SEVERITY of {entry.value} to be one of {', '.join(get_args(Severity))}")
    return OwnCheck(code, severity, text.strip().splitlines()[0], remedy, text.strip(), check)
