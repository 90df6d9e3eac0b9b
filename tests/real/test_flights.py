"""The whole product on the flights out of New York: equal runs pass, every fault is found first where it was made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from flights import SCALED, STAGES, WEATHER_KEY, Change, Constants, Frame, Tables, by_hash, read, record
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

import parityline
from parityline import Finding, Verdict

SOURCES = STAGES[:5]
Production = Callable[[Change], Path]


def on(column: str, function: Callable[[pd.Series], Any]) -> Callable[[Frame], Frame]:
    """A change of one column."""
    return lambda frame: frame.assign(**{column: function(frame[column])})


def shuffled(values: pd.Series) -> Any:
    """The same values on other rows."""
    return np.random.default_rng(7).permutation(values.to_numpy())


def told(verdict: Verdict) -> str:
    """What a failing assertion should show: every finding in a line."""
    return "\n".join(
        f"{f.stage} {f.column or ''} {f.code} {f.severity} {f.origin} from {f.inherited_from}: {f.sentence}"
        for f in verdict.findings
    )


def new(verdict: Verdict) -> list[Finding]:
    """The findings that began where they stand."""
    return [f for f in verdict.findings if f.origin == "new"]


def assert_found_at_home(verdict: Verdict, stage: str, codes: str | Iterable[str], column: str | None = None) -> None:
    """The headline is this one, what does not depend on the stage passes, and nothing is new anywhere else."""
    codes = {codes} if isinstance(codes, str) else set(codes)
    assert verdict.status == "fail", told(verdict)
    assert verdict.first is not None
    assert verdict.first.stage == stage, told(verdict)
    assert verdict.first.code in codes, told(verdict)
    if column is not None:
        assert verdict.first.column == column, told(verdict)
    clean = {*STAGES[: STAGES.index(stage)], *(SOURCES if stage in SOURCES else ())} - {stage}
    assert {s.name: s.status for s in verdict.stages if s.name in clean} == dict.fromkeys(clean, "pass"), told(verdict)
    assert {f.stage for f in new(verdict)} == {stage}, told(verdict)


# --- runs that are equal --------------------------------------------------------------------------------------------


def test_research_against_research_has_no_finding(flights_data: Tables, research_full: Path, tmp_path: Path) -> None:
    verdict = parityline.verify(research_full, record(flights_data, tmp_path / "again.parity"))
    assert (verdict.status, verdict.findings, verdict.unchecked) == ("pass", (), ()), told(verdict)
    assert [s.name for s in verdict.stages if s.status == "pass"] == list(STAGES)
    assert verdict.stages[0].rows == (336_776, 336_776)


def test_shuffled_and_rewritten_sources_give_notes_only(
    flights_data: Tables, research_full: Path, tmp_path: Path
) -> None:
    def rewritten(name: str, frame: Frame) -> Frame:
        """Through a file of other compression and row groups, the rows in another order."""
        table = pa.Table.from_pandas(frame.sample(frac=1.0, random_state=3), preserve_index=False)
        pq.write_table(table, tmp_path / f"{name}.parquet", compression="gzip", row_group_size=9_999)
        return pd.read_parquet(tmp_path / f"{name}.parquet")

    tables = Tables(**{name: rewritten(name, getattr(flights_data, name)) for name in SOURCES})
    verdict = parityline.verify(research_full, record(tables, tmp_path / "shuffled.parity", environment="production"))
    assert verdict.status == "pass", told(verdict)
    assert {f.severity for f in verdict.findings} == {"note"}, told(verdict)
    assert {f.code for f in verdict.findings} <= {"row-order", "file-layout", "text-type", "type-widened", "time-unit"}
    assert {f.stage for f in verdict.findings if f.code == "row-order"} == set(SOURCES), told(verdict)
    assert all(s.status == "pass" for s in verdict.stages)


def test_another_layout_of_the_files_is_a_note(flights_data: Tables, tmp_path: Path) -> None:
    """A tap that is given the path of a file sees its bytes too."""
    records = []
    for number, options in enumerate(({"compression": "zstd"}, {"compression": "gzip", "row_group_size": 50_000})):
        path = tmp_path / f"{number}.parquet"
        pq.write_table(pa.Table.from_pandas(flights_data.weather, preserve_index=False), path, **options)
        with parityline.record("weather", environment=str(number), to=tmp_path / f"{number}.parity") as run:
            run.source("weather", path)
        records.append(tmp_path / f"{number}.parity")
    verdict = parityline.verify(*records)
    assert verdict.status == "pass", told(verdict)
    assert [(f.code, f.severity) for f in verdict.findings] == [("file-layout", "note")], told(verdict)


# --- one fault each -------------------------------------------------------------------------------------------------


def fahrenheit_to_celsius(weather: Frame) -> Frame:
    return weather.assign(temp=(weather["temp"] - 32.0) * 5.0 / 9.0)


def without_month(month: int) -> Callable[[Frame], Frame]:
    return lambda flights: flights[flights["month"] != month]


def month_twice(month: int) -> Callable[[Frame], Frame]:
    return lambda flights: pd.concat([flights, flights[flights["month"] == month]], ignore_index=True)


def in_utc(times: pd.Series) -> pd.Series:
    """Times of New York, taken for what they are and written in UTC without saying so."""
    zoned = times.dt.tz_localize("America/New_York", ambiguous="NaT", nonexistent="shift_forward")
    return zoned.dt.tz_convert("UTC").dt.tz_localize(None)


def one_value(column: str, value: float) -> Callable[[Frame], Frame]:
    def damaged(frame: Frame) -> Frame:
        values = frame[column].to_numpy(copy=True)
        values[len(values) // 2] = value
        return frame.assign(**{column: values})

    return damaged


def this_batchs_mean(column: str) -> Callable[[Constants, Frame], Constants]:
    return lambda constants, joined: replace(constants, means={**constants.means, column: float(joined[column].mean())})


def refitted_scaler(column: str) -> Callable[[Constants, Frame], Constants]:
    def refitted(constants: Constants, joined: Frame) -> Constants:
        filled = joined[column].fillna(constants.means[column])
        centre, scale = float(filled.mean()), float(filled.std(ddof=0))
        return replace(
            constants,
            centres={**constants.centres, column: centre},
            scales={**constants.scales, column: scale},
        )

    return refitted


def exchanged_codes(column: str, a: str, b: str) -> Callable[[Constants, Frame], Constants]:
    def exchanged(constants: Constants, joined: Frame) -> Constants:
        swap = {a: b, b: a}
        known = [swap.get(value, value) for value in constants.categories[column]]
        return replace(constants, categories={**constants.categories, column: known})

    return exchanged


def overlapping(labelled: Frame) -> dict[str, Frame]:
    parts = by_hash(labelled)
    return {**parts, "train": pd.concat([parts["train"], parts["test"].head(300)]).sort_values("flight_id")}


def from_another_year(model: LogisticRegression) -> LogisticRegression:
    """A model of the same class and parameters that was fitted on other data."""
    model.coef_ = model.coef_ * 1.01
    return model


CELSIUS = Change(weather=fahrenheit_to_celsius)
ONE_DISTANCE = Change(flights=one_value("distance", 7777.0))
SHUFFLED_LABELS = Change(outcomes=on("is_late", shuffled))

SOURCE_FAULTS = [
    pytest.param(Change(flights=without_month(7)), "flights", "partition-lost", None, id="a month lost"),
    pytest.param(Change(flights=month_twice(2)), "flights", "partition-loaded-twice", None, id="a month loaded twice"),
    pytest.param(
        Change(flights=on("dep_delay", lambda x: x.fillna(-999.0))),
        "flights", "null-became-sentinel", "dep_delay", id="missing delays became -999",
    ),
    pytest.param(
        Change(flights=on("departure", in_utc)),
        "flights", "time-zone-shift", "departure", id="departure in UTC instead of New York",
    ),
    pytest.param(
        Change(flights=lambda f: f[f["flight_id"].rank() % 599 != 5]),
        "flights", "rows-lost", None, id="100 flights lost on the way",
    ),
    pytest.param(
        ONE_DISTANCE,
        "flights", "few-values-damaged", "distance", id="one distance damaged",
    ),
    pytest.param(
        CELSIUS, "weather", "unit-changed", "temp", id="temperature in Celsius"
    ),
    pytest.param(
        Change(weather=on("humid", lambda x: x.round(0))), "weather", "rounded", "humid", id="humidity rounded"
    ),
    pytest.param(
        Change(weather=on("time_hour", lambda x: x + pd.Timedelta(hours=5))),
        "weather", {"shifted-by-constant", "time-zone-shift"}, "time_hour", id="weather five hours off",
    ),
    pytest.param(
        Change(unique_hours=lambda f: f.sample(frac=1.0, random_state=3).drop_duplicates(WEATHER_KEY)),
        "weather", {"values-differ", "few-values-damaged"}, None, id="the first of doubled hours in any order",
    ),
    pytest.param(
        Change(planes=lambda f: f.rename(columns={"seats": "seat_count"})),
        "planes", "column-renamed", "seats", id="a column renamed",
    ),
    pytest.param(
        Change(planes=on("engine", lambda x: x.str.upper())),
        "planes", "text-case-changed", "engine", id="engines in upper case",
    ),
    pytest.param(
        Change(airports=lambda f: f.rename(columns={"lat": "lon", "lon": "lat"})[list(f)]),
        "airports", "columns-exchanged", "lat", id="latitude and longitude exchanged",
    ),
    pytest.param(
        Change(airports_query="select * from airports where alt >= 10"),
        "airports", {"rows-missing", "rows-lost"}, None, id="a filter in the query of the airports",
    ),
    pytest.param(
        Change(airlines=on("name", lambda x: x.str.ljust(40))),
        "airlines", "text-padded", "name", id="airline names padded",
    ),
]  # fmt: skip

LATER_FAULTS = [
    pytest.param(
        Change(joined=on("wind_speed", lambda x: x.astype("float32").astype("float64"))),
        "joined", "stored-as-float32", "wind_speed", id="wind stored in single precision",
    ),
    pytest.param(
        Change(joined=on("temp", shuffled)), "joined", "values-on-wrong-rows", "temp", id="temperature misaligned"
    ),
    pytest.param(
        Change(joined=lambda f: f[f["plane_year"].notna()]),
        "joined", {"null-rows-dropped", "unmatched-rows-dropped"}, None, id="an inner join",
    ),
    pytest.param(
        Change(constants=this_batchs_mean("seats")),
        "features", "imputed-with-other-constant", "seats", id="seats filled with this batch's mean",
    ),
    pytest.param(
        Change(constants=refitted_scaler("temp")), "features", "scaler-refitted", "temp", id="scaler refitted"
    ),
    pytest.param(
        Change(constants=exchanged_codes("carrier", "AA", "UA")),
        "features", {"categories-exchanged", "recoded"}, "carrier_code", id="codes of two carriers exchanged",
    ),
    pytest.param(
        Change(features=on("log_distance", lambda x: np.log1p(np.exp(x)))),
        "features", "logarithm-changed", "log_distance", id="log1p for log",
    ),
    pytest.param(
        Change(features=on("weekday", lambda x: x + 1)),
        "features", "shifted-by-constant", "weekday", id="Monday is 1",
    ),
    pytest.param(Change(split=overlapping), "split", "split-parts-overlap", None, id="train and test overlap"),
    pytest.param(
        Change(parameters={"C": 0.01}), "model", {"model-differs", "other-model-served"}, None, id="other parameters"
    ),
    pytest.param(
        Change(model=from_another_year), "model", {"model-differs", "other-model-served"}, None, id="another model"
    ),
    pytest.param(
        Change(predictions=on("p_late", lambda p: 1.0 - p)),
        "predictions", "wrong-output-served", "p_late", id="the other class",
    ),
    pytest.param(
        Change(predictions=on("p_late", shuffled)),
        "predictions", "values-on-wrong-rows", "p_late", id="predictions on the wrong rows",
    ),
    pytest.param(
        Change(predictions=on("p_late", lambda p: p.round(2))),
        "predictions", "rounded", "p_late", id="predictions rounded",
    ),
    pytest.param(
        SHUFFLED_LABELS,
        "outcomes", "labels-unrelated", "is_late", id="labels on the wrong rows",
    ),
    pytest.param(
        Change(weather=lambda f: f.drop(columns="pressure")),
        "weather", "variable-unavailable", "pressure", id="a variable gone",
    ),
    pytest.param(
        Change(weather=on("wind_speed", lambda x: np.nan)),
        "weather", "variable-unavailable", "wind_speed", id="a variable without values",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "stage", "codes", "column"), SOURCE_FAULTS + LATER_FAULTS)
def test_a_fault_is_found_first_at_its_own_stage(
    research: Path, production: Production, change: Change, stage: str, codes: str | set[str], column: str | None
) -> None:
    assert_found_at_home(parityline.verify(research, production(change)), stage, codes, column)


@pytest.mark.parametrize(
    ("change", "codes", "column", "rows"),
    [
        pytest.param(Change(flights=without_month(7)), "partition-lost", None, (336_776, 307_351), id="July is lost"),
        pytest.param(
            Change(flights=on("dep_delay", lambda x: x.fillna(-999.0))),
            "null-became-sentinel", "dep_delay", (336_776, 336_776), id="8,255 missing delays became -999",
        ),
    ],
)  # fmt: skip
def test_a_fault_is_found_among_all_flights(
    flights_data: Tables,
    research_full: Path,
    tmp_path: Path,
    change: Change,
    codes: str,
    column: str | None,
    rows: tuple[int, int],
) -> None:
    path = record(flights_data, tmp_path / "production.parity", change, environment="production")
    verdict = parityline.verify(research_full, path)
    assert_found_at_home(verdict, "flights", codes, column)
    assert verdict.stages[0].rows == rows


def test_a_seeded_split_of_rows_in_another_order_is_found_at_the_split(flights_subset: Tables, tmp_path: Path) -> None:
    def seeded(labelled: Frame, order: Any = None) -> dict[str, Frame]:
        places = np.arange(len(labelled)) if order is None else order
        train, test = train_test_split(places, train_size=0.3, test_size=0.2, random_state=20)
        return {"train": labelled.iloc[np.sort(train)], "test": labelled.iloc[np.sort(test)]}

    def otherwise(labelled: Frame) -> dict[str, Frame]:
        return seeded(labelled, np.argsort(labelled["log_distance"].to_numpy(), kind="stable"))

    reference = record(flights_subset, tmp_path / "research.parity", Change(split=seeded))
    observed = record(flights_subset, tmp_path / "production.parity", Change(split=otherwise))
    assert_found_at_home(parityline.verify(reference, observed), "split", "split-differs")


def test_an_expectation_that_is_not_met_is_found_at_the_outcomes(flights_subset: Tables, tmp_path: Path) -> None:
    """The runs are equal; what research promised is more than the model gives."""
    path = record(flights_subset, tmp_path / "research.parity", Change(least_auc=0.99))
    verdict = parityline.verify(path, path)
    assert_found_at_home(verdict, "outcomes", "metric-below-expectation")
    assert verdict.first is not None
    assert "0.99" in verdict.first.sentence


def test_shuffled_labels_break_the_expectation_too(research: Path, production: Production) -> None:
    verdict = parityline.verify(research, production(SHUFFLED_LABELS))
    assert {f.code for f in verdict.findings if f.stage == "outcomes"} >= {
        "labels-unrelated",
        "metric-below-expectation",
    }


# --- rows of the requirements ---------------------------------------------------------------------------------------


def test_s0_4_what_follows_a_fault_in_the_weather_is_inherited_from_it(research: Path, production: Production) -> None:
    verdict = parityline.verify(research, production(CELSIUS))
    later = [f for f in verdict.findings if f.stage != "weather" and f.severity != "note"]
    assert verdict.first is not None
    assert verdict.first.stage == "weather"
    assert {f.stage for f in later} >= {"joined", "features", "split", "model", "predictions"}, told(verdict)
    assert {f.inherited_from for f in later} == {"weather"}, told(verdict)
    assert {f.origin for f in later} <= {"inherited", "undecided"}, told(verdict)
    joined = next(f for f in later if f.stage == "joined")
    assert (joined.column, joined.origin) == ("temp", "inherited"), told(verdict)


def test_s0_5_a_second_fault_behind_the_first_is_new_at_home(research: Path, production: Production) -> None:
    change = Change(weather=fahrenheit_to_celsius, constants=this_batchs_mean("seats"))
    verdict = parityline.verify(research, production(change))
    assert verdict.first is not None
    assert verdict.first.stage == "weather"
    assert {(f.stage, f.column) for f in new(verdict)} == {("weather", "temp"), ("features", "seats")}, told(verdict)


def test_s0_5_a_fault_in_the_weather_alone_leaves_nothing_new_in_the_features(
    research: Path, production: Production
) -> None:
    verdict = parityline.verify(research, production(CELSIUS))
    features = [f for f in verdict.findings if f.stage == "features"]
    assert [f.column for f in features] == ["temp"], told(verdict)
    assert features[0].origin == "inherited", told(verdict)
    # a standardised column is the same in every unit but for its last bits: what differs is rounding, and is counted
    evidence = features[0].evidence
    assert features[0].share == evidence["sampled_changed"] / evidence["sampled"] > 0
    assert abs(evidence["total_moved"]) < 1e-12


def test_s1_1_one_value_is_found_with_its_column(research: Path, production: Production) -> None:
    verdict = parityline.verify(research, production(ONE_DISTANCE))
    assert verdict.first is not None
    assert (verdict.first.stage, verdict.first.column) == ("flights", "distance"), told(verdict)
    assert verdict.first.found == 7777.0, told(verdict)


def test_s2_1_equal_features_heal_no_source(research: Path, production: Production) -> None:
    """The names of the airlines are joined, and no feature takes them."""
    verdict = parityline.verify(research, production(Change(airlines=on("name", lambda x: x.str.lower()))))
    assert_found_at_home(verdict, "airlines", "text-case-changed", "name")
    status = {s.name: s.status for s in verdict.stages}
    assert (status["joined"], status["features"], status["model"]) == ("fail", "pass", "pass"), told(verdict)


@pytest.mark.parametrize(
    ("fitted_on", "codes", "column"),
    [
        pytest.param(
            lambda f: f.rename(columns={"temp": "pressure", "pressure": "temp"})[list(f)],
            {"columns-exchanged"}, "temp", id="two columns exchanged",
        ),
        pytest.param(
            lambda f: f[["temp" if c == "pressure" else "pressure" if c == "temp" else c for c in f]],
            {"column-order-changed"}, None, id="two columns at each other's place",
        ),
        pytest.param(
            lambda f: f.astype(dict.fromkeys(SCALED, "float32")),
            {"stored-as-float32"}, "temp", id="cast to single precision",
        ),
        pytest.param(lambda f: f.iloc[100:], {"rows-missing", "rows-lost"}, None, id="100 rows dropped"),
    ],
)  # fmt: skip
def test_s3_7_what_fit_received_is_held_against_the_reference(
    research: Path, production: Production, fitted_on: Callable[[Frame], Frame], codes: set[str], column: str | None
) -> None:
    verdict = parityline.verify(research, production(Change(fitted_on=fitted_on)))
    assert verdict.status == "fail"
    assert verdict.first is not None
    assert verdict.first.stage == "model", told(verdict)
    named = [f for f in new(verdict) if f.stage == "model" and f.code in codes]
    assert named, told(verdict)
    if column is not None:
        assert column in {f.column for f in named} | {f.evidence.get("also") for f in named}, told(verdict)
    if codes & {"rows-missing"}:
        assert "100" in named[0].sentence, told(verdict)
    status = {s.name: s.status for s in verdict.stages}
    assert {name: status[name] for name in STAGES[:8]} == dict.fromkeys(STAGES[:8], "pass")


def test_s4_1_predictions_that_are_no_numbers_are_counted(research: Path, production: Production) -> None:
    def damaged(predictions: Frame) -> Frame:
        scores = predictions["p_late"].to_numpy(copy=True)
        places = np.random.default_rng(11).choice(len(scores), 221, replace=False)
        scores[places[:212]], scores[places[212:217]], scores[places[217:]] = np.nan, np.inf, -np.inf
        return predictions.assign(p_late=scores)

    verdict = parityline.verify(research, production(Change(predictions=damaged)))
    assert (verdict.status, verdict.exit_code) == ("fail", 1)
    said = "212 are NaN and 9 are infinite"
    counted = [f for f in verdict.findings if f.stage == "predictions" and said in f.sentence]
    assert counted, told(verdict)
    assert counted[0].column == "p_late"
    assert (counted[0].evidence["observed"]["NaN"], counted[0].evidence["observed"]["infinite"]) == (212, 9)
    assert {f.stage for f in new(verdict)} <= {"predictions", "outcomes"}, told(verdict)
    assert verdict.first is not None
    assert verdict.first.stage == "predictions"


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_s4_1_a_column_of_nothing_but_no_numbers_breaks_nothing(
    research: Path, production: Production, value: float
) -> None:
    verdict = parityline.verify(research, production(Change(predictions=on("p_late", lambda p: value))))
    assert verdict.first is not None
    assert (verdict.first.stage, verdict.first.column) == ("predictions", "p_late"), told(verdict)
    assert verdict.to_json()


@pytest.fixture(scope="module")
def italy(italy_folder: Path) -> Frame:
    return pd.read_parquet(italy_folder / "dpc-covid19-ita-regioni.parquet")


def regions(frame: Frame, to: Path) -> Path:
    """A run whose only stage is the table of the regions."""
    with parityline.record("italy", environment=to.stem, to=to) as run:
        run.source("regions", frame, key=["data", "denominazione_regione"], time="data")
    return to


@pytest.mark.parametrize(
    ("change", "code", "column"),
    [
        pytest.param(
            lambda f: f.drop(columns="casi_testati"), "variable-unavailable", "casi_testati", id="a variable is gone"
        ),
        pytest.param(
            lambda f: f.assign(ingressi_terapia_intensiva=np.nan),
            "variable-unavailable", "ingressi_terapia_intensiva", id="a variable is empty",
        ),
        pytest.param(
            lambda f: f.rename(columns={"tamponi": "tamponi_totali"}),
            "column-renamed", "tamponi", id="a variable is renamed",
        ),
    ],
)  # fmt: skip
def test_s6_1_a_missing_variable_is_named(
    italy: Frame, tmp_path: Path, change: Callable[[Frame], Frame], code: str, column: str
) -> None:
    verdict = parityline.verify(
        regions(italy, tmp_path / "research.parity"), regions(change(italy), tmp_path / "production.parity")
    )
    assert verdict.first is not None, told(verdict)
    assert (verdict.first.code, verdict.first.column) == (code, column), told(verdict)
    assert [f.code for f in verdict.findings if f.severity == "error"] == [code], told(verdict)


def test_s6_1_variables_that_really_ended_are_named_in_new_rows(italy: Frame, tmp_path: Path) -> None:
    """Cases by suspicion and by screening were counted until December 2020."""
    autumn, winter = italy[italy["data"] < "2020-12-01"], italy[italy["data"] >= "2021-01-15"]
    verdict = parityline.verify(
        regions(autumn[autumn["data"] >= "2020-07-01"], tmp_path / "research.parity"),
        regions(winter, tmp_path / "production.parity"),
    )
    ended = {"casi_da_sospetto_diagnostico", "casi_da_screening"}
    assert verdict.status == "fail"
    assert {f.column for f in verdict.findings if f.code == "variable-unavailable"} == ended, told(verdict)


def test_the_files_are_those_that_the_pipeline_was_written_for(flights_data: Tables) -> None:
    assert len(flights_data.flights) == 336_776
    assert flights_data.flights["flight_id"].is_unique
    pd.testing.assert_frame_equal(flights_data.flights, read().flights)
