"""A pipeline run again under changed circumstances: which of them changes which stage first, and by how much."""

from __future__ import annotations

from parityline.rehearsal.circumstances import CIRCUMSTANCES, Circumstance
from parityline.rehearsal.judging import Outcome
from parityline.rehearsal.rehearsing import Rehearsal, rehearse
from parityline.rehearsal.replaying import Replay, Swap, replay

__all__ = ["CIRCUMSTANCES", "Circumstance", "Outcome", "Rehearsal", "Replay", "Swap", "rehearse", "replay"]
