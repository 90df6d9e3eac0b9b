"""The pipeline file: what it accepts, what it refuses and at which line, and that no password leaves it."""

from __future__ import annotations

import copy
import json
import pickle
import tomllib
import traceback
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from parityline.configuration import (
    Acceptance,
    Connection,
    Decision,
    Expectation,
    Pipeline,
    StageConfiguration,
    Tolerance,
    expand,
    load,
)
from parityline.configuration.places import lines_of_keys
from parityline.configuration.rules import KINDS, STAGE_KEYS, keys_of
from parityline.errors import UsageError
from parityline.stages import KINDS as STAGES

# The example of the design, section 6, completed by the two stages that it names and leaves out.
EXAMPLE = """\
name = "flight-delays"

[[stage]]
name = "flights"
kind = "source"                  # source | etl | features | split | predictions | outcomes
data = "flights.parquet"         # path or glob; or: sql = "select ...", from = "postgresql://..." / "warehouse.duckdb"
key = ["flight_id"]
time = "departure"               # optional: windows, partitions by day or month
partition = "departure:month"    # optional
ordered = false                  # optional: the order of rows matters to the next stage
privacy = "standard"             # standard (default) | strict | open; also at the top of the file

[[stage]]
name = "split"
kind = "split"
parts = { train = "train.parquet", test = "test.parquet" }
key = ["flight_id"]
inputs = ["features"]

[[stage]]
name = "model"
kind = "model"
file = "model.joblib"            # its digest is recorded; it is never loaded
inputs = ["split"]

[[expect]]
metric = "auc"
of = "actual"
at_least = 0.79

[[stage]]
name = "features"
kind = "features"
data = "features.parquet"
inputs = "flights"

[[stage]]
name = "actual"
kind = "outcomes"
data = "actual.parquet"
"""

# Every key there is, one on each line but for the inline tables.
EVERYTHING = """\
name = "shop"
privacy = "strict"
run = "shop.pipeline:main"
predict = "shop.model:Model.predict"
fit = "shop.model:fit"

[[stage]]
name = "orders"
kind = "source"
sql = "select * from orders order by id"
from = "env:SHOP"
key = "id"
time = "placed"
partition = "placed:day"
ordered = ["placed", "id"]
privacy = "open"
private = ["email"]
open = "country"
entity = "customer"
as_of = "loaded"
target = "returned"
window = "day"
group_by = ["country"]
conserves = ["amount"]
query = "select 1"
files = ["codes.csv", "more/*.csv"]

[stage.ignore]
loaded_at = "when it was loaded"

[stage.options]
separator = ";"

[stage.derives]
total = "sum(amount) by day"
net = ["amount", "tax"]

[stage.effect]
missing = 0.01
distribution = 0.05

[stage.totals]
amount = ["country"]
tax = []

[[stage.tolerance]]
column = "amount"
relative = 1e-9
reason = "summed in another order"

[[stage.tolerance]]
column = "tax"
ulp = 4
reason = "another library"

[[stage.decisions]]
column = "age"
when = "missing"
action = "default"
value = 40
owner = "Ada"
reason = "the median of 2025"
date = 2026-01-31

[[stage.decisions]]
column = "country"

[[stage]]
name = "split"
kind = "split"
inputs = ["orders"]
of = "orders"
by = "customer"

[stage.parts]
train = "train/*.parquet"
test = "test.parquet"

[[stage]]
name = "model"
kind = "model"
file = "model.bin"
inputs = "split"

[[stage]]
name = "returns"
kind = "predictions"
data = "returns.csv"
inputs = ["model"]
score = ["p_no", "p_yes"]
label = "returned"
classes = ["no", "yes"]

[[stage]]
name = "late"
kind = "outcomes"
data = "late.csv"
actual = "returned"
prediction = "returns"
segments = ["country"]
derives = ["orders.id"]
tolerance = { column = "returned", absolute = 0, reason = "none" }
decisions = [{ column = "returned", action = "escalate", owner = "Bo", reason = "unknown", date = 2026-02-01 }]

[[expect]]
metric = "f1"
of = "late"
value = 0.8
at_least = 0.79
at_most = 1
average = "macro"
positive = "yes"
population = "paid orders"
owner = "Ada"
valid_until = 2026-12-31

[[accept]]
stage = "environment"
column = "amount"
code = "stored-as-float32"
reason = "the warehouse is older"
by = "Bo"
until = 2026-06-30
"""


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Writes a pipeline.toml into the working directory, so that messages begin with its bare name."""
    monkeypatch.chdir(tmp_path)

    def write(text: str, name: str = "pipeline.toml") -> str:
        Path(name).write_text(text, encoding="utf-8")
        return name

    return write


def refusal(path: str) -> list[str]:
    with pytest.raises(UsageError) as caught:
        load(path)
    return str(caught.value).split("\n")


def test_the_example_of_the_design_loads(written, tmp_path):
    pipeline = load(written(EXAMPLE))
    assert (pipeline.name, pipeline.privacy, pipeline.folder) == ("flight-delays", None, tmp_path)
    assert pipeline.stages[:3] == (
        StageConfiguration(
            name="flights",
            kind="source",
            data="flights.parquet",
            key=("flight_id",),
            time="departure",
            partition="departure:month",
            privacy="standard",
        ),
        StageConfiguration(
            name="split",
            kind="split",
            parts={"train": "train.parquet", "test": "test.parquet"},
            key=("flight_id",),
            inputs=("features",),
        ),
        StageConfiguration(name="model", kind="model", file="model.joblib", inputs=("split",)),
    )
    assert pipeline.expectations == (Expectation(metric="auc", of="actual", at_least=0.79),)


def test_every_key_is_read(written):
    pipeline = load(written(EVERYTHING))
    assert (pipeline.privacy, pipeline.run, pipeline.predict, pipeline.fit) == (
        "strict",
        "shop.pipeline:main",
        "shop.model:Model.predict",
        "shop.model:fit",
    )
    assert pipeline.stages == (
        StageConfiguration(
            name="orders",
            kind="source",
            sql="select * from orders order by id",
            connection=Connection("env:SHOP"),
            key=("id",),
            time="placed",
            partition="placed:day",
            ordered=("placed", "id"),
            privacy="open",
            private=("email",),
            open=("country",),
            ignore={"loaded_at": "when it was loaded"},
            entity=("customer",),
            as_of="loaded",
            target="returned",
            window="day",
            group_by=("country",),
            derives={"total": ("sum(amount) by day",), "net": ("amount", "tax")},
            conserves=("amount",),
            totals={"amount": ("country",), "tax": ()},
            effect={"missing": 0.01, "distribution": 0.05},
            tolerance=(
                Tolerance(column="amount", relative=1e-9, reason="summed in another order"),
                Tolerance(column="tax", ulp=4, reason="another library"),
            ),
            decisions=(
                Decision(
                    column="age",
                    when="missing",
                    action="default",
                    value=40,
                    owner="Ada",
                    reason="the median of 2025",
                    date=date(2026, 1, 31),
                ),
                Decision(column="country"),
            ),
            query="select 1",
            options={"separator": ";"},
            files=("codes.csv", "more/*.csv"),
        ),
        StageConfiguration(
            name="split",
            kind="split",
            inputs=("orders",),
            parts={"train": "train/*.parquet", "test": "test.parquet"},
            of="orders",
            by=("customer",),
        ),
        StageConfiguration(name="model", kind="model", file="model.bin", inputs=("split",)),
        StageConfiguration(
            name="returns",
            kind="predictions",
            data="returns.csv",
            inputs=("model",),
            score=("p_no", "p_yes"),
            label="returned",
            classes=("no", "yes"),
        ),
        StageConfiguration(
            name="late",
            kind="outcomes",
            data="late.csv",
            actual="returned",
            prediction="returns",
            segments=("country",),
            derives=("orders.id",),
            tolerance=(Tolerance(column="returned", absolute=0.0, reason="none"),),
            decisions=(
                Decision(column="returned", action="escalate", owner="Bo", reason="unknown", date=date(2026, 2, 1)),
            ),
        ),
    )
    assert pipeline.expectations == (
        Expectation(
            metric="f1",
            of="late",
            value=0.8,
            at_least=0.79,
            at_most=1.0,
            average="macro",
            positive="yes",
            population="paid orders",
            owner="Ada",
            valid_until=date(2026, 12, 31),
        ),
    )
    assert pipeline.acceptances == (
        Acceptance(
            stage="environment",
            column="amount",
            code="stored-as-float32",
            reason="the warehouse is older",
            by="Bo",
            until=date(2026, 6, 30),
        ),
    )


def test_everything_above_is_everything_there_is():
    document = tomllib.loads(EVERYTHING)
    used = {key for stage in document["stage"] for key in stage}
    assert used | {"data"} == set(STAGE_KEYS)
    for name, declaration in {"expect": Expectation, "accept": Acceptance}.items():
        assert set(document[name][0]) == {field.encode_name for field in msgspec.structs.fields(declaration)}


SOURCE = '[[stage]]\nname = "s"\nkind = "source"\ndata = "s.csv"\n'


@pytest.mark.parametrize(
    ("line", "attribute", "value"),
    [
        pytest.param('key = "id"', "key", ("id",), id="a key as text"),
        pytest.param('key = ["a", ""]', "key", ("a", ""), id="a column without a name"),
        pytest.param('ignore = ["a", "b"]', "ignore", {"a": "", "b": ""}, id="ignore as a list"),
        pytest.param('ignore = "a"', "ignore", {"a": ""}, id="ignore as text"),
        pytest.param('ignore = { a = "why" }', "ignore", {"a": "why"}, id="ignore with reasons"),
        pytest.param('derives = ["a", "b"]', "derives", ("a", "b"), id="derives as a list"),
        pytest.param('derives = { x = ["a"] }', "derives", {"x": ("a",)}, id="derives as a table"),
        pytest.param("effect = 0.05", "effect", 0.05, id="one effect size"),
        pytest.param('totals = { x = "a" }', "totals", {"x": ("a",)}, id="totals by one column"),
        pytest.param("ordered = true", "ordered", True, id="ordered"),
        pytest.param('ordered = ["a"]', "ordered", ("a",), id="ordered by columns"),
        pytest.param('partition = "a"', "partition", "a", id="partition by a column"),
        pytest.param('partition = "a:b:month"', "partition", "a:b:month", id="a colon in the column's name"),
        pytest.param("tolerance = []", "tolerance", (), id="no tolerance"),
        pytest.param("inputs = []", "inputs", (), id="no inputs"),
    ],
)
def test_one_thing_may_be_written_in_several_ways(written, line, attribute, value):
    assert getattr(load(written(f'name = "x"\n{SOURCE}{line}\n')).stages[0], attribute) == value


def test_a_table_in_a_pyproject_is_a_pipeline_file(written):
    stage = SOURCE.replace("[[stage]]", "[[tool.parityline.stage]]")
    text = f'[project]\nname = "other"\n\n[tool.parityline]\nname = "x"\n\n{stage}'
    assert load(written(text, "pyproject.toml")).stages[0].name == "s"
    assert refusal(written(text.replace("data", "dta"), "pyproject.toml")) == [
        'pyproject.toml:10: stage "s": unknown key "dta"; did you mean "data"?'
    ]
    assert refusal(written(text.replace('name = "x"\n', ""), "pyproject.toml")) == [
        "pyproject.toml:4: name is missing: expected text; add it"
    ]
    assert refusal(written("[project]\n", "pyproject.toml")) == [
        "pyproject.toml: expected a table [tool.parityline], found none; add it, or write a pipeline.toml"
    ]


def test_a_file_without_stages_leaves_them_to_the_code(written):
    text = 'name = "x"\nrun = "a:b"\n[[accept]]\nstage = "elsewhere"\nreason = "known"\n'
    assert load(written(text)).acceptances[0].stage == "elsewhere"


def test_an_expectation_is_of_the_only_outcomes_there_are(written):
    expect = '[[expect]]\nmetric = "auc"\nvalue = 1\n'
    outcomes = SOURCE.replace("source", "outcomes")
    assert load(written(f'name = "x"\n{outcomes}{expect}')).expectations[0].of == "s"
    assert load(written(f'name = "x"\n{SOURCE}{expect}')).expectations[0].of is None


def stage(*lines: str) -> str:
    """A pipeline with one stage whose keys begin in line 3."""
    return "\n".join(['name = "x"', "[[stage]]", *lines, ""])


def source(*lines: str) -> str:
    """A pipeline with one source; the lines begin in line 6."""
    return stage('name = "s"', 'kind = "source"', 'data = "s.csv"', *lines)


KINDS_EXPECTED = "expected source, etl, features, split, model, predictions or outcomes"

REFUSED = [
    # the top of the file
    pytest.param("", ["1: name is missing: expected text; add it"], id="an empty file"),
    pytest.param('nme = "x"', ['1: unknown key "nme"; did you mean "name"?'], id="a misspelt key at the top"),
    pytest.param(
        'name = "x"\nzzz = 1',
        ['2: unknown key "zzz"; the keys here are name, privacy, run, predict, fit, stage, expect and accept'],
        id="a key like no other",
    ),
    pytest.param('name = " "', ["1: name: expected text, found none"], id="an empty name"),
    pytest.param("name = 3", ["1: name: expected text, found 3"], id="a number for a name"),
    pytest.param(
        'name = "x"\nprivacy = "strikt"',
        ['2: privacy: expected standard, strict or open, found "strikt"; did you mean "strict"?'],
        id="no such privacy",
    ),
    pytest.param(
        'name = "x"\nrun = "main.py"',
        ['2: run: expected "module:function", found "main.py"'],
        id="a file for a function",
    ),
    pytest.param(
        'name = "x"\n[stage]\nname = "s"',
        ["2: stage: expected tables, each under [[stage]], found a table; write [[stage]]"],
        id="one bracket for two",
    ),
    pytest.param('name = "x"\nstage = [3]', ["2: stage 1: expected a table, found 3"], id="a number for a stage"),
    # one stage
    pytest.param(
        source('partiton = "t:day"'),
        ['6: stage "s": unknown key "partiton"; did you mean "partition"?'],
        id="a misspelt key of a stage",
    ),
    pytest.param(
        stage('name = "s"', 'kind = "source"', 'dta = "s.csv"'),
        ['5: stage "s": unknown key "dta"; did you mean "data"?'],
        id="a misspelt key causes no second error",
    ),
    pytest.param(
        stage('kind = "source"', 'data = "s.csv"'),
        ["2: stage 1: name is missing: expected text; add it"],
        id="a stage without a name",
    ),
    pytest.param(
        stage('name = ""', 'kind = "source"', 'data = "s.csv"'),
        ["3: stage 1: name: expected text, found none"],
        id="an empty name of a stage",
    ),
    pytest.param(
        stage('name = "process"', 'kind = "source"', 'data = "s.csv"'),
        ['3: stage "process": name "process" is reserved for findings about the run; choose another'],
        id="a reserved name",
    ),
    pytest.param(
        stage('name = "environment"', 'kind = "source"', 'data = "s.csv"'),
        ['3: stage "environment": name "environment" is reserved for findings about the run; choose another'],
        id="the other reserved name",
    ),
    pytest.param(
        stage('name = "s"', 'data = "s.csv"'),
        [f'2: stage "s": kind is missing: {KINDS_EXPECTED}; add it'],
        id="a stage without a kind",
    ),
    pytest.param(
        stage('name = "s"', 'kind = "feature"', 'data = "s.csv"'),
        [f'4: stage "s": kind: {KINDS_EXPECTED}, found "feature"; did you mean "features"?'],
        id="no such kind",
    ),
    pytest.param(
        stage('name = "s"', 'kind = "source"', 'parts = { a = "a.csv" }'),
        ['5: stage "s": key "parts" belongs to kind split, not to kind source; leave it out, or correct the kind'],
        id="parts of a source",
    ),
    pytest.param(
        source('score = "p"', 'actual = "y"'),
        [
            '6: stage "s": key "score" belongs to kind predictions, not to kind source; '
            "leave it out, or correct the kind",
            '7: stage "s": key "actual" belongs to kind outcomes, not to kind source; '
            "leave it out, or correct the kind",
        ],
        id="keys of other kinds",
    ),
    pytest.param(
        stage('name = "m"', 'kind = "model"', 'file = "m.bin"', 'key = "id"'),
        [
            '6: stage "m": key "key" belongs to every kind but model, not to kind model; '
            "leave it out, or correct the kind",
        ],
        id="a key of a model",
    ),
    pytest.param(
        stage('name = "s"', 'kind = "etl"'),
        ['2: stage "s": no data: add data, or sql with from'],
        id="no data",
    ),
    pytest.param(stage('name = "m"', 'kind = "model"'), ['2: stage "m": no data: add file'], id="no model file"),
    pytest.param(
        stage('name = "s"', 'kind = "split"'),
        ['2: stage "s": no data: add parts, data, or sql with from'],
        id="no parts",
    ),
    pytest.param(
        source('sql = "select 1"', 'from = "a.duckdb"'),
        ['6: stage "s": both data and sql are given; keep one'],
        id="data and sql",
    ),
    pytest.param(
        stage('name = "s"', 'kind = "split"', 'parts = {a = "a"}', 'data = "b"', 'sql = "c"', 'from = "d"'),
        ['6: stage "s": all of parts, data and sql are given; keep one'],
        id="parts, data and sql",
    ),
    pytest.param(
        stage('name = "s"', 'kind = "source"', 'sql = "select 1"'),
        ['5: stage "s": sql needs from; add the database, such as from = "env:NAME" or a path'],
        id="sql without from",
    ),
    pytest.param(
        source('from = "a.duckdb"'),
        ['6: stage "s": from goes with sql; add the query, or leave from out'],
        id="from without sql",
    ),
    pytest.param(
        stage('name = "s"', 'kind = "source"', 'sql = "select 1"', 'from = "env:"'),
        ['6: stage "s": from: expected "env:NAME", found no name'],
        id="a variable without a name",
    ),
    pytest.param(
        stage('name = "s"', 'kind = "source"', 'data = "https://user:hunter2@example.org/s.csv"'),
        [
            '5: stage "s": data: expected a path or glob, found the URL "https://***@example.org/s.csv"; '
            "copy the file to a path"
        ],
        id="a URL for a path",
    ),
    pytest.param(
        stage('name = "s"', 'kind = "split"', "parts = {}"),
        ['5: stage "s": parts: expected at least one part, found an empty table; name each with its path'],
        id="parts without a part",
    ),
    pytest.param(
        stage('name = "s"', 'kind = "split"', "[stage.parts]", 'train = "a.csv"', "test = 3"),
        ['7: stage "s": parts: expected a table of paths, found 3 in it'],
        id="a number for a part",
    ),
    pytest.param(
        source("key = []"),
        ['6: stage "s": key: expected at least one column, found an empty list; leave key out if no row has one'],
        id="an empty key",
    ),
    pytest.param(
        source("key = [", '  "a",', "  3,", "]"),
        ['8: stage "s": key: expected text or a list of texts, found 3 in it'],
        id="a number in a list over several lines",
    ),
    pytest.param(source('key = ["a", "a"]'), ['6: stage "s": key: "a" is there twice; keep one'], id="a column twice"),
    pytest.param(
        source("time = 2026-01-31T12:00:00"),
        ['6: stage "s": time: expected text, found 2026-01-31T12:00:00'],
        id="a time for a column",
    ),
    pytest.param(
        source('partition = "t:week"'),
        ['6: stage "s": partition: expected "column", "column:day" or "column:month", found "t:week"'],
        id="no such unit of a partition",
    ),
    pytest.param(
        source('ordered = "yes"'),
        ['6: stage "s": ordered: expected true, false or a list of texts, found "yes"'],
        id="text for ordered",
    ),
    pytest.param(
        source('window = "week"'),
        ['6: stage "s": window: expected second, minute, hour, day, month or year, found "week"'],
        id="no such window",
    ),
    pytest.param(
        source('private = ["a", "b"]', 'open = ["b"]'),
        ['7: stage "s": column "b" is both private and open; keep one'],
        id="private and open",
    ),
    pytest.param(
        source('options = "password=hunter2"'),
        ['6: stage "s": options: expected a table, found text'],
        id="text for options",
    ),
    pytest.param(
        stage(
            'name = "p"', 'kind = "predictions"', 'data = "p.csv"', 'score = ["a", "b", "c"]', 'classes = ["a", "b"]'
        ),
        ['7: stage "p": classes: expected 3, one for each column of score, found 2; name each'],
        id="fewer classes than scores",
    ),
    # tolerances and decisions
    pytest.param(
        source('tolerance = { column = "a", absolut = 1, reason = "r" }'),
        ['6: stage "s": tolerance: unknown key "absolut"; did you mean "absolute"?'],
        id="a misspelt key of a tolerance",
    ),
    pytest.param(
        source('tolerance = { column = "a", reason = "r" }'),
        ['6: stage "s": tolerance: expected exactly one of absolute, relative or ulp, found none; add one'],
        id="a tolerance without a measure",
    ),
    pytest.param(
        source("[[stage.tolerance]]", 'column = "a"', "ulp = 1", "absolute = 1", 'reason = "r"'),
        [
            '8: stage "s": tolerance 1: expected exactly one of absolute, relative or ulp, '
            "found absolute and ulp; keep one"
        ],
        id="a tolerance with two measures",
    ),
    pytest.param(
        source("[[stage.tolerance]]", 'column = "a"', "ulp = -1"),
        [
            '6: stage "s": tolerance 1: reason is missing: expected text; add it',
            '8: stage "s": tolerance 1: ulp: expected a number of at least 0, found -1',
        ],
        id="a negative tolerance without a reason",
    ),
    pytest.param(
        source("[stage.tolerance]", 'column = "a"', "relative = nan", 'reason = "r"'),
        ['8: stage "s": tolerance: relative: expected a finite number, found nan'],
        id="a tolerance that is no number",
    ),
    pytest.param(
        source(*2 * ["[[stage.tolerance]]", 'column = "a"', "ulp = 1", 'reason = "r"']),
        ['11: stage "s": tolerance 2: column "a" has one already; keep one'],
        id="two tolerances of a column",
    ),
    pytest.param(
        source('tolerance = "a"'),
        ['6: stage "s": tolerance: expected a table or a list of tables, found "a"'],
        id="text for a tolerance",
    ),
    pytest.param(
        source('decisions = { column = "a", action = "default" }'),
        ['6: stage "s": decisions: action "default" needs owner, reason, date and value; add what is missing'],
        id="a decision of nobody",
    ),
    pytest.param(
        source('decisions = { column = "a", action = "drop" }'),
        ['6: stage "s": decisions: action: expected default, reject or escalate, found "drop"'],
        id="no such action",
    ),
    pytest.param(
        source('decisions = { column = "a", value = 1 }'),
        ['6: stage "s": decisions: value goes with action "default"; leave it out, or add the action'],
        id="a value without an action",
    ),
    # between stages
    pytest.param(
        source("[[stage]]", 'name = "s"', 'kind = "etl"', 'data = "t.csv"'),
        ['7: stage "s": name is taken by the stage at line 3; choose another'],
        id="a name twice",
    ),
    pytest.param(
        source("[[stage]]", 'name = "t"', 'kind = "etl"', 'data = "t.csv"', 'inputs = ["s", "S"]'),
        ['10: stage "t": inputs: no stage "S"; did you mean "s"?'],
        id="an input in other letters",
    ),
    pytest.param(
        source("[[stage]]", 'name = "joined"', 'kind = "etl"', 'data = "t.csv"', 'inputs = "zzz"'),
        ['10: stage "joined": inputs: no stage "zzz"; the stages are "s" and "joined"'],
        id="an input like no stage",
    ),
    pytest.param(
        stage('name = "t"', 'kind = "split"', 'data = "t.csv"', 'of = "features"'),
        ['6: stage "t": of: no stage "features"; the stages are "t"'],
        id="a split of no stage",
    ),
    pytest.param(
        source('inputs = "s"'),
        ['6: stage "s": inputs: the inputs come in a cycle, "s" -> "s"; take one of them away'],
        id="a stage as its own input",
    ),
    pytest.param(
        source('inputs = ["t", "u"]')
        + '[[stage]]\nname = "t"\nkind = "etl"\ndata = "t"\ninputs = ["s"]\n'
        + '[[stage]]\nname = "u"\nkind = "etl"\ndata = "u"\ninputs = ["v"]\n'
        + '[[stage]]\nname = "v"\nkind = "etl"\ndata = "v"\ninputs = ["u"]\n',
        [
            '6: stage "s": inputs: the inputs come in a cycle, "s" -> "t" -> "s"; take one of them away',
            '16: stage "u": inputs: the inputs come in a cycle, "u" -> "v" -> "u"; take one of them away',
        ],
        id="two cycles",
    ),
    # expectations and acceptances
    pytest.param(
        source("[[expect]]", 'metric = "auc"'),
        ['6: expect "auc": expected value, at_least or at_most, found none; add one'],
        id="an expectation of nothing",
    ),
    pytest.param(
        source("[[expect]]", 'metric = "auc"', "at_leats = 1"),
        ['8: expect "auc": unknown key "at_leats"; did you mean "at_least"?'],
        id="a misspelt key of an expectation",
    ),
    pytest.param(
        source("[[expect]]", 'metric = "auc"', "at_least = 1", "at_most = 0.5"),
        ['8: expect "auc": at_least 1.0 is above at_most 0.5; exchange them'],
        id="limits the wrong way round",
    ),
    pytest.param(
        source("[[expect]]", 'metric = "auc"', "value = 1", "valid_until = 2026-01-31T00:00:00"),
        ['9: expect "auc": valid_until: expected a date such as 2026-12-31, found 2026-01-31T00:00:00'],
        id="a time for a date",
    ),
    pytest.param(
        source("[[expect]]", 'metric = "auc"', "value = 1", 'of = "s"'),
        ['9: expect "auc": of: stage "s" is not of kind outcomes; no stage is of kind outcomes; add one'],
        id="an expectation of a source",
    ),
    pytest.param(
        stage(
            'name = "late"', 'kind = "outcomes"', 'data = "o"', "[[expect]]", 'metric = "a"', "value = 1", 'of = "lat"'
        ),
        ['9: expect "a": of: no stage "lat"; did you mean "late"?'],
        id="an expectation of no stage",
    ),
    pytest.param(
        stage('name = "o"', 'kind = "outcomes"', 'data = "o"')
        + stage('name = "p"', 'kind = "outcomes"', 'data = "p"').removeprefix('name = "x"\n')
        + '[[expect]]\nmetric = "a"\nvalue = 1\n',
        ['10: expect "a": of is missing: expected "o" or "p"; add it'],
        id="an expectation of one of two",
    ),
    pytest.param(
        source("[[accept]]", 'stage = "s"', 'code = "rows-lost"'),
        ["6: accept 1: reason is missing: expected text; add it"],
        id="accepted without a reason",
    ),
    pytest.param(
        source("[[accept]]", 'reason = "r"'),
        ["6: accept 1: expected stage, column or code, found none; add what is accepted"],
        id="everything accepted",
    ),
    pytest.param(
        source("[[accept]]", 'reason = "r"', 'code = "Rows lost"'),
        ['8: accept 1: code: expected a code such as rows-lost, found "Rows lost"'],
        id="no code",
    ),
    pytest.param(
        source("[[accept]]", 'reason = "r"', 'stage = "proces"'),
        ['8: accept 1: stage: no stage "proces"; did you mean "process"?'],
        id="accepted at no stage",
    ),
    # several at once, in the order of the file
    pytest.param(
        'nme = "x"\n[[stage]]\nname = "s"\nkind = "sorce"\n[[expect]]\nmetrik = "auc"\nvalue = "high"\n',
        [
            '1: unknown key "nme"; did you mean "name"?',
            f'4: stage "s": kind: {KINDS_EXPECTED}, found "sorce"; did you mean "source"?',
            '6: expect 1: unknown key "metrik"; did you mean "metric"?',
            '7: expect 1: value: expected a number, found "high"',
        ],
        id="an error in each table",
    ),
    # not TOML
    pytest.param(
        'name = "x"\n\nkey = [\n',
        ["3: expected TOML, found an error: invalid value; correct the line"],
        id="a list without an end",
    ),
    pytest.param(
        'name = "x"\nname = "y"\n',
        ["2: expected TOML, found an error: cannot overwrite a value in column 11; correct the line"],
        id="a key twice",
    ),
]


@pytest.mark.parametrize(("text", "lines"), REFUSED)
def test_an_error_is_said_with_its_line_and_the_way_out(written, text, lines):
    assert refusal(written(text)) == [f"pipeline.toml:{line}" for line in lines]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(
            None,
            "pipeline.toml: expected a pipeline file, found nothing; correct the path, or write it",
            id="no file",
        ),
        pytest.param(
            b'name = "x"\n# \xe9\n',
            "pipeline.toml:2: expected UTF-8, found the byte 0xe9; save the file as UTF-8",
            id="Latin-1",
        ),
        pytest.param(
            'name = "x"'.encode("utf-16"),
            "pipeline.toml:1: expected UTF-8, found the byte 0xff; save the file as UTF-8",
            id="UTF-16",
        ),
        pytest.param(
            b"a = " + 100_000 * b"[",
            "pipeline.toml: lists or tables are nested too deeply; flatten them",
            id="a deep list",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path, monkeypatch, content, message):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path("pipeline.toml").write_bytes(content)
    with pytest.raises(UsageError) as caught:
        load("pipeline.toml")
    assert str(caught.value) == message
    assert caught.value.__cause__ is not None


def test_a_folder_is_refused(tmp_path):
    assert refusal(str(tmp_path)) == [f"{tmp_path}: expected a pipeline file, found a folder; name the file in it"]


def test_other_causes_are_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be read"):
        load(tmp_path / "file" / "pipeline.toml")
    with pytest.raises(UsageError, match="cannot be read"):
        load("pipe\0line.toml")
    (tmp_path / "long.toml").write_text(f"name = {5000 * '1'}")
    with pytest.raises(UsageError, match=r"long\.toml: a value cannot be read"):
        load(tmp_path / "long.toml")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbf" + EXAMPLE.encode(), id="a byte order mark"),
        pytest.param(EXAMPLE.replace("\n", "\r\n").encode(), id="lines of Windows"),
    ],
)
def test_an_editor_of_windows_may_have_written_it(tmp_path, content):
    path = tmp_path / "pipeline.toml"
    path.write_bytes(content)
    assert load(path).name == "flight-delays"
    path.write_bytes(content.replace(b"partition", b"partiton"))
    assert refusal(str(path)) == [f'{path}:9: stage "flights": unknown key "partiton"; did you mean "partition"?']


# Connections


CANARY = "c4n@ry/p:w#d"
CONNECTIONS = [
    pytest.param(f"postgresql://user:{CANARY}@db.example.org/shop", id="a URI"),
    pytest.param(f"jdbc:postgresql://user:{CANARY}@db.example.org/shop", id="a URI in a URI"),
    pytest.param(f"postgresql://db.example.org/shop?user=u&password={CANARY}", id="a parameter"),
    pytest.param(f"host=db.example.org user=u password='{CANARY}'", id="pairs"),
]


def printed_by(pipeline: Pipeline) -> str:
    stage = pipeline.stages[0]
    shown = [f"{thing!r} {thing}" for thing in (pipeline, pipeline.stages, stage, stage.connection, pipeline.places)]
    return "\n".join([*shown, pipeline.where(stage, "from")])


@pytest.mark.parametrize("uri", CONNECTIONS)
def test_a_password_is_in_no_repr(written, uri):
    text = stage(
        'name = "s"',
        'kind = "source"',
        f"sql = '''attach \"{uri}\"'''",
        f'from = "{uri}"',
        f'query = "{uri}"',
        f'options = {{ storage = {{ secret = "{CANARY}" }} }}',
    )
    pipeline = load(written(text))
    assert pipeline.connect_to(pipeline.stages[0]) == uri
    assert CANARY not in printed_by(pipeline)
    with pytest.raises(TypeError):
        msgspec.json.encode(pipeline.stages[0].connection)


@pytest.mark.parametrize("uri", CONNECTIONS)
@pytest.mark.parametrize(
    "line",
    [
        pytest.param("from = {}\ndata = 'x'\nzzz = 1", id="at its place"),
        pytest.param("from = [{}]", id="in a list"),
        pytest.param("form = {}", id="under a misspelt key"),
        pytest.param("zzz = {}", id="under an unknown key"),
        pytest.param("sql = [{}]", id="as a list of queries"),
        pytest.param("options = {}", id="as options"),
        pytest.param("query = [{}]", id="as a list of texts"),
        pytest.param("ordered = {}", id="for ordered"),
        pytest.param("key = [{}, {}]", id="as a key"),
        pytest.param("window = {}", id="as a window"),
        pytest.param("inputs = {}", id="as an input"),
        pytest.param("partition = {}", id="as a partition"),
        pytest.param("from = {}\nfrom = {}", id="twice"),
        pytest.param("from = {} x", id="in a broken line"),
    ],
)
def test_a_password_is_in_no_message(written, line, uri):
    text = stage('name = "s"', 'kind = "source"') + line.replace("{}", json.dumps(uri))
    with pytest.raises(UsageError) as caught:
        load(written(text))
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def connected(written, text: str) -> Pipeline:
    return load(written(stage('name = "s"', 'kind = "source"', 'sql = "select 1"', f'from = "{text}"')))


def test_a_variable_is_looked_up_at_each_call_and_kept_nowhere(written, monkeypatch):
    pipeline = connected(written, "env:SHOP")
    first = pipeline.stages[0]
    monkeypatch.delenv("SHOP", raising=False)
    with pytest.raises(UsageError) as caught:
        pipeline.connect_to(first)
    assert str(caught.value) == (
        'pipeline.toml:6: stage "s": environment variable SHOP is not set; '
        "set it to the URI or the path of the database"
    )
    monkeypatch.setenv("SHOP", f"postgresql://u:{CANARY}@h/shop")
    assert pipeline.connect_to(first) == f"postgresql://u:{CANARY}@h/shop"
    assert pipeline.connect_to(first, {"SHOP": "other://"}) == "other://"
    assert CANARY.encode() not in pickle.dumps(pipeline)
    assert repr(first.connection) == "Connection('env:SHOP')"


@pytest.mark.parametrize(
    ("text", "leads_to_file"),
    [
        pytest.param("warehouse.duckdb", True, id="a name"),
        pytest.param("../data/shop.sqlite", True, id="a path"),
        pytest.param(":memory:", False, id="memory"),
        pytest.param("sqlite:///shop.sqlite", False, id="a URI"),
        pytest.param("host=h dbname=d", False, id="pairs"),
    ],
)
def test_a_database_file_is_sought_from_the_folder_of_the_pipeline_file(written, tmp_path, text, leads_to_file):
    expected = f"{tmp_path}/{text}" if leads_to_file else text
    pipeline = connected(written, text)
    assert pipeline.connect_to(pipeline.stages[0]) == expected
    pipeline = connected(written, "env:SHOP")
    assert pipeline.connect_to(pipeline.stages[0], {"SHOP": text}) == expected


def test_a_stage_without_a_connection_says_so(written):
    pipeline = load(written(source()))
    with pytest.raises(UsageError) as caught:
        pipeline.connect_to(pipeline.stages[0])
    assert str(caught.value) == ('pipeline.toml:2: stage "s": expected a connection, found none; add sql and from')


def test_connections_are_equal_by_text():
    assert Connection("env:A") == Connection("env:A") == copy.copy(Connection("env:A"))
    assert len({Connection("a"), Connection("a"), Connection("b")}) == 2
    assert Connection("a") != "a"


# Paths and places


def test_paths_start_at_the_folder_of_the_file(tmp_path, monkeypatch):
    folder = tmp_path / "project [1]"
    folder.mkdir()
    (folder / "pipeline.toml").write_text(EVERYTHING)
    for name in ("train/b.parquet", "train/a.parquet", "train/c.csv", "test.parquet"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("")
    monkeypatch.chdir(tmp_path)
    pipeline = load("project [1]/pipeline.toml")
    paths = pipeline.paths(pipeline.stage("split"))
    assert {name: expand(path) for name, path in paths.items()} == {
        "train": [folder / "train/a.parquet", folder / "train/b.parquet"],
        "test": [folder / "test.parquet"],
    }
    assert pipeline.paths(pipeline.stage("model")) == {"file": folder / "model.bin"}
    assert pipeline.paths(pipeline.stage("late")) == {"data": folder / "late.csv"}
    assert pipeline.paths(pipeline.stage("orders")) == {}
    assert pipeline.resolve("/data/*.csv") == Path("/data/*.csv")


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        pytest.param("a.csv", ["a.csv"], id="a file"),
        pytest.param("*.csv", ["B.csv", "a.csv", "x[1].csv"], id="a glob, sorted by code point, without folders"),
        pytest.param("**/*.csv", ["B.csv", "a.csv", "inner/d.csv", "x[1].csv"], id="in all folders"),
        pytest.param("x[1].csv", ["x[1].csv"], id="a name with brackets"),
        pytest.param("[aB].csv", ["B.csv", "a.csv"], id="a set of letters"),
        pytest.param("inner", ["inner"], id="a folder by name"),
    ],
)
def test_a_pattern_is_the_files_it_matches(tmp_path, pattern, found):
    for name in ("a.csv", "B.csv", "x[1].csv", "inner/d.csv", "folder.csv/e.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    assert expand(tmp_path / pattern) == [tmp_path / name for name in found]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        pytest.param(
            "none.csv",
            'expected a file, found none at "none.csv"; correct the path, or make the file',
            id="no file",
        ),
        pytest.param(
            "none/*.csv",
            'expected files, found none that match "none/*.csv"; correct the pattern, or make them',
            id="no match",
        ),
        pytest.param(
            "fold*",
            'expected files, found none that match "fold*"; correct the pattern, or make them',
            id="folders only",
        ),
    ],
)
def test_a_pattern_without_files_is_refused(tmp_path, monkeypatch, pattern, message):
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    with pytest.raises(UsageError) as caught:
        expand(pattern)
    assert str(caught.value) == message
    with pytest.raises(UsageError) as caught:
        expand(pattern, 'pipeline.toml:5: stage "s"')
    assert str(caught.value) == f'pipeline.toml:5: stage "s": {message}'


def test_a_pipeline_knows_its_stages_and_their_lines(written):
    pipeline = load(written(EXAMPLE))
    features = pipeline.stage("features")
    assert pipeline.where(features) == 'pipeline.toml:31: stage "features"'
    assert pipeline.where(features, "data") == 'pipeline.toml:34: stage "features"'
    assert pipeline.where(features, "time") == 'pipeline.toml:31: stage "features"'
    with pytest.raises(UsageError) as caught:
        pipeline.stage("feature")
    assert str(caught.value) == (
        'pipeline.toml: no stage "feature"; its stages: flights, split, model, features, actual'
    )


def test_the_privacy_of_a_stage_is_its_own_else_that_of_the_file(written):
    everything, example = load(written(EVERYTHING)), load(written(EXAMPLE, "example.toml"))
    assert everything.privacy_of(everything.stage("orders")) == "open"
    assert everything.privacy_of(everything.stage("late")) == "strict"
    assert example.privacy_of(example.stage("model")) == "standard"
    assert example.privacy_of(example.stage("model"), default="strict") == "strict"


# Lines, whatever the layout

ALL_KEYS = {
    *STAGE_KEYS,
    *("run", "predict", "fit", "stage", "expect", "accept"),
    *(
        field.encode_name
        for declaration in (Tolerance, Decision, Expectation, Acceptance)
        for field in msgspec.structs.fields(declaration)
    ),
}
# Under these a key is a column, a part or an option: every name is right.
_FREE = ("[stage.ignore]", "[stage.options]", "[stage.derives]", "[stage.totals]", "[stage.parts]", "[stage.effect]")


def _lines_with_a_key() -> list[int]:
    found, table = [], ""
    for number, line in enumerate(EVERYTHING.splitlines()):
        if line.startswith("["):
            table = line
        elif line and table not in _FREE:
            found.append(number)
    return found


@st.composite
def misspelt(draw: st.DrawFn) -> tuple[str, str, int]:
    """The file with one key misspelt and filler anywhere; the key, and its line."""
    lines = EVERYTHING.splitlines()
    wrong = draw(st.sampled_from(_lines_with_a_key()))
    key, value = lines[wrong].split(" = ", 1)
    place = draw(st.integers(0, len(key) - 1))
    letter = draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz_-7"))
    spelt = draw(
        st.sampled_from(
            [
                key[:place] + key[place + 1 :],
                key[:place] + letter + key[place:],
                key[:place] + letter + key[place + 1 :],
                key[:place] + key[place : place + 2][::-1] + key[place + 2 :],
            ]
        ).filter(lambda text: text and text not in ALL_KEYS)
    )
    lines[wrong] = f"{spelt} = {value}"
    written: list[str] = []
    at = 0
    for number, line in enumerate(lines):
        written += draw(st.lists(st.sampled_from(["", "# [[stage]]", '  # name = """', "\t"]), max_size=2))
        if number == wrong:
            at = len(written) + 1
        written.append(draw(st.sampled_from(["", " ", "\t"])) + line + draw(st.sampled_from(["", " ", ' # "', " # ]"])))
    return "\n".join(written), spelt, at


@settings(deadline=None)
@given(case=misspelt())
def test_any_misspelt_key_is_reported_with_its_line(tmp_path_factory, case):
    text, key, line = case
    path = tmp_path_factory.getbasetemp() / "misspelt.toml"
    path.write_text(text, encoding="utf-8")
    messages = refusal(str(path))
    assert [m for m in messages if m.startswith(f"{path}:{line}: ") and f'unknown key "{key}"' in m], messages


_NAMES = st.text("ab.#]=\"'\\ é\n", max_size=3)
_TEXTS = st.text("ab#[]{}=,\"'\\\n \t", max_size=8)
_VALUES = st.recursive(
    st.integers() | st.booleans() | _TEXTS | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=8,
)


class _Writer:
    """Writes TOML in a drawn layout, and notes the line of everything that it writes."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw, self.text, self.lines = draw, "", {}

    def add(self, text: str) -> None:
        self.text += text

    def key(self, path: tuple, name: str) -> None:
        self.add(name if name.isalpha() and name.isascii() else json.dumps(name, ensure_ascii=False))
        self.lines[(*path, name)] = self.text.count("\n") + 1

    def value(self, path: tuple, value: object) -> None:
        match value:
            case list():
                self.add("[")
                for number, item in enumerate(value):
                    self.add(self.draw(st.sampled_from(["", " ", "\n", " # ]\n", "\n\n\t"])))
                    self.lines[(*path, number)] = self.text.count("\n") + 1
                    self.value((*path, number), item)
                    self.add(self.draw(st.sampled_from(["", "\n", " # ,\n"])) + ",")
                self.add(self.draw(st.sampled_from(["", "\n", "# [\n"])) + "]")
            case dict():
                self.add("{ ")
                for number, (name, item) in enumerate(value.items()):
                    self.add(", " if number else "")
                    self.pair(path, name, item)
                self.add(" }")
            case str():
                plain = json.dumps(value, ensure_ascii=False)
                forms = [plain]
                if not value.startswith("\n"):
                    forms.append('"""' + plain[1:-1].replace("\\n", "\n").replace('\\"\\"\\"', '""\\"') + '"""')
                if "'''" not in value and not value.startswith("\n"):
                    forms.append(f"'''{value}'''")
                if "'" not in value and "\n" not in value:
                    forms.append(f"'{value}'")
                self.add(self.draw(st.sampled_from(forms)))
            case _:
                self.add(str(value).lower())

    def pair(self, path: tuple, name: str, value: object) -> None:
        self.key(path, name)
        self.add(self.draw(st.sampled_from(["=", " = ", "\t="])))
        self.value((*path, name), value)


@settings(deadline=None)
@given(data=st.data(), tables=st.lists(st.dictionaries(_NAMES, _VALUES, max_size=4), max_size=4))
def test_every_key_of_any_document_has_its_line(data, tables):
    writer = _Writer(data.draw)
    for number, table in enumerate(tables):
        writer.add(data.draw(st.sampled_from(["", "\n", "# [[t]]\n"])) + "[[ t ]]\n")
        writer.lines.setdefault(("t",), writer.text.count("\n"))
        writer.lines["t", number] = writer.text.count("\n")
        for name, value in table.items():
            writer.pair(("t", number), name, value)
            writer.add(data.draw(st.sampled_from(["\n", " # =\n", "\n\n"])))
    assert tomllib.loads(writer.text) == ({"t": tables} if tables else {})
    assert lines_of_keys(writer.text) == writer.lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("a.b = 1\na.c = 2\n", {("a",): 1, ("a", "b"): 1, ("a", "c"): 2}, id="dotted keys"),
        pytest.param(
            "[a.b]\nx = 1\n[a]\ny = 1\n",
            {("a",): 3, ("a", "b"): 1, ("a", "b", "x"): 2, ("a", "y"): 4},
            id="a table after its inner one",
        ),
        pytest.param(
            "[[a]]\n[[a.b]]\n[[a.b]]\nx = 1\n[[a]]\n[a.c]\n[[a.b]]\n",
            {
                ("a",): 1,
                ("a", 0): 1,
                ("a", 0, "b"): 2,
                ("a", 0, "b", 0): 2,
                ("a", 0, "b", 1): 3,
                ("a", 0, "b", 1, "x"): 4,
                ("a", 1): 5,
                ("a", 1, "c"): 6,
                ("a", 1, "b"): 7,
                ("a", 1, "b", 0): 7,
            },
            id="tables in tables",
        ),
        pytest.param(
            'a = \'\'\'\n[b]\n\'\'\'\n"c d" . e = """"x"""""\nf = 1979-05-27 07:32:00Z\n',
            {("a",): 1, ("c d",): 4, ("c d", "e"): 4, ("f",): 5},
            id="quotes, and a date with a blank",
        ),
    ],
)
def test_keys_have_lines(text, lines):
    tomllib.loads(text)
    assert lines_of_keys(text) == lines


def paths_of(value: object, path: tuple = ()) -> set[tuple]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {inner for key, item in items for inner in {(*path, key), *paths_of(item, (*path, key))}}


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(lines=st.lists(st.sampled_from(EVERYTHING.splitlines()) | st.text("ab=.[]{}\"'#,1 ", max_size=9), max_size=9))
def test_lines_are_of_the_keys_that_there_are(lines):
    text = "\n".join(lines)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        reject()
    assert lines_of_keys(text).keys() == paths_of(document)


def test_each_kind_takes_its_keys():
    assert {"parts", "of", "by"} <= set(keys_of("split")) - set(keys_of("source"))
    assert set(keys_of("model")) == {
        *("name", "kind", "inputs", "file", "privacy", "private", "open", "target", "derives", "tolerance"),
        *("decisions", "query", "options", "files"),
    }
    assert set(keys_of(None)) == set(STAGE_KEYS)


def test_the_kinds_are_those_of_the_stages_in_their_order():
    assert tuple(STAGES) == KINDS
