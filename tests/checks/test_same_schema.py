from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest
from pairing import frame, pair, told

from parityline.checks import same_schema

TABLE = frame()
TABLE["count"] = range(len(TABLE))
TABLE["when"] = pd.date_range("2025-01-01", periods=len(TABLE), freq="h").astype("datetime64[ns]")


@pytest.mark.parametrize(
    ("production", "found"),
    [
        pytest.param(TABLE, [], id="the same columns"),
        pytest.param(TABLE.drop(columns="city"), [("column-missing", "city")], id="one is gone"),
        pytest.param(TABLE.assign(new=1), [("column-extra", "new")], id="one is new"),
        pytest.param(
            TABLE.rename(columns={"city": "town"}), [("column-missing", "city"), ("column-extra", "town")], id="renamed"
        ),
        pytest.param(TABLE.assign(count=TABLE["count"].astype(str)), [("type-differs", "count")], id="numbers as text"),
        pytest.param(
            TABLE.assign(when=TABLE["when"].dt.tz_localize("UTC")), [("type-differs", "when")], id="times with a zone"
        ),
        pytest.param(TABLE.assign(city=None), [], id="nothing but nulls has any type"),
        pytest.param(TABLE.assign(count=TABLE["count"].astype("int32")), [("type-widened", None)], id="int32"),
        pytest.param(TABLE.assign(count=TABLE["count"].astype("float64")), [("type-widened", None)], id="floats"),
        pytest.param(TABLE.assign(count=TABLE["count"].astype("int32") + 1), [], id="int32 with other values"),
        pytest.param(TABLE.assign(city=TABLE["city"].astype("category")), [("text-type", None)], id="categorical"),
        pytest.param(TABLE.assign(when=TABLE["when"].astype("datetime64[s]")), [("time-unit", None)], id="seconds"),
        pytest.param(TABLE[[*TABLE.columns[::-1]]], [("column-order-changed", None)], id="another order"),
    ],
)
def test_same_schema(production, found):
    assert told(same_schema(pair(TABLE, production))) == found


@pytest.mark.parametrize(
    ("production", "code", "severity"),
    [
        pytest.param(TABLE.assign(new=1), "column-extra", "warning", id="a new column"),
        pytest.param(TABLE.drop(columns="city"), "column-missing", "error", id="a lost column"),
        pytest.param(TABLE.assign(count=TABLE["count"].astype("int32")), "type-widened", "note", id="another width"),
        pytest.param(TABLE[[*TABLE.columns[::-1]]], "column-order-changed", "warning", id="another order"),
    ],
)
def test_severity(production, code, severity):
    assert [(f.code, f.severity) for f in same_schema(pair(TABLE, production))] == [(code, severity)]


def test_many_columns_of_another_width_are_one_note():
    wide = pd.DataFrame({f"x{i}": range(100) for i in range(20)})
    (finding,) = same_schema(pair(wide, wide.astype("int32"), key=None))
    assert len(finding.evidence["columns"]) == 20


def test_a_model_takes_columns_by_place():
    x = TABLE[["amount", "count"]]
    before, after = (
        pair_of_fit(x[names], TABLE["city"] == "Oslo") for names in (["amount", "count"], ["count", "amount"])
    )
    from pairing import pairs

    (found,) = [same for p in pairs(before, after) for same in same_schema(p)]
    assert (found.code, found.severity) == ("column-order-changed", "error")


def pair_of_fit(x, y):
    import parityline

    run = parityline.record("checks", environment="here")
    run.model("model", object(), fitted_on=(x, y))
    return run.record.stages["model"]


@pytest.mark.parametrize(
    "layout",
    [
        pytest.param(pa.string(), id="text"),
        pytest.param(pa.large_string(), id="large text"),
        pytest.param(pa.string_view(), id="text views"),
        pytest.param(pa.dictionary(pa.int32(), pa.string()), id="dictionary"),
    ],
)
def test_text_in_another_layout_is_at_most_a_note(layout):
    cells = pa.array(TABLE["city"].tolist())
    cells = cells.dictionary_encode() if pa.types.is_dictionary(layout) else cells.cast(layout)
    production = pa.table({"id": TABLE["id"].to_numpy(), "city": cells})
    assert told(same_schema(pair(TABLE[["id", "city"]], production))) in ([], [("text-type", None)])


@pytest.mark.parametrize(
    ("production", "found"),
    [
        pytest.param(TABLE.set_axis(range(7, len(TABLE) + 7)), ["table-metadata"], id="counted from 7"),
        pytest.param(TABLE.rename_axis("row"), ["table-metadata"], id="named"),
        pytest.param(TABLE.sample(frac=1, random_state=1), [], id="the rows moved with it"),
        pytest.param(TABLE.set_axis(range(7, len(TABLE) + 7)).assign(city="x"), [], id="and other values"),
        pytest.param(pa.Table.from_pandas(TABLE, preserve_index=False), [], id="a table without an index"),
    ],
)
def test_another_index_is_a_note_where_the_rows_are_equal(production, found):
    findings = [f for f in same_schema(pair(TABLE, production)) if f.code == "table-metadata"]
    assert [f.code for f in findings] == found
    assert all(f.severity == "note" for f in findings)
