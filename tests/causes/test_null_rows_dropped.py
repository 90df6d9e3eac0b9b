"""`null-rows-dropped`: the rows, or the group, of a missing value are gone and no others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support import codes
from two_stages import RAW, compared, found

from parityline.causes.null_rows_dropped import CODE

CITY = RAW["city"].where(RAW["id"] % 9 > 0)
SOURCE = RAW.assign(city=CITY)


def grouped(**keywords):
    return SOURCE.groupby("city", **keywords)["amount"].sum().reset_index()


def test_the_group_of_missing_keys():
    finding = found(compared(grouped(dropna=False), grouped(), source=SOURCE, key="city"))
    assert (finding.code, finding.evidence["of"], finding.evidence["exact"]) == (CODE, "city", True)


@pytest.mark.parametrize("key", ["id", None])
@pytest.mark.parametrize("name", ["city", "gaps"])
def test_rows_with_a_missing_value_of_the_table(key, name):
    table = SOURCE[["id", name, "age"]]
    finding = found(compared(table, table.dropna(), key=key))
    assert (finding.code, finding.evidence["of"]) == (CODE, name)
    assert finding.evidence["rows"] == int(table[name].isna().sum())


def test_a_filter_on_a_column_that_only_the_input_has():
    table = SOURCE[["id", "age"]]
    finding = found(compared(table, table[CITY.notna()], source=SOURCE))
    assert (finding.code, finding.evidence["of"]) == (CODE, "raw.city")


@pytest.mark.parametrize(
    ("after", "code"),
    [
        pytest.param(SOURCE[["id", "city"]][RAW["id"] % 9 != 4], "rows-lost", id="as many others"),
        pytest.param(SOURCE[["id", "city"]][CITY.notna() | (RAW["id"] < 900)], None, id="some of them"),
        pytest.param(SOURCE[["id", "city"]][CITY.notna() & (CITY != "Vardo")], None, id="Vardo too"),
    ],
)
def test_is_not_named(after, code):
    verdict = compared(SOURCE[["id", "city"]], after, source=SOURCE)
    assert CODE not in codes(verdict)
    assert code is None or found(verdict).code == code


def test_one_row_that_is_gone_proves_nothing():
    table = pd.DataFrame({"id": np.arange(60), "x": np.where(np.arange(60) == 7, np.nan, 1.5)})
    assert CODE not in codes(compared(table, table[table["id"] != 7]))
