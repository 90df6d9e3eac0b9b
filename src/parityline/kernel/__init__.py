"""The kernel: a table in, the summaries of its fingerprint out.

`reference` is the specification in plain numpy. The native twin, where it was built, gives the same bytes faster.
"""

from __future__ import annotations

from parityline.kernel.parameters import Parameters, Partition
from parityline.kernel.reference import build
from parityline.kernel.state import ColumnState, State

__all__ = ["ColumnState", "Parameters", "Partition", "State", "build"]
