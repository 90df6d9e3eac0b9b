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
    rows = [(row + [""] * 12)[: len(table.columns)] for row in csv.reader(io.StringIO(text))]
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


def with_types(table):
    """What a reader with types makes of it: nothing, where a field cannot be read as the type of its column."""
    numbers = pd.to_numeric(table["amount"], errors="coerce")
    flags = table["flag"].astype("str").map({"True": True, "False": False}).astype("object")
    times = pd.to_datetime(table["when"], errors="coerce", format="mixed").astype(RESEARCH["when"].dtype)
    return table.assign(amount=numbers, flag=flags, when=times, id=pd.to_numeric(table["id"], errors="coerce"))


def wide(mark):
    table = comments(mark)
    return table.assign(origin=table["city"], route=table["city"] + " - " + table["city"])


@pytest.mark.parametrize("level", ["standard", "open"])
def test_a_delimiter_is_named_where_the_reader_knows_types(level):
    research = wide(", ")
    verdict = verified(research, with_types(unquoted(research)), privacy=level)
    named = {f.column: f.code for f in verdict.findings if f.severity == "error"}
    assert named.keys() == {"comment", "amount", "flag", "when", "origin", "route"}
    assert set(named.values()) == {CODE}


@pytest.mark.parametrize("level", ["standard", "open"])
def test_a_line_break_is_named_where_the_reader_knows_types(level):
    research = wide("\n")
    finding = first(research, with_types(unquoted(research)), privacy=level)
    assert (finding.code, finding.evidence["records"], finding.evidence["column"]) == (CODE, 17, "comment")


@pytest.mark.parametrize(
    "lost",
    [
        pytest.param(["amount", "flag", "when", "origin"], id="not to the end"),
        pytest.param(["city", "amount", "flag", "when", "origin", "route"], id="before it too"),
    ],
)
def test_rows_that_end_nowhere(lost):
    research = wide("\n")
    cut = research.astype({"flag": "object"})
    cut.loc[BROKEN, lost] = None
    cut.loc[BROKEN, "comment"] = cut.loc[BROKEN, "comment"].str.split("\n").str[0]
    extra = pd.DataFrame({"id": range(5_000, 5_017)}).reindex(columns=cut.columns)
    assert CODE not in codes(verified(research, pd.concat([cut, extra.astype({"when": cut["when"].dtype})])))


def test_a_delimiter_in_a_hidden_text():
    research = wide(", ").assign(comment=lambda t: t["comment"] + t["id"].astype("str"), zone="north")
    verdict = verified(research, with_types(unquoted(research)))
    assert {f.code for f in verdict.findings if f.severity == "error"} == {CODE}
