"""A corpus of small programs: each line that an alarm belongs to says so, and every other line must stay silent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from parityline.lint import lint

FOLDER = Path(__file__).parent / "snippets"
MARK = re.compile(r"\s*(?:--)?#?(?:--)?!\s+([a-z-]+(?:,\s*[a-z-]+)*)$")


@dataclass(frozen=True)
class Snippet:
    title: str
    suffix: str
    text: str
    expected: frozenset[tuple[int, str]]


def _snippets() -> list[Snippet]:
    found = []
    for path in sorted(FOLDER.glob("*.txt")):
        for part in path.read_text().split("=== ")[1:]:
            title, _, body = part.partition("\n")
            lines, expected = [], set()
            for number, line in enumerate(body.splitlines(), start=1):
                if mark := MARK.search(line):
                    expected |= {(number, code.strip()) for code in mark[1].split(",")}
                lines.append(MARK.sub("", line))
            text = "\n".join(lines) + "\n"
            found.append(Snippet(f"{path.stem}: {title}", f".{path.stem.split('.')[1]}", text, frozenset(expected)))
    return found


SNIPPETS = _snippets()


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda s: s.title)
def test_exactly_the_marked_lines_are_named(snippet, tmp_path):
    path = tmp_path / f"snippet{snippet.suffix}"
    path.write_text(snippet.text)
    report = lint([path])
    assert not report.unread
    assert {(a.spot.line, a.code) for a in report.alarms} == snippet.expected


def test_the_corpus_is_large_enough():
    positive = [s for s in SNIPPETS if s.expected]
    assert len(positive) >= 150
    assert len(SNIPPETS) - len(positive) >= 150
    assert len({s.title for s in SNIPPETS}) == len(SNIPPETS)
