"""What a result can depend on besides its data and its code: captured as plain facts, and compared."""

from __future__ import annotations

from parityline.environment.comparison import Difference, differences
from parityline.environment.facts import describe
from parityline.environment.inventory import capture

__all__ = ["Difference", "capture", "describe", "differences"]
