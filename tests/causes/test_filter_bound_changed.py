"""`filter-bound-changed`: rows at the bound of a filter."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support import codes, first, frame, verified

import parityline
from parityline.causes.filter_bound_changed import CODE

START, WEEK = pd.Timestamp("2025-01-01"), pd.Timedelta("7D")
RESEARCH = frame("amount", "count", "city", "when").assign(day=lambda t: START + WEEK * ((t["when"] - START) // WEEK))
FIRST, LAST = RESEARCH["day"].min(), RESEARCH["day"].max()
MIDNIGHT = RESEARCH.assign(at=lambda t: t["when"].where(t["id"] % 60 > 0, pd.Timestamp("2025-02-01")))


@pytest.mark.parametrize(
    ("before", "after", "column", "end"),
    [
        pytest.param(RESEARCH, RESEARCH[RESEARCH["day"] > FIRST], "day", "minimum", id="> for >="),
        pytest.param(RESEARCH, RESEARCH[RESEARCH["day"] < LAST], "day", "maximum", id="< for <="),
        pytest.param(RESEARCH[RESEARCH["day"] > FIRST], RESEARCH, "day", "minimum", id=">= for >"),
        pytest.param(
            RESEARCH.assign(count=RESEARCH["count"].clip(50)),
            RESEARCH.assign(count=RESEARCH["count"].clip(50))[RESEARCH["count"] > 50],
            "count",
            "minimum",
            id="a number",
        ),
    ],
)
def test_one_end_is_named(before, after, column, end):
    finding = first(before, after)
    assert (finding.code, finding.evidence["column"], finding.evidence["end"]) == (CODE, column, end)
    assert finding.evidence["rows"] == abs(len(before) - len(after))


def test_rows_that_two_months_count_are_named():
    months = MIDNIGHT[MIDNIGHT["at"] <= "2025-02-01"], MIDNIGHT[MIDNIGHT["at"] >= "2025-02-01"]
    finding = first(MIDNIGHT, pd.concat(months))
    assert (finding.code, finding.evidence["bounds"]) == (CODE, ["2025-02-01"])
    assert finding.evidence["rows"] == (MIDNIGHT["at"] == "2025-02-01").sum()


def of_many_rows(midnights, first=9_000):
    """20,000 rows at seconds of one year, of which so many stand at one midnight."""
    at = pd.Timestamp("2025-01-01") + pd.to_timedelta(np.arange(20_000) * 1_500 + 7, unit="s")
    table = pd.DataFrame({"id": np.arange(20_000), "at": at})
    table.loc[first : first + midnights - 1, "at"] = pd.Timestamp("2025-06-10")
    return table


@pytest.mark.parametrize("midnights", [5, 12])
def test_rows_at_a_bound_are_named_by_their_number_where_the_sample_has_few_of_them(midnights):
    table = of_many_rows(midnights)
    months = table[table["at"] <= "2025-06-10"], table[table["at"] >= "2025-06-10"]
    finding = first(table, pd.concat(months))
    assert (finding.code, finding.evidence["rows"], finding.evidence["column"]) == (CODE, midnights, "at")


def test_the_bound_is_not_told_where_the_sample_has_none_of_its_rows():
    whole = of_many_rows(0)
    sampled = set(parityline.fingerprint(whole, key="id").state.sample.columns[1].tolist())
    first_row = next(i for i in range(9_000, 15_000) if not sampled & set(range(i, i + 5)))
    table = of_many_rows(5, first_row)
    finding = first(table, pd.concat([table[table["at"] <= "2025-06-10"], table[table["at"] >= "2025-06-10"]]))
    assert (finding.code, finding.evidence["bounds"]) == (CODE, [])
    assert "5 rows with `at` at the first instants of days are counted twice" in finding.sentence


def test_as_many_rows_at_other_instants_are_no_bound():
    table = of_many_rows(12)
    verdict = verified(table, pd.concat([table, table[8_995:9_007]]))
    assert verdict.first.code == "duplicate-keys"
    assert CODE not in codes(verdict)


@pytest.mark.parametrize(
    ("production", "keywords"),
    [
        pytest.param(RESEARCH[(RESEARCH["day"] > FIRST) & (RESEARCH["id"] != 77)], {}, id="and one row more"),
        pytest.param(RESEARCH[RESEARCH["day"] > FIRST + pd.Timedelta("7D")], {}, id="two weeks"),
        pytest.param(RESEARCH[RESEARCH["city"] != "Bergen"], {}, id="a category"),
        pytest.param(RESEARCH[RESEARCH["amount"] > RESEARCH["amount"].min()], {}, id="one row that is the smallest"),
        pytest.param(RESEARCH.sample(frac=0.9, random_state=3), {}, id="here and there"),
        pytest.param(RESEARCH[RESEARCH["day"] > FIRST], {"partition": "day"}, id="a whole partition"),
        pytest.param(pd.concat([RESEARCH, RESEARCH[RESEARCH["id"] % 60 == 0]]), {}, id="other rows twice"),
    ],
)
def test_is_not_named(production, keywords):
    verdict = verified(RESEARCH, production, **keywords)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def test_few_categories_have_no_bound():
    research = RESEARCH.assign(kind=np.arange(2_000) % 5)
    assert CODE not in codes(verified(research, research[research["kind"] > 0]))


def test_the_first_time_of_a_composite_key_behind_a_filter():
    hours = pd.date_range("2025-01-01", periods=200, freq="12h")
    grid = pd.DataFrame([(at, own) for at in hours for own in range(21)], columns=["at", "region"])
    grid["value"] = np.random.default_rng(1).normal(size=len(grid)).round(3)

    def run(environment, kept):
        with parityline.record("grid", environment=environment) as made:
            made.source("raw", grid, key=["region", "at"], partition="at:day")
            made.etl("kept", kept, key=["region", "at"], partition="at:day", inputs=["raw"])
        return made.record

    start = grid["at"].min()
    verdict = parityline.verify(run("research", grid[grid["at"] >= start]), run("production", grid[grid["at"] > start]))
    assert (verdict.first.stage, verdict.first.code) == ("kept", CODE)
    assert verdict.first.evidence["column"] == "at"


def test_what_missing_values_were_filled_with_is_no_bound():
    raw = RESEARCH.assign(amount=RESEARCH["amount"].abs().where(RESEARCH["id"] % 9 > 0))

    def run(environment, made_of):
        with parityline.record("fills", environment=environment) as made:
            made.source("raw", raw, key="id")
            made.etl("kept", made_of.assign(amount=made_of["amount"].fillna(0.0)), key="id", inputs=["raw"])
        return made.record

    verdict = parityline.verify(run("research", raw), run("production", raw.dropna(subset=["amount"])))
    assert (verdict.first.stage, verdict.first.code) == ("kept", "null-rows-dropped")
