"""`time-zone-shift`: times that are whole quarters of an hour apart, or switch with the clock."""

from __future__ import annotations

import pandas as pd
import pytest
import two_stages
from support import changed, codes, first, frame, verified

from parityline.causes.time_zone_shift import CODE

RESEARCH = frame("when", "city")


def local(zone):
    return lambda c: c.dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None)


@pytest.mark.parametrize(
    ("change", "hours", "zone"),
    [
        pytest.param(local("Europe/Berlin"), [1.0, 2.0], "Europe/Berlin", id="local time of Berlin"),
        pytest.param(local("America/New_York"), [-5.0, -4.0], "America/New_York", id="local time of New York"),
        pytest.param(local("Asia/Kolkata"), [5.5], "Asia/Kolkata", id="half an hour more"),
        pytest.param(lambda c: c + pd.Timedelta("3.25h"), [3.25], None, id="no zone of this offset"),
        pytest.param(lambda c: c + pd.Timedelta("1h"), [1.0], None, id="a hundred zones of this offset"),
        pytest.param(
            lambda c: c.where(RESEARCH["city"] != "Oslo", c - pd.Timedelta("2h")), [-2.0], ..., id="only in Oslo"
        ),
    ],
)
def test_is_named(change, hours, zone):
    finding = first(RESEARCH, changed(RESEARCH, when=change))
    assert (finding.code, finding.column) == (CODE, "when")
    assert finding.evidence["hours"] == hours
    assert zone is ... or finding.evidence["zone"] == zone


def test_few_instants_are_named_too():
    research = changed(RESEARCH, when=lambda c: c.dt.to_period("M").dt.to_timestamp())
    finding = first(research, changed(research, when=lambda c: c + pd.Timedelta("1h")))
    assert (finding.code, finding.evidence["hours"]) == (CODE, [1.0])


def test_the_way_back_says_that_research_was_local():
    production = changed(RESEARCH, when=local("Europe/Berlin"))
    finding = first(production, RESEARCH)
    assert finding.evidence["hours"] == [-2.0, -1.0]
    assert "is UTC; research used local time of Europe/Berlin" in finding.sentence


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param(lambda c: c + pd.Timedelta("20min"), "values-differ", id="twenty minutes"),
        pytest.param(lambda c: c + pd.Timedelta("1h1s"), "values-differ", id="an hour and a second"),
        pytest.param(lambda c: c + pd.Timedelta("20h"), "values-differ", id="more than any zone"),
        pytest.param(
            lambda c: c.where(c.dt.day < 15, c + pd.Timedelta("5h")) + pd.Timedelta("1h"),
            "values-differ",
            id="two shifts far apart",
        ),
        pytest.param(lambda c: c.dt.floor("h"), "truncated", id="cut to hours"),
        pytest.param(lambda c: c.sample(frac=1, random_state=1).to_numpy(), "values-on-wrong-rows", id="other rows"),
        pytest.param(lambda c: c.dt.tz_localize("UTC"), "type-differs", id="the same instants with a zone"),
    ],
)
def test_is_not_named(change, code):
    verdict = verified(RESEARCH, changed(RESEARCH, when=change))
    assert CODE not in codes(verdict)
    assert verdict.first.code == code


HOURS = two_stages.RAW["when"]


def hour(zone="UTC"):
    return two_stages.column(HOURS.dt.tz_localize("UTC").dt.tz_convert(zone).dt.hour)


@pytest.mark.parametrize(
    ("before", "after", "zone", "words"),
    [
        ("UTC", "Europe/Berlin", "Europe/Berlin", "is local time of Europe/Berlin; research used UTC"),
        ("America/New_York", "UTC", "America/New_York", "is UTC; research used local time of America/New_York"),
    ],
)
def test_an_hour_is_in_another_zone(before, after, zone, words):
    finding = two_stages.found(two_stages.compared(hour(before), hour(after)))
    assert (finding.code, finding.evidence["zone"], finding.evidence["of"]) == (CODE, zone, "raw.when")
    assert words in finding.sentence


@pytest.mark.parametrize(
    ("after", "source"),
    [
        pytest.param(two_stages.column((HOURS.dt.hour + 1 + HOURS.dt.day % 2) % 24), two_stages.RAW, id="no zone"),
        pytest.param(two_stages.column(HOURS.dt.hour // 2), two_stages.RAW, id="halved"),
        pytest.param(hour("Europe/Berlin"), two_stages.RAW[["id", "city"]], id="without the time"),
        pytest.param(
            two_stages.column(HOURS.dt.hour.where(HOURS.dt.hour < 12, HOURS.dt.hour - 12)), two_stages.RAW, id="12 h"
        ),
    ],
)
def test_an_hour_of_another_kind(after, source):
    verdict = two_stages.compared(hour(), after, source=source)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


EVENING = two_stages.RAW.assign(when=HOURS.dt.normalize() + pd.Timedelta("18h"))


@pytest.mark.parametrize(("zone", "named"), [("Europe/Berlin", True), ("Asia/Tokyo", False)])
def test_one_hour_a_day_tells_by_a_clock_that_changes(zone, named):
    local = EVENING["when"].dt.tz_localize("UTC").dt.tz_convert(zone).dt.hour
    sides = [two_stages.column(hours) for hours in (EVENING["when"].dt.hour, local)]
    verdict = two_stages.compared(*sides, source=EVENING)
    assert (two_stages.found(verdict).code == CODE) is named
