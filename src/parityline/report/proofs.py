"""The readiness list for a terminal: six chapters, each with its proofs, or what could give one."""

from __future__ import annotations

from collections.abc import Sequence

from parityline.readiness import Chapter
from parityline.report.text import clean

_COLORS = {"pass": "32", "fail": "31", "unchecked": "33"}


def text(title: str, chapters: Sequence[Chapter], *, color: bool = False) -> str:
    """A line a chapter, its proofs behind it; then a summary."""
    lines = [f"{clean(title)}: readiness", ""]
    for chapter in chapters:
        mark = f"{chapter.answer:<9}"
        painted = f"\x1b[{_COLORS[chapter.answer]}m{mark}\x1b[0m" if color else mark
        told = [f"{own.by}: {own.answer}: {clean(own.what)}" for own in chapter.proofs]
        if not told:
            told = ["nothing was shown" + (f"; not run: {', '.join(chapter.missing)}" if chapter.missing else "")]
        lines.append(f"{chapter.number} {chapter.name:<11}  {painted}  {told[0]}")
        lines += [f"{'':<26}{more}" for more in told[1:]]
    return "\n".join([*lines, "", summary(chapters)])


def summary(chapters: Sequence[Chapter]) -> str:
    """One line: how many chapters hold, fail, and are open."""
    counted = {answer: [c.name for c in chapters if c.answer == answer] for answer in ("pass", "fail", "unchecked")}
    if counted["fail"]:
        return f"NOT READY: {', '.join(counted['fail'])} fail" + "s" * (len(counted["fail"]) == 1)
    if counted["unchecked"]:
        return f"OPEN: {', '.join(counted['unchecked'])} not checked"
    return "READY: all six chapters hold"


def exit_code(chapters: Sequence[Chapter]) -> int:
    """1 if a chapter fails, 3 if one is unchecked, else 0."""
    answers = {chapter.answer for chapter in chapters}
    return 1 if "fail" in answers else 3 if "unchecked" in answers else 0
