"""The pipeline file: what a run consists of, what is promised of it, and what is known to differ."""

from parityline.configuration.connections import Connection
from parityline.configuration.declarations import (
    Acceptance,
    Decision,
    Expectation,
    Pipeline,
    StageConfiguration,
    Tolerance,
    expand,
)
from parityline.configuration.reader import load

__all__ = [
    "Acceptance",
    "Connection",
    "Decision",
    "Expectation",
    "Pipeline",
    "StageConfiguration",
    "Tolerance",
    "expand",
    "load",
]
