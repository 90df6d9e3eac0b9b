"""What is said of where a difference began."""

from __future__ import annotations

from dataclasses import dataclass

from parityline.findings import Origin
from parityline.relations import Relation


@dataclass(frozen=True)
class Answer:
    """Where a difference began.

    source: the input that it follows from, None where it is new; how: by what evidence; relation: that the reference
    showed, where one was asked.
    """

    origin: Origin
    source: str | None
    how: str
    relation: Relation | None = None
