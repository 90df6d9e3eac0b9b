"""`quoting-misread`: records broken by a delimiter or a line break."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd
import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.quoting_misread import CODE

RNG = np.random.default_rng(3)
BROKEN = RNG.choice(2_000, 17, replace=False)


def comments(mark):
    table = frame("city", "amount", "flag", "when")
    notes = np.array(["fine"] * 2_000, dtype=object)
    notes[BROKEN] = [f"well{mark}more of {i % 3}" for i in range(17)]
    table.insert(2, "comment", notes)
    return table


def unquoted(table, **options):
    """Written without quotes, and read by a reader that fills what is missing and drops what is too much."""
    text = "\n".join([",".join(table.columns), *(",".join(map(str, row)) for row in table.to_numpy().tolist())])
    rows = [(row + [""] * 9)[: len(table.columns)] for row in csv.reader(io.StringIO(text))]
    again = io.StringIO()
    csv.writer(again).writerows(rows)
    return pd.read_csv(io.StringIO(again.getvalue()), **options)


RESEARCH = comments(", ")


def test_a_delimiter_is_named_in_every_column_behind_it():
    verdict = verified(RESEARCH, unquoted(RESEARCH, parse_dates=["when"]))
    named = {f.column: f.code for f in verdict.findings if f.severity == "error"}
    assert named.keys() == {"comment", "amount", "flag", "when"}
    assert set(named.values()) == {CODE}
    assert verdict.first.evidence["shifted"] == 17
    assert verdict.first.evidence["columns"] == ["comment"]


def test_two_delimiters_in_one_field_are_named():
    research = comments(", well, ")
    assert first(research, unquoted(research)).code == CODE


@pytest.mark.parametrize("keywords", [{}, {"key": None}, {"rows": "same"}], ids=["by key", "no key", "same rows"])
def test_a_line_break_is_named(keywords):
    research = comments("\n")
    finding = first(research, unquoted(research), **keywords)
    assert (finding.code, finding.evidence["records"], finding.evidence["column"]) == (CODE, 17, "comment")


@pytest.mark.parametrize("mark", [";", "\n"])
def test_rows_that_the_reader_skipped_are_named(mark):
    research = comments(mark)
    finding = first(research, research.drop(BROKEN))
    assert (finding.code, finding.evidence["rows"], finding.evidence["mark"]) == (CODE, 17, mark)


def shifted_by_hand(start):
    """The values of the broken rows one column to the right, the comment as it was."""
    table = RESEARCH.astype({"amount": object, "flag": object, "when": object})
    names = list(table.columns)[start:]
    table.loc[BROKEN, names[1:]] = table.loc[BROKEN, names[:-1]].to_numpy()
    return table.astype({"amount": str, "flag": str, "when": str})


@pytest.mark.parametrize(
    "production",
    [
        pytest.param(changed(RESEARCH, comment=lambda c: c.str.split(",").str[0]), id="cut at the comma"),
        pytest.param(changed(RESEARCH, amount=lambda c: c.astype(str)), id="a number as text"),
        pytest.param(shifted_by_hand(2), id="moved, but nothing was split"),
        pytest.param(RESEARCH.drop(BROKEN[:9]), id="half of the rows with a comma are missing"),
        pytest.param(RESEARCH.drop(range(20)), id="other rows are missing"),
        pytest.param(
            pd.concat([RESEARCH, pd.DataFrame({"id": range(5_000, 5_017)})]), id="more rows that hold a key alone"
        ),
    ],
)
def test_is_not_named(production):
    verdict = verified(RESEARCH, production)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)
