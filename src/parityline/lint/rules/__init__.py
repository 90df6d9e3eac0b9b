"""The rules for Python, one a file: each reads a module and gives its alarms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

from parityline.lint.module import Hit, Module
from parityline.lint.rules import categories, clock, fitting, generators, hashing, joins, order, places, seeds


class Rule(Protocol):
    """A module of this package."""

    @property
    def WORDS(self) -> re.Pattern[str]:  # noqa: N802
        """What a text must have for the rule to find anything in it."""
        ...

    def hits(self, module: Module) -> Iterator[Hit]:
        """The alarms of the rule in a module."""
        ...


RULES: tuple[Rule, ...] = (seeds, generators, order, hashing, clock, places, fitting, categories, joins)
"""Every rule, asked of each module that has one of its words."""
