"""Hidden texts: how they changed is named from hashed forms, and no text is found in the record."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import parityline
from parityline.errors import FormatError
from parityline.text_forms import FORMS, TextForms

ROWS = 5_000
NAMES = pd.Series([f"Customer No {i:06d} of Oslo, Norway" for i in np.random.default_rng(2).permutation(ROWS)])
TABLE = pd.DataFrame({"id": range(ROWS), "name": NAMES})


def written(tmp_path, table, name, **keywords) -> parityline.Record:
    with parityline.record("people", environment=name, to=tmp_path / f"{name}.parity") as run:
        run.source("people", table, key="id", **keywords)
    return parityline.Record.read(tmp_path / f"{name}.parity")


CHANGES = [
    pytest.param(lambda c: c.str.upper(), "text-case-changed", id="upper"),
    pytest.param(lambda c: c + "  ", "text-padded", id="padded"),
    pytest.param(lambda c: c.str[:20], "text-truncated", id="cut to 20"),
    pytest.param(lambda c: c.str[:-3] + "xyz", "values-differ", id="other endings"),
    pytest.param(lambda c: c.str[:19], "values-differ", id="a length that no form knows"),
]


@pytest.mark.parametrize(("change", "code"), CHANGES)
def test_the_change_of_hidden_texts_is_named(tmp_path, change, code):
    before = written(tmp_path, TABLE, "research")
    after = written(tmp_path, TABLE.assign(name=change(NAMES)), "production")
    verdict = parityline.verify(before, after)
    assert (verdict.first.code, verdict.first.column) == (code, "name")


@pytest.mark.parametrize("private", [{}, {"private": ["name"]}, {"privacy": "strict"}])
def test_no_text_is_in_the_record(tmp_path, private):
    written(tmp_path, TABLE, "research", **private)
    data = (tmp_path / "research.parity").read_bytes()
    assert b"Customer" not in data
    assert "Customer".encode("utf-16-le") not in data


def test_open_and_strict_columns_have_no_forms(tmp_path):
    for keywords in ({"open": ["name"]}, {"private": ["name"]}, {"privacy": "strict"}, {"privacy": "open"}):
        forms = written(tmp_path, TABLE, "research", **keywords).stages["people"].text_forms
        assert all(not own.columns for own in forms.values())


def test_bytes_go_round_and_anything_else_is_refused(tmp_path):
    forms = written(tmp_path, TABLE, "research").stages["people"].text_forms[""]
    data = forms.to_bytes()
    again = TextForms.from_bytes(data, "x")
    assert again.to_bytes() == data
    assert set(again.columns["name"]) <= set(FORMS)
    for damaged in (data[:-1], data + b"\0", b"\xff" * 40, b""):
        with pytest.raises(FormatError):
            TextForms.from_bytes(damaged, "x")
