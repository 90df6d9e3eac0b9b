"""Real courses, and the pages of docs/cases, which these tests write: PARITYLINE_WRITE=1 writes them, else they must be
what the tests find."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

import parityline
from parityline.findings import Verdict
from parityline.records import Record
from parityline.variables.presence import presence

CASES = Path(__file__).resolve().parents[2] / "docs" / "cases"
WRITE = bool(os.environ.get("PARITYLINE_WRITE"))


def page(name: str, title: str, words: str, *blocks: str) -> None:
    """The page of a case is what was found; another page is an error."""
    text = "\n\n".join([f"# {title}", words, *(f"```\n{block.strip()}\n```" for block in blocks)]) + "\n"
    path = CASES / f"{name}.md"
    if WRITE:
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def told(verdict: Verdict) -> str:
    """Findings in short, without what differs from machine to machine."""
    lines = [f"{verdict.status}" + (f", first at {verdict.first.stage}: {verdict.first.code}" if verdict.first else "")]
    for f in verdict.findings:
        if f.stage not in ("environment", "process"):
            lines.append(f"{f.severity:<8} {f.stage}{'.' + f.column if f.column else ''}  {f.code}: {f.sentence}")
    lines += [f"unchecked {u.stage}: {u.what}: {u.why}" for u in verdict.unchecked]
    return "\n".join(lines)


# --- bike sharing -----------------------------------------------------------------------------------------------------

WEATHER = ["temp", "hum", "windspeed", "hr", "weekday", "workingday", "weathersit", "mnth"]


def bikes(hours: pd.DataFrame, model: Any, environment: str) -> tuple[Record, Any]:
    with parityline.record("bike-demand", environment=environment) as run:
        rows = run.source("hours", hours, key="id", time="at", window="month")
        X = run.features("features", rows[["id", *WEATHER]], key="id", inputs=["hours"])
        if model is None:
            train = X["id"] % 3 != 0
            model = HistGradientBoostingRegressor(max_iter=150, random_state=0)
            model.fit(X.loc[train, WEATHER], rows.loc[train, "cnt"])
            scored = X[~train]
        else:
            scored = X
        predicted = pd.DataFrame({"id": scored["id"], "demand": model.predict(scored[WEATHER])})
        run.predictions("demand", predicted, key="id", score="demand", inputs=["features"])
        actual = rows[["id", "at", "cnt"]].merge(predicted[["id"]], on="id")
        run.outcomes("actual", actual, key="id", time="at", actual="cnt", prediction="demand")
        run.expect("mae", of="actual", at_most=35)
    return run.record, model


@pytest.fixture(scope="module")
def hours(data: Path) -> pd.DataFrame:
    table = pd.read_parquet(data / "bike_sharing" / "hour.parquet")
    at = pd.to_datetime(table["dteday"]) + pd.to_timedelta(table["hr"], unit="h")
    return table.assign(id=np.arange(len(table)), at=at)[["id", "at", *WEATHER, "cnt"]]


def test_a_model_of_2011_in_2012(hours: pd.DataFrame) -> None:
    reference, model = bikes(hours[hours["at"].dt.year == 2011], None, "research")
    observed, _ = bikes(hours[hours["at"].dt.year == 2012].reset_index(drop=True), model, "production")
    verdict = parityline.verify(reference, observed, rows="new")
    moved = {f.column: f for f in verdict.findings if f.stage == "hours" and f.severity == "error"}
    assert set(moved) == {"cnt"}, told(verdict)
    assert (verdict.first.stage, verdict.first.column) == ("hours", "cnt")
    missed = next(f for f in verdict.findings if f.code == "metric-below-expectation")
    assert missed.stage == "actual"
    assert 80 < missed.found < 105
    assert missed.evidence["interval"][0] > 35
    words = (
        "A model of hourly demand, trained on two thirds of 2011 and expected to err by 35 at most, meets 2012: demand "
    )
    words += "grew, the weather did not. Months are held against the same month of the year before."
    page("bike-sharing", "Bike sharing: a model of 2011 in 2012", words, told(verdict))


def test_a_season_alone_is_no_drift(hours: pd.DataFrame) -> None:
    """The weather of a July against a year of weather: as the July of research was."""
    reference = bikes(hours[hours["at"].dt.year == 2011], None, "research")[0]
    july = hours[(hours["at"].dt.year == 2012) & (hours["at"].dt.month == 7)].drop(columns="cnt").reset_index(drop=True)
    with parityline.record("bike-demand", environment="production") as run:
        run.source("hours", july.assign(cnt=np.nan), key="id", time="at", window="month")
    verdict = parityline.verify(reference, run.record, rows="new")
    codes = {(f.column, f.code) for f in verdict.findings if f.stage == "hours"}
    assert ("temp", "known-season") in codes, told(verdict)
    assert not {c for c, code in codes if code in ("distribution-moved", "population-moved")}, told(verdict)


# --- flights ----------------------------------------------------------------------------------------------------------


def test_flights_by_month_ranked_worse(data: Path) -> None:
    table = pd.read_parquet(data / "nycflights13" / "flights.parquet")
    table = table[table["arr_delay"].notna() & table["dep_time"].notna()].reset_index(drop=True)
    table = table.assign(id=np.arange(len(table)), at=pd.to_datetime(table[["year", "month", "day"]]))
    table["late"] = (table["arr_delay"] > 15).astype(float)
    columns = ["hour", "distance", "air_time"]
    table[columns] = table[columns].astype(float)
    first = table[table["month"] <= 6]
    model = HistGradientBoostingClassifier(max_iter=80, random_state=0).fit(
        first.loc[first["id"] % 2 == 0, columns], first.loc[first["id"] % 2 == 0, "late"]
    )

    def run(rows: pd.DataFrame, environment: str) -> Record:
        with parityline.record("late-flights", environment=environment) as tap:
            X = tap.features("features", rows[["id", *columns]], key="id")
            p = pd.DataFrame({"id": X["id"], "p": model.predict_proba(X[columns])[:, 1]})
            tap.predictions("late", p, key="id", score="p", inputs=["features"])
            tap.outcomes("actual", rows[["id", "at", "origin", "late"]], key="id", time="at", actual="late",
                         prediction="late", segments=["origin"])  # fmt: skip
        return tap.record

    reference = run(first[first["id"] % 2 == 1], "research")
    blocks, statuses = [], {}
    for month in (7, 8, 9, 10, 11, 12):
        verdict = parityline.verify(reference, run(table[table["month"] == month], f"month {month}"), rows="new")
        statuses[month] = {f.code for f in verdict.findings if f.severity == "error" and f.stage == "actual"}
        own = [line for line in told(verdict).splitlines() if not line.startswith(("note", "unchecked"))]
        blocks.append(f"month {month}: " + "\n".join(own))
    assert statuses[9], statuses
    words = "A model of late arrivals of January to June, held against each later month. September has the fewest late "
    words += "flights of the year; what is said of the relation is said only where features agree."
    page("flights-by-month", "Flights: a model of spring, month by month", words, *blocks)


# --- Italian regions --------------------------------------------------------------------------------------------------


def test_columns_that_start_and_stop(data: Path) -> None:
    table = pd.read_parquet(data / "italy_covid_regions" / "dpc-covid19-ita-regioni.parquet")
    table = table.assign(data=pd.to_datetime(table["data"]))
    found = presence(parityline.fingerprint(table, time="data", window="month"))
    lines = []
    for name, own in found.items():
        values = table.loc[table[name].notna(), "data"].dt.strftime("%Y-%m")
        expected = (values.min(), values.max()) if len(values) else (None, None)
        assert (own.first, own.last) == expected, name
        lines.append(f"{name:<40} {own.first} to {own.last}, {own.present} of {own.windows} months")
    assert found["casi_testati"].first == "2020-04"
    words = (
        "One row a region and day. The first and the last month in which each column has a value, as `parityline show` "
    )
    words += "gives them for a table with `time=`."
    page("italian-regions", "Italian regions: columns that start and stop", words, "\n".join(lines))


# --- the negative control ---------------------------------------------------------------------------------------------


def test_three_years_without_a_change(data: Path) -> None:
    folder = data / "acs_employment_ma"
    reference = pd.read_parquet(folder / "reference.parquet")
    reference["id"] = np.arange(len(reference))
    analysis = pd.read_parquet(folder / "analysis.parquet")
    target = pd.read_parquet(folder / "analysis_target.parquet")
    analysis = analysis.assign(id=np.arange(len(analysis)) + len(reference))
    later = analysis.merge(target, on="id")

    def run(rows: pd.DataFrame, environment: str) -> Record:
        with parityline.record("employment", environment=environment) as tap:
            features = rows.drop(columns=["employed", "prediction", "predicted_probability", "year"])
            tap.features("features", features, key="id")
            scored = rows[["id", "predicted_probability", "prediction"]]
            tap.predictions("employed", scored, key="id", score="predicted_probability", label="prediction",
                            inputs=["features"])  # fmt: skip
            actual = rows[["id", "employed"]]
            tap.outcomes("actual", actual, key="id", actual="employed", prediction="employed")
            tap.expect("accuracy", of="actual", at_least=0.82)
        return tap.record

    record, blocks = run(reference, "2015"), []
    for year in sorted(later["year"].unique()):
        verdict = parityline.verify(
            record, run(later[later["year"] == year].reset_index(drop=True), str(year)), rows="new"
        )
        assert verdict.status == "pass", told(verdict)
        blocks.append(f"{year}: {told(verdict)}")
    words = (
        "Predictions of a trained model on the census of 2016 to 2018, held against 2015. It does not degrade, and no "
    )
    words += "alarm may be raised."
    page("employment", "Employment: three years without a change", words, *blocks)
