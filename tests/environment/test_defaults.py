"""The defaults of the calls that a pipeline makes: found in its code, and compared where both sides make the call."""

from __future__ import annotations

import re
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import parityline
from parityline import environment
from parityline.checks.same_model import same_model
from parityline.environment import defaults
from parityline.records import StageRecord

CODE = """
import numpy as np, pandas as pd, json
from sklearn.linear_model import LogisticRegression as LR
import parityline
table = pd.read_csv("t.csv", sep=";")
total = table.dropna().groupby("k", observed=True).sum()
ranked = table["x"].rank()
model = LR(C=2.0, **extra)
other = LR(C=3.0)
json.dumps({})
np.round(table["x"])
unknown(3)
"""


@pytest.fixture
def found(tmp_path):
    path = tmp_path / "code.py"
    path.write_text(CODE)
    return defaults.of_code([path])


def test_what_a_call_leaves_to_its_default(found):
    assert found["pandas.read_csv"]["header"] == "'infer'"
    assert "sep" not in found["pandas.read_csv"]
    assert found["pandas.DataFrame.groupby"]["dropna"] == "True"
    assert "observed" not in found["pandas.DataFrame.groupby"]
    assert found["sklearn.linear_model.LogisticRegression"]["max_iter"] == "100"
    assert "C" not in found["sklearn.linear_model.LogisticRegression"]
    assert found["numpy.round"]["decimals"] == "0"


def test_other_calls_are_left_out(found):
    assert not [name for name in found if name.startswith(("json", "parityline", "unknown", "<"))]
    assert not [text for own in found.values() for text in own.values() if " at 0x" in text]


def test_what_is_not_there_or_no_python_is_left_out(tmp_path):
    (tmp_path / "broken.py").write_text("x = (")
    (tmp_path / "binary.py").write_bytes(b"\xff\xfe\x00")
    assert defaults.of_code([tmp_path / "broken.py", tmp_path / "binary.py", tmp_path / "gone.py"]) == {}


def test_libraries_that_are_not_imported_are_not_imported(tmp_path):
    path = tmp_path / "code.py"
    path.write_text("import antigravity_of_tests\nantigravity_of_tests.fly()\nimport tabnanny_x\ntabnanny_x.check()\n")
    before = set(sys.modules)
    assert defaults.of_code([path]) == {}
    assert set(sys.modules) == before


def test_a_record_has_the_defaults_of_the_code_that_made_it(tmp_path):
    with parityline.record("here", environment="research") as run:
        run.source("raw", pd.DataFrame({"id": [1, 2]}).drop_duplicates("id"), key="id")
    own = run.record.environment_facts["defaults"]
    assert own["pandas.DataFrame.drop_duplicates"]["keep"] == "'first'"


def test_installed_code_is_nobodys_pipeline():
    assert defaults.files_beside(pytest.__file__) == []
    assert defaults.files_beside("<ipython-input-3>") == []
    assert defaults.files_beside(__file__)[0] == __file__


SIDE = {"defaults": {"pandas.f": {"a": "1", "b": "2"}, "pandas.g": {"c": "3"}}}


def test_only_calls_of_both_sides_are_compared():
    other = {"defaults": {"pandas.f": {"a": "1", "b": "9", "new": "0"}, "pandas.h": {"d": "4"}}}
    told = [(d.fact, d.reference, d.observed, d.kind) for d in environment.differences(SIDE, other)]
    assert told == [
        ("defaults.pandas.f.b", "2", "9", "default"),
        ("defaults.pandas.f.new", None, "0", "default"),
    ]
    assert environment.differences(SIDE, SIDE) == []


def test_a_changed_default_stands_first():
    before = {"packages": {"pandas": "2.1.4", "numpy": "1.26"}, "imported": ["pandas", "numpy"], **SIDE}
    after = {"packages": {"pandas": "3.0", "numpy": "2.1"}, "imported": ["pandas", "numpy"]}
    after |= {"defaults": {"pandas.f": {"a": "5", "b": "2"}}}
    assert environment.differences(before, after)[0].fact == "defaults.pandas.f.a"


# ---------------------------------------------------------------- of models


def of_model(**changed: object) -> StageRecord:
    """A fitted model; what is `changed` looks like a default of another release."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2))
    with parityline.record("m", environment="x") as run:
        run.model("m", LogisticRegression(C=2.0).fit(x, x[:, 0] > 0))
    stage = run.record.stages["m"]
    stage.facts["model"]["parameters"] |= changed
    return stage


def test_a_default_that_nobody_set_is_named():
    other = of_model(tol=0.5)
    other.facts["model"]["fitted"]["coef_"] = "another"
    (finding,) = same_model(of_model(), other)
    assert (finding.code, finding.severity) == ("model-default-changed", "error")
    assert re.search(
        r"`LogisticRegression` runs with another default .* `tol` is 0.5 instead of 0.0001", finding.sentence
    )


def test_a_default_without_effect_on_the_fit_is_a_note():
    (finding,) = same_model(of_model(), of_model(tol=0.5))
    assert (finding.code, finding.severity) == ("model-default-changed", "note")


def test_a_parameter_that_the_code_sets_is_no_default():
    (finding,) = same_model(of_model(), of_model(C=9.0))
    assert finding.code == "other-model-served"
