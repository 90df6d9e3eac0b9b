"""A verdict as one self-contained page: no network, no script, every value from data is text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from parityline.codes import SCENARIOS
from parityline.findings import Finding, Verdict, json_value
from parityline.readiness import Chapter
from parityline.report import pictures
from parityline.report.graph import drawn
from parityline.report.pages import page

MOST_FINDINGS = 400
MOST_EVIDENCE = 14
MOST_WITH_EVIDENCE = 150
"""So many findings, the first ones, show their numbers; the JSON verdict has those of all."""
_LONGEST = 240
_WORDS = {"pass": "same", "fail": "differs", "unchecked": "not everything was checked"}
_BARE = ("count", "rows", "sampled", "sampled_changed", "rows_shown", *pictures.DRAWN)


def render(verdict: Verdict, *, back: str = "", chapters: Sequence[Chapter] = ()) -> str:
    """The page. back: where a link to all runs leads; none without it. chapters: the readiness list, if it is known."""
    shown = verdict.findings[:MOST_FINDINGS]
    return page(
        "verdict.html",
        verdict=verdict,
        chapters=SCENARIOS,
        counts={n: sum(f.scenario == n for f in verdict.findings) for n in range(1, len(SCENARIOS) + 1)},
        by_stage=Counter(f.stage for f in verdict.findings),
        words=_WORDS,
        shown=shown,
        pictures=[pictures.of(f) for f in shown],
        environment=[f for f in verdict.findings if f.stage == "environment"],
        evidence=[_evidence(f) if i < MOST_WITH_EVIDENCE else [] for i, f in enumerate(shown)],
        graph=drawn(verdict.stages),
        back=back,
        readiness=chapters,
    )


def ready(title: str, chapters: Sequence[Chapter]) -> str:
    """The readiness list of a pipeline as a page of its own."""
    return page("ready.html", title=title, readiness=chapters)


def _evidence(finding: Finding) -> list[tuple[str, str]]:
    """The numbers behind a sentence, a line each, cut where they are long."""
    rows = [("expected", finding.expected), ("found", finding.found), ("share", finding.share)]
    rows += [(name, value) for name, value in finding.evidence.items() if name not in _BARE]
    told = [(name, str(json_value(value))) for name, value in rows if value not in (None, {}, [])]
    return [(name, text if len(text) <= _LONGEST else text[:_LONGEST] + "...") for name, text in told[:MOST_EVIDENCE]]
