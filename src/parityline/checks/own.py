"""The checks that other packages bring hold."""

from __future__ import annotations

from collections.abc import Iterator

from parityline import codes
from parityline.extensions import Broken
from parityline.findings import Finding, Unchecked
from parityline.pairs import TablePair


def own(pair: TablePair) -> Iterator[Finding | Unchecked]:
    """What the user's own checks find of a table; one that raises, or gives anything else, is unchecked."""
    for check in codes.own():
        if isinstance(check, Broken):
            continue
        try:
            found = list(check.check(pair))
        except Exception as error:  # another package's code: its fault must not stop a verdict
            yield _failed(pair, check.code, f"it raised {type(error).__name__}")
            continue
        for finding in found:
            if isinstance(finding, Finding) and finding.code == check.code and finding.stage == pair.stage:
                yield finding
            else:
                yield _failed(
                    pair, check.code, f"expected findings of `{check.code}` at {pair.stage}, found another thing"
                )


def broken() -> Iterator[Unchecked]:
    """What was meant to be a check and is none."""
    for check in codes.own():
        if isinstance(check, Broken):
            yield Unchecked("process", f"own check {check.name}", f"check-failed: {check.why}")


def _failed(pair: TablePair, code: str, why: str) -> Unchecked:
    return Unchecked(pair.stage, f"{pair.where}own check {code}", f"check-failed: {why}")
