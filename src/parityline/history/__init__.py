"""What became of each run: verdicts over time in one file, accepted differences, and data that went stale."""

from __future__ import annotations

from parityline.history.accepting import accept_as_reference, accept_difference
from parityline.history.store import Entry, History
from parityline.history.table_windows import watch_windows
from parityline.history.watching import watch

__all__ = ["Entry", "History", "accept_as_reference", "accept_difference", "watch", "watch_windows"]
