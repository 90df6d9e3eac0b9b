"""Requirements S0.8 and S1.10 on real flights: daily batches after deployment, five sources of which one is wrong."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from flights import STAGES, WEATHER_KEY, Change, first_of_doubled_hours
from flights import record as record_flights
from sklearn.linear_model import LogisticRegression

import parityline
from parityline.cli import run as command
from parityline.history import History

X = ["distance", "dep_delay", "hour"]
FIRST = pd.Timestamp("2013-06-01")
BATCHES, FAULTY_FROM = 20, 9


def known(flights_data):
    f = flights_data.flights
    f = f[f["dep_time"].notna() & f["arr_delay"].notna()]
    return f.assign(late=(f["arr_delay"] > 15).astype(int)).sort_values("departure")


def between(flights, first, days):
    return flights[(flights["departure"] >= first) & (flights["departure"] < first + pd.Timedelta(days=days))]


def recorded(flights, to, *, model=None, per_mile=1.0):
    """One run over some days; research fits the model, and production may take kilometres for miles."""
    with parityline.record("delays", environment="production" if model else "research", to=to) as run:
        source = flights[["flight_id", "departure", "carrier", "origin", "distance", "dep_delay"]]
        run.source("flights", source, key="flight_id", time="departure")
        features = source.assign(hour=source["departure"].dt.hour, distance=source["distance"] * per_mile)
        features = run.features("features", features[["flight_id", *X]], key="flight_id", inputs=["flights"])
        model = model or LogisticRegression(max_iter=500).fit(features[X], flights["late"])
        run.model("model", model, inputs=["features"])
        scored = pd.DataFrame({"flight_id": features["flight_id"], "p": model.predict_proba(features[X])[:, 1]})
        run.predictions("predictions", scored, key="flight_id", score="p", inputs=["features", "model"])
    return model


@pytest.fixture(scope="module")
def before_june(flights_data, tmp_path_factory):
    """The record of five months and the model that they gave: days of 3 to 34 minutes of delay in the mean."""
    to = tmp_path_factory.mktemp("daily") / "research.parity"
    flights = known(flights_data)
    return to, recorded(flights[flights["departure"] < FIRST], to), flights


def test_s0_8_twenty_daily_batches_with_a_fault_from_the_ninth_on(before_june, tmp_path, capsys):
    reference, model, flights = before_june
    history, codes = tmp_path / "history", []
    for day in range(1, BATCHES + 1):
        batch = between(flights, FIRST + pd.Timedelta(days=day - 1), 1)
        made = tmp_path / f"{day:02}.parity"
        recorded(batch, made, model=model, per_mile=1.609344 if day >= FAULTY_FROM else 1.0)
        codes.append(command(["watch", str(reference), str(made), "--history", str(history)]))
    assert codes == [0] * (FAULTY_FROM - 1) + [1] * (BATCHES - FAULTY_FROM + 1)
    first = {entry.stage for entry in History(history).entries() if entry.status == "fail"}
    assert first == {"features"}
    capsys.readouterr()
    assert command(["log", "--history", str(history)]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert [line[4] for line in lines[:BATCHES]] == ["pass"] * (FAULTY_FROM - 1) + ["fail"] * 12
    assert lines[FAULTY_FROM - 1][-2] == "features"


@pytest.mark.parametrize("part", range(4))
def test_s0_8_days_of_the_rest_of_the_year_raise_no_alarm(part, before_june, tmp_path):
    """Every third day, with storms: days of research differ as much. On Thanksgiving flights leave at other hours."""
    reference, model, flights = before_june
    thanksgiving = (pd.Timestamp("2013-11-28") - FIRST).days
    days = [day for day in range(0, 214, 3) if day % 4 == part and day != thanksgiving]
    for day in days:
        batch = between(flights, FIRST + pd.Timedelta(days=day), 1)
        recorded(batch, tmp_path / "day.parity", model=model)
        verdict = parityline.verify(reference, tmp_path / "day.parity", rows="new")
        assert verdict.status == "pass", (day, [(f.stage, f.code, f.sentence) for f in verdict.findings])


SOURCES = STAGES[:5]


def five_sources(tables, to, planes):
    """The flights beside what each of the other four tables knows; every key is kept."""
    with parityline.record("five", environment="any", to=to) as run:
        run.source("flights", tables.flights, key="flight_id", time="departure")
        weather = run.source("weather", first_of_doubled_hours(tables.weather), key=WEATHER_KEY)
        run.source("planes", planes, key="tailnum")
        run.source("airports", tables.airports, key="faa")
        run.source("airlines", tables.airlines, key="carrier")
        kept = ["flight_id", "departure", *WEATHER_KEY, "tailnum", "dest", "carrier"]
        joined = (
            tables.flights[kept]
            .merge(weather[[*WEATHER_KEY, "temp"]].astype({"hour": "float64"}), on=WEATHER_KEY, how="left")
            .merge(planes[["tailnum", "seats"]], on="tailnum", how="left")
            .merge(tables.airports[["faa", "alt"]].rename(columns={"faa": "dest"}), on="dest", how="left")
            .merge(tables.airlines, on="carrier", how="left")
        )
        run.etl("joined", joined, key="flight_id", inputs=list(SOURCES))
    return to


def test_s1_10_a_fault_in_one_of_five_sources(flights_subset, tmp_path):
    planes = flights_subset.planes
    other = planes.assign(seats=planes["seats"] + (planes["year"].fillna(0) % 7 == 3))
    sides = [five_sources(flights_subset, tmp_path / f"{i}.parity", own) for i, own in enumerate((planes, other))]
    verdict = parityline.verify(*sides)
    status = {stage.name: stage.status for stage in verdict.stages if stage.name in SOURCES}
    assert status == {name: "fail" if name == "planes" else "pass" for name in SOURCES}
    assert verdict.first.stage == "planes"
    (joined,) = [f for f in verdict.findings if f.stage == "joined" and f.severity == "error"]
    assert (joined.column, joined.origin, joined.inherited_from) == ("seats", "inherited", "planes")


def test_s1_10_the_file_of_yesterday_is_named_as_stale(flights_subset, tmp_path, capsys):
    """The flights of three days come one by one, the weather of the second day is that of the first once more."""
    history, reference = tmp_path / "history", tmp_path / "research.parity"
    record_flights(flights_subset, reference)
    weather = flights_subset.weather
    told = []
    for day in (1, 2, 3):
        hours = weather[weather["month"] <= 9 + min(day, 2)]
        flights = flights_subset.flights[flights_subset.flights["month"] <= 9 + day]
        made = record_flights(
            flights_subset,
            tmp_path / f"{day}.parity",
            Change(flights=lambda _, own=flights: own, weather=lambda d, own=hours: d.loc[d.index.isin(own.index)]),
            environment="production",
        )
        command(["watch", str(reference), str(made), "--history", str(history), "--format", "json"])
        told.append(_stale(capsys.readouterr().out))
    assert told == [set(), set(), {"weather"}]


def _stale(text):
    import json

    return {own["stage"] for own in json.loads(text)["findings"] if own["code"] == "stale-data"}


def test_a_folder_of_batches_is_no_record(tmp_path: Path, capsys):
    assert command(["watch", str(tmp_path), str(tmp_path)]) == 2
    assert "Traceback" not in capsys.readouterr().err
