"""`epoch-unit-mistaken`: a number of seconds taken for another unit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support import changed, codes, first, frame, holding, verified

import parityline
from parityline.causes.epoch_unit_mistaken import CODE

RESEARCH = frame("when", "count")
RESEARCH["when"] = RESEARCH["when"].dt.floor("s")
RESEARCH["ticks"] = RESEARCH["when"].astype("datetime64[ns]").astype("int64")
SECONDS = RESEARCH["ticks"] // 10**9


@pytest.mark.parametrize(
    ("unit", "numbers"),
    [
        pytest.param("ms", {"factor": 1_000, "direction": "shorter"}, id="seconds as milliseconds"),
        pytest.param("us", {"factor": 10**6, "direction": "shorter"}, id="seconds as microseconds"),
        pytest.param("ns", {"factor": 10**9, "direction": "shorter"}, id="seconds as nanoseconds"),
    ],
)
def test_times_are_named(unit, numbers):
    production = changed(RESEARCH, when=pd.to_datetime(SECONDS, unit=unit))
    finding = first(RESEARCH, production)
    assert (finding.code, finding.column) == (CODE, "when")
    assert holding(numbers, finding)
    assert "seconds were read as" in finding.sentence
    back = first(production, RESEARCH)
    assert (back.code, back.evidence["direction"]) == (CODE, "longer")


def test_times_that_are_cut_are_named():
    research = frame("when")
    ticks = research["when"].astype("datetime64[ns]").astype("int64") // 10**6
    finding = first(research, research.assign(when=pd.to_datetime(ticks, unit="us")))
    assert (finding.code, finding.evidence["factor"]) == (CODE, 1_000)
    assert "milliseconds were read as microseconds" in finding.sentence


@pytest.mark.parametrize("with_time", [True, False], ids=["beside their time", "alone"])
def test_numbers_are_named(with_time):
    research = RESEARCH if with_time else RESEARCH.drop(columns="when")
    finding = first(research, changed(research, ticks=lambda c: c // 1_000))
    assert (finding.code, finding.column) == (CODE, "ticks")
    assert holding({"units": ["nanoseconds", "microseconds"], "time": "when" if with_time else ""}, finding)


def test_numbers_of_an_inputs_time_are_named():
    def run(environment, ticks):
        recorder = parityline.record("times", environment=environment)
        recorder.source("raw", RESEARCH[["id", "when"]], key="id")
        recorder.etl("clean", pd.DataFrame({"id": RESEARCH["id"], "ticks": ticks}), inputs=["raw"], key="id")
        return recorder.record

    finding = parityline.verify(run("research", SECONDS * 1_000), run("production", SECONDS)).first
    assert (finding.stage, finding.code, finding.evidence["factor"]) == ("clean", CODE, 1_000)


@pytest.mark.parametrize(
    ("column", "change", "code"),
    [
        pytest.param("count", lambda c: c * 1_000, "unit-changed", id="numbers that are no times"),
        pytest.param("ticks", lambda c: c // 100, "unit-changed", id="no unit"),
        pytest.param("ticks", lambda c: c // 1_000 + np.arange(2_000) ** 4, "values-differ", id="and moved"),
        pytest.param("when", lambda c: c + pd.Timedelta("1D"), "values-differ", id="a day later"),
        pytest.param(
            "when",
            lambda c: pd.to_datetime(SECONDS, unit="ms").where(c.index < 1_000, c),
            "differs-in-one-segment",
            id="half",
        ),
    ],
)
def test_is_not_named(column, change, code):
    verdict = verified(RESEARCH, changed(RESEARCH, **{column: change}))
    assert CODE not in codes(verdict)
    assert verdict.first.code == code
