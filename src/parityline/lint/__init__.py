"""What in Python, notebooks and SQL keeps a result from repeating: found by reading the code, before anything runs."""

from __future__ import annotations

from parityline.lint.alarms import Alarm, Report, Spot, Unread
from parityline.lint.running import lint

__all__ = ["Alarm", "Report", "Spot", "Unread", "lint"]
