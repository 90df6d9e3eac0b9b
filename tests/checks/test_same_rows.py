from __future__ import annotations

import pandas as pd
import pytest
from pairing import ROWS, codes, frame, pair

from parityline.checks import same_rows

TABLE = frame()
MORE = frame(seed=8, first_id=5_000)


@pytest.mark.parametrize(
    ("production", "found"),
    [
        pytest.param(TABLE, [], id="the same rows"),
        pytest.param(TABLE.sample(frac=1, random_state=1), [], id="another order"),
        pytest.param(TABLE.assign(amount=0.0), [], id="other values beside the same keys"),
        pytest.param(TABLE[3:], ["rows-missing"], id="three rows fewer"),
        pytest.param(TABLE[:0], ["rows-missing"], id="no rows at all"),
        pytest.param(pd.concat([TABLE, MORE[:3]]), ["rows-extra"], id="three rows more"),
        pytest.param(pd.concat([TABLE[3:], MORE[:3]]), ["rows-missing", "rows-extra"], id="three rows exchanged"),
        pytest.param(pd.concat([TABLE, TABLE[:3]]), ["duplicate-keys"], id="three rows twice"),
        pytest.param(
            pd.concat([TABLE[:-3], TABLE[:3]]), ["rows-missing", "duplicate-keys"], id="three lost, three twice"
        ),
    ],
)
def test_with_a_key(production, found):
    assert codes(same_rows(pair(TABLE, production))) == found


@pytest.mark.parametrize(
    ("production", "found"),
    [
        pytest.param(TABLE, [], id="the same rows"),
        pytest.param(TABLE.sample(frac=1, random_state=1), [], id="another order"),
        pytest.param(TABLE[3:], ["rows-missing"], id="three rows fewer"),
        pytest.param(pd.concat([TABLE, MORE[:3]]), ["rows-extra"], id="three rows more"),
        pytest.param(
            TABLE.assign(city=TABLE["city"].iloc[::-1].to_numpy()), ["rows-differ"], id="other rows of the same values"
        ),
        pytest.param(TABLE.assign(amount=0.0), [], id="other values are told by their column"),
        pytest.param(TABLE.rename(columns={"amount": "sum"}), [], id="other columns are told by the schema"),
    ],
)
def test_without_a_key(production, found):
    assert codes(same_rows(pair(TABLE, production, key=None))) == found


@pytest.mark.parametrize(
    ("production", "code", "rows"),
    [
        pytest.param(TABLE[7:], "rows-missing", 7, id="missing"),
        pytest.param(pd.concat([TABLE, MORE[:9]]), "rows-extra", 9, id="extra"),
        pytest.param(pd.concat([TABLE[7:], MORE[:9]]), "rows-extra", 9, id="extra, others missing"),
    ],
)
def test_small_tables_are_counted_exactly(production, code, rows):
    finding = next(f for f in same_rows(pair(TABLE, production)) if f.code == code)
    assert (finding.evidence["rows"], finding.evidence["exact"]) == (rows, True)
    assert finding.share == pytest.approx(rows / ROWS)


def test_keys_of_two_columns():
    production = TABLE.assign(city=TABLE["city"].where(TABLE["id"] != 5, "Vardo"))
    assert codes(same_rows(pair(TABLE, production, key=["id", "city"]))) == ["rows-missing", "rows-extra"]


def test_one_lost_row_of_many_is_found_outside_the_sample():
    table = pd.DataFrame({"id": range(20_000)})
    finding = next(same_rows(pair(table, table.drop(index=12_345))))
    assert (finding.code, finding.evidence["rows"], finding.evidence["exact"]) == ("rows-missing", 1, True)


def test_one_exchanged_key_of_many_is_found_outside_the_sample():
    table = pd.DataFrame({"id": range(20_000)})
    found = [codes(same_rows(pair(table, table.replace(row, -row)))) for row in (11, 222, 3_333, 12_345)]
    assert all(f in (["rows-differ"], ["rows-missing", "rows-extra"], ["rows-missing"], ["rows-extra"]) for f in found)
