"""A pipeline run again under changed circumstances: which of them changes which stage first, and by how much."""

from __future__ import annotations

from parityline.rehearsal.circumstances import CIRCUMSTANCES, Circumstance
from parityline.rehearsal.judging import Outcome
from parityline.rehearsal.rehearsing import Rehearsal, rehearse
from parityline.rehearsal.replaying import Replay, Swap, replay
from parityline.rehearsal.serving import Endpoint, Function, Serving
from parityline.rehearsal.stressing import Stress, stress

__all__ = [
    "CIRCUMSTANCES",
    "Circumstance",
    "Endpoint",
    "Function",
    "Outcome",
    "Rehearsal",
    "Replay",
    "Serving",
    "Stress",
    "Swap",
    "rehearse",
    "replay",
    "stress",
]
