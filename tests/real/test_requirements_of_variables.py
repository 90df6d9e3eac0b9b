"""Requirements S0.12, S4.2, S4.3, S6.2 and S6.5 on the real flights and their weather."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from runs import errors, read, recorded, some_flights
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import parityline
from parityline.cli import run as command
from parityline.rehearsal import replay
from parityline.variables.substitutes import substitutes

ROWS, BAD = 8_000, 212


@pytest.fixture(scope="module")
def flights(flights_data):
    del flights_data  # asked for so that missing data are said once, and in one way
    return some_flights(ROWS).dropna(subset=["arr_delay", "distance"]).reset_index(drop=True)


def minutes(table: pd.DataFrame) -> pd.Series:
    """A model by hand, that cannot do without a distance."""
    return 40 + 0.12 * table["distance"] + 0.3 * table["dep_delay"]


def served(environment: str, table: pd.DataFrame, scores: pd.Series) -> parityline.Record:
    features = table[["id", "distance", "dep_delay"]]
    return recorded(
        environment,
        ("features", "features", features, {"key": "id"}),
        ("predictions", "minutes", table[["id"]].assign(p=scores), {"key": "id", "score": "p", "inputs": ["features"]}),
    )


def test_s4_2_missing_predictions_are_those_without_a_distance(flights, tmp_path, monkeypatch):
    bad = np.random.default_rng(5).choice(len(flights), BAD, replace=False)
    lost = flights.assign(distance=flights["distance"].mask(flights.index.isin(bad)).astype(float))
    verdict = parityline.verify(
        served("research", flights, minutes(flights)), served("production", lost, minutes(lost))
    )
    (finding,) = errors(verdict, "minutes")
    assert finding.code == "null-reached-model"
    assert (finding.evidence["missing"], finding.evidence["of"]) == ([0, BAD], "features.distance")
    # put right, the same model gives a number in just these rows
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(LinearRegression()))
    lost.to_parquet(tmp_path / "lost.parquet")
    flights.to_parquet(tmp_path / "filled.parquet")
    (tmp_path / "by_hand.py").write_text(
        "def predict(model, table):\n    return 40 + 0.12 * table['distance'] + 0.3 * table['dep_delay']\n"
    )
    monkeypatch.chdir(tmp_path)
    answer = replay(
        [tmp_path / "model.pkl"],
        [tmp_path / "lost.parquet", tmp_path / "filled.parquet"],
        key="id",
        predict="by_hand:predict",
    )
    assert answer.causes == ("rows",)
    assert answer.swaps[0].differing == BAD


def test_s4_2_missing_predictions_at_random_have_no_rule(flights):
    bad = np.random.default_rng(6).choice(len(flights), BAD, replace=False)
    scores = minutes(flights)
    verdict = parityline.verify(
        served("research", flights, scores), served("production", flights, scores.mask(flights.index.isin(bad)))
    )
    (finding,) = errors(verdict, "minutes")
    assert finding.code in ("missing-differs", "non-finite-predictions")
    assert "condition" not in finding.evidence


def test_s4_3_a_carrier_that_was_not_trained_on(flights_data):
    whole = flights_data.flights.dropna(subset=["arr_delay"]).assign(id=lambda t: np.arange(len(t)))
    chosen = whole[(whole["carrier"] == "HA") | (whole["id"] % 20 == 0)].reset_index(drop=True)
    strangers = int((chosen["carrier"] == "HA").sum())
    assert strangers == 342
    trained = chosen[chosen["carrier"] != "HA"]
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    model = make_pipeline(encoder, LinearRegression()).fit(trained[["carrier"]], trained["arr_delay"])

    def run(environment: str, table: pd.DataFrame) -> parityline.Record:
        names = [f"carrier_{name}" for name in encoder.categories_[0]]
        encoded = pd.DataFrame(encoder.transform(table[["carrier"]]), columns=names).assign(id=table["id"].to_numpy())
        scores = table[["id"]].assign(p=model.predict(table[["carrier"]]))
        return recorded(
            environment,
            ("source", "flights", table[["id", "carrier"]], {"key": "id"}),
            ("features", "encoded", encoded, {"key": "id", "inputs": ["flights"]}),
            ("predictions", "delays", scores, {"key": "id", "score": "p", "inputs": ["encoded"]}),
        )

    research = run("research", trained)
    verdict = parityline.verify(research, run("production", chosen), rows="new")
    unseen, zeros = errors(verdict)
    assert (unseen.code, unseen.stage, unseen.origin) == ("categories-differ", "flights", "new")
    assert "(342 rows): HA" in unseen.sentence
    # what the encoder made of them
    assert (zeros.code, zeros.stage, zeros.evidence["rows"]) == ("unseen-category", "encoded", strangers)
    assert zeros.origin != "new"
    scores = model.predict(chosen[["carrier"]])
    strange = chosen["carrier"] == "HA"
    told = zeros.evidence["predictions"]
    assert (told["stage"], told["column"]) == ("delays", "p")
    assert told["unseen"] == pytest.approx(scores[strange].mean())  # all of them are given the same
    assert told["others"] == pytest.approx(scores[~strange].mean(), abs=0.5)  # of a sample
    one = run("production", chosen[chosen["carrier"] == "HA"].head(1).reset_index(drop=True))
    found = [f for f in parityline.verify(research, one, rows="new").findings if f.code == "unseen-category"]
    assert [f.stage for f in found] == ["encoded"]
    assert found[0].evidence["predictions"]["unseen"] == pytest.approx(told["unseen"])


def test_s6_2_the_dew_point_stands_in_for_the_temperature(flights_data):
    del flights_data
    weather = read("nycflights13", "weather.parquet").dropna(subset=["temp"])
    candidates = ["dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib"]
    ranked = [found.column for found in substitutes(weather, "temp", candidates)]
    assert ranked[0] == "dewp"
    some = weather.sample(4_000, random_state=1)
    assert [found.column for found in substitutes(some, "temp", candidates)][:2] == ranked[:2]
    gaps = some.assign(twin=some["temp"].where(np.arange(len(some)) % 10 == 0))
    found = {own.column: own for own in substitutes(gaps, "temp", ["dewp", "twin"])}
    assert found["twin"].information > found["dewp"].information
    assert list(found) == ["dewp", "twin"]


def test_s6_5_a_carrier_that_stops_flying_and_one_that_pauses_for_months(flights_data):
    flights = flights_data.flights[["flight_id", "departure", "carrier"]]
    middle, end = pd.Timestamp("2013-07-01"), pd.Timestamp("2013-10-01")
    before, after = (flights[own] for own in (flights["departure"] < middle, flights["departure"] >= middle))
    keywords = {"key": "flight_id", "time": "departure", "window": "day"}

    def told(table: pd.DataFrame) -> list[parityline.Finding]:
        sides = (("research", before), ("production", table))
        records = [recorded(environment, ("source", "flights", own, keywords)) for environment, own in sides]
        return [f for f in parityline.verify(*records, rows="new").findings if f.code == "value-stopped-arriving"]

    assert told(after) == []
    (found,) = told(after[(after["carrier"] != "AS") | (after["departure"] < end)])
    assert found.evidence["value"] == "AS"
    assert "AS" in found.sentence


def test_s0_12_a_history_that_is_made_again_from_its_records_shows_the_same_course(flights, tmp_path, capsys):
    paths = []
    for day, environment in enumerate(("research", "production", "production", "production")):
        table = flights.assign(distance=flights["distance"] * (1.609344 if day == 2 else 1.0))
        path = tmp_path / f"{day}.parity"
        stage = ("features", "features", table[["id", "distance"]].iloc[day:], {"key": "id"})
        recorded(environment, stage).write(path)
        paths.append(str(path))

    def course(history: Path) -> list[dict[str, object]]:
        for made in paths[1:]:
            command(["watch", paths[0], made, "--history", str(history)])
        capsys.readouterr()
        assert command(["log", "--history", str(history), "--format", "json"]) == 0
        runs = json.loads(capsys.readouterr().out)["runs"]
        return [{what: told for what, told in run.items() if what != "at"} for run in runs]  # but when it was looked at

    first = course(tmp_path / "history")
    for file in tmp_path.glob("history*"):
        file.unlink()
    again = course(tmp_path / "history")
    assert first == again
    assert [run["status"] for run in first].count("fail") >= 1
