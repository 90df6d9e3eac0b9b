"""What must hold between reference and observed: one pure function a file, named for what must be true."""

from __future__ import annotations

from parityline.checks.like_reference import like_reference
from parityline.checks.same_order import same_order
from parityline.checks.same_rows import same_rows
from parityline.checks.same_schema import same_schema
from parityline.checks.same_values import same_values
from parityline.checks.still_arriving import still_arriving
from parityline.checks.together_as_reference import together_as_reference

__all__ = [
    "like_reference",
    "same_order",
    "same_rows",
    "same_schema",
    "same_values",
    "still_arriving",
    "together_as_reference",
]
