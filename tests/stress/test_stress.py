"""`parityline stress`: a careful way of serving has no line, and each weak one its own; by function and by HTTP."""

from __future__ import annotations

import datetime
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import weak_serving
from weak_serving import WEAK, careful, people

import parityline
from parityline import UsageError
from parityline.cli import run as command
from parityline.rehearsal import Endpoint, Function, stress
from parityline.rehearsal.serving import Answer, one_a_row
from parityline.variables.substitutes import substitutes

FOLDER = Path(__file__).parent
TABLE = people()


@pytest.fixture(scope="module")
def reference():
    with parityline.record("people", environment="research") as run:
        X = run.features("X", TABLE.drop(columns="late"), key="id")
        scored = pd.DataFrame({"id": X["id"], "p": careful(X)})
        run.predictions("scores", scored, key="id", score="p", inputs=["X"])
        run.outcomes("late", TABLE[["id", "late"]], key="id", actual="late", prediction="scores")
        run.expect("auc", of="late", at_least=0.6)
    return run.record


class Here:
    """The function in this process, which is quicker."""

    def __init__(self, name):
        self.name, self.function = name, getattr(weak_serving, name)

    def ask(self, rows):
        try:
            return Answer(values=one_a_row(self.function(rows), len(rows)))
        except Exception as error:
            return Answer(error=str(error))

    def close(self):
        """Nothing was started."""


def answered(reference, name, **keywords):
    limit = keywords.pop("time_limit", 20.0)
    if name not in ("hangs", "careful", "raises_for_null"):
        return stress(reference, Here(name), **keywords)
    serving = Function(f"weak_serving:{name}", folder=FOLDER, time_limit=limit)
    try:
        return stress(reference, serving, **keywords)
    finally:
        serving.close()


def weaknesses(answer):
    return [(f.column, f.code, f.evidence["result"]) for f in answer.verdict.findings if f.scenario == 4]


def test_a_careful_function_has_no_line(reference):
    answer = answered(reference, "careful")
    assert weaknesses(answer) == []
    assert {o.situation for o in answer.outcomes} == {"missing", "infinite", "extreme", "wrong-type", "unseen", "empty"}


@pytest.mark.parametrize("name", WEAK)
def test_a_weak_function_is_found_and_nothing_else(reference, name):
    answer = answered(reference, name, time_limit=2.0 if name == "hangs" else 20.0)
    found = weaknesses(answer)
    assert set(found) == {WEAK[name]}
    assert answer.exit_code == 1
    assert answer.verdict.first.stage == "X"


class _Handler(BaseHTTPRequestHandler):
    served = "careful"

    def do_POST(self):
        rows = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["instances"]
        try:
            table = pd.DataFrame(rows)
            for name in ("age", "income"):
                if table[name].isna().all():
                    table[name] = np.nan
            values = getattr(weak_serving, self.served)(table)
            body, status = json.dumps({"predictions": [float(v) for v in values]}).encode(), 200
        except Exception as error:
            body, status = json.dumps({"error": str(error)}).encode(), 422
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture
def endpoint(request):
    handler = type("Handler", (_Handler,), {"served": request.param})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield request.param, f"http://127.0.0.1:{server.server_address[1]}/predict"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    "endpoint", ["careful", "nan_for_null", "raises_for_unseen", "no_category", "by_batch"], indirect=True
)
def test_an_endpoint(reference, endpoint):
    name, url = endpoint
    answer = stress(reference, Endpoint(url))
    assert set(weaknesses(answer)) == ({WEAK[name]} if name in WEAK else set())


@pytest.mark.parametrize("endpoint", ["hangs"], indirect=True)
def test_an_endpoint_that_hangs_is_left(reference, endpoint):
    answer = stress(reference, Endpoint(endpoint[1], time_limit=1.5))
    assert set(weaknesses(answer)) == {WEAK["hangs"]}


DECIDED = {"column": "age", "when": "missing", "owner": "Ada", "reason": "the form asks", "date": "2026-01-31"}


@pytest.mark.parametrize(
    ("name", "decision", "weak"),
    [
        pytest.param("default_of_null", {"action": "default", "value": 30.0}, False, id="the default is put in"),
        pytest.param("default_of_null", {"action": "default", "value": 50.0}, True, id="another default is put in"),
        pytest.param("refuses_null", {"action": "reject"}, False, id="rejected as decided"),
        pytest.param("careful", {"action": "reject"}, True, id="not rejected"),
        pytest.param("nan_for_null", {"action": "escalate"}, False, id="no prediction, somebody looks"),
    ],
)
def test_decisions_are_held(reference, name, decision, weak):
    answer = answered(reference, name, decisions=[{**DECIDED, **decision}])
    assert [f.column for f in answer.verdict.findings if f.scenario == 4] == (["age"] if weak else [])
    if weak:
        assert "Ada" in answer.verdict.first.sentence


def test_an_open_question_is_unchecked(reference):
    answer = answered(reference, "careful", decisions=[{"column": "age", "when": "missing"}])
    assert "open question" in answer.verdict.unchecked[0].why


# --- outages ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answer(reference):
    return stress(reference, Here("careful"))


def test_the_outage_table_equals_a_script(reference, answer):
    table = {(o.column, o.kind): o for o in answer.outages}
    keys = reference.stages["X"].table.state.sample
    assert len(keys.keys) >= 2_000  # every outage is tried on the first 2,000 sampled rows
    own = table["age", "missing"]
    from parityline.rehearsal.probes import sampled_rows

    rows = sampled_rows(reference.stages["X"])[0].iloc[:2_000]
    moved = np.abs(careful(rows.assign(age=np.nan)) - careful(rows)).mean()
    assert own.moved == pytest.approx(moved)
    late = TABLE.set_index("id")["late"].loc[rows["id"]].to_numpy()
    from sklearn.metrics import roc_auc_score

    assert own.before == pytest.approx(roc_auc_score(late, careful(rows)))
    assert own.after == pytest.approx(roc_auc_score(late, careful(rows.assign(age=np.nan))))
    assert own.lost[0] <= own.before - own.after <= own.lost[1]


def test_the_costliest_column_is_first_and_fails_its_promise(answer):
    assert answer.outages[0].column == "age"
    assert [f.column for f in answer.verdict.findings] == ["age"] * len(answer.verdict.findings)
    assert {f.code for f in answer.verdict.findings} == {"metric-below-expectation"}


def test_a_twin_is_found_as_substitute(answer):
    own = next(o for o in answer.outages if (o.column, o.kind) == ("age", "missing"))
    assert own.substitutes[0].column == "shoe"


def test_a_candidate_that_is_mostly_missing_ranks_below():
    g = np.random.default_rng(0)
    x = g.normal(0, 1, 2_000)
    rows = pd.DataFrame({"x": x, "noise": g.normal(0, 1, 2_000), "near": x + g.normal(0, 0.8, 2_000),
                         "twin": np.where(g.random(2_000) < 0.8, np.nan, x)})  # fmt: skip
    assert [s.column for s in substitutes(rows, "x", list(rows))] == ["near", "twin"]


def test_refits_equal_a_script(reference):
    answer = stress(reference, Here("careful"), fit=weak_serving.fit, without=["age"])
    ways = {r.way: r for r in answer.refits}
    assert set(ways) == {"keep", "drop", "impute", "replace"}
    assert ways["keep"].value > ways["impute"].value
    assert sum(r.recommended for r in answer.refits) == 1
    assert ways["drop"].recommended  # the twin is among the features, and dropping is the simplest


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def here(reference, tmp_path, monkeypatch):
    reference.write(tmp_path / "research.parity")
    (tmp_path / "serve.py").write_text(f"import sys; sys.path.insert(0, {str(FOLDER)!r})\nfrom weak_serving import *\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command(here, capsys):
    assert command(["stress", "research.parity", "--predict", "serve:nan_for_null", "--to", "with.parity"]) == 1
    said = capsys.readouterr().out
    assert "WEAK  null in `age` gives NaN predictions" in said
    assert "next: parityline explain null-reached-model" in said
    kept = parityline.Record.read("with.parity").stages["X"].facts["outages"]
    assert {row["column"] for row in kept} == {"age", "income", "city", "shoe"}
    assert command(["stress", "research.parity", "--predict", "serve:careful", "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["probes"][0]["column"]


def test_a_verdict_quotes_the_outage_table(here, reference):
    command(["stress", "research.parity", "--predict", "serve:careful", "--to", "with.parity"])
    with parityline.record("people", environment="production") as run:
        X = run.features("X", TABLE.drop(columns="late").assign(age=np.nan), key="id")
        run.predictions("scores", pd.DataFrame({"id": X["id"], "p": careful(X)}), key="id", score="p", inputs=["X"])
        run.outcomes("late", TABLE[["id", "late"]], key="id", actual="late", prediction="scores")
    verdict = parityline.verify("with.parity", run.record, rows="new")
    (told,) = [f for f in verdict.findings if f.stage == "X" and f.code == "missing-differs"] or [verdict.first]
    assert "the outage table of the reference: missing, predictions move by" in told.sentence, verdict.to_text()
    assert "`shoe` could stand in" in told.sentence


def test_a_pipeline_file_brings_predict_and_decisions(here, capsys):
    (here / "pipeline.toml").write_text(
        'name = "people"\npredict = "serve:careful"\n[[stage]]\nname = "X"\nkind = "features"\ndata = "x.parquet"\n'
        'decisions = { column = "age", when = "missing", action = "reject", owner = "Ada", reason = "form", '
        "date = 2026-01-31 }\n"
    )
    assert command(["stress", "research.parity", "--pipeline", "pipeline.toml"]) == 1
    assert "is to be rejected" in capsys.readouterr().out


@pytest.mark.parametrize("several", [False, True])
def test_decisions_of_the_record_are_held_without_a_pipeline_file(tmp_path, capsys, monkeypatch, several):
    decision = {**DECIDED, "action": "reject", "date": datetime.date(2026, 1, 31)}
    with parityline.record("people", environment="research", to=tmp_path / "decided.parity") as run:
        run.features("X", TABLE.drop(columns="late"), key="id", decisions=[decision] if several else decision)
    monkeypatch.chdir(FOLDER)
    assert command(["stress", str(tmp_path / "decided.parity"), "--predict", "weak_serving:careful"]) == 1
    assert "is to be rejected, and gives a prediction (reject was decided by Ada, 2026-01-31" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param([], "expected one of --predict", id="nothing to ask"),
        pytest.param(["--predict", "serve:nothing"], "can be imported", id="no such function"),
        pytest.param(["--predict", "serve:careful", "--stage", "Y"], "found 'Y'", id="no such stage"),
        pytest.param(["--endpoint", "http://me:secret@127.0.0.1/"], "a URI with a password", id="a password"),
        pytest.param(["--endpoint", "http://127.0.0.1:9/"], "no connection", id="nobody there"),
    ],
)
def test_wrong_arguments(here, capsys, arguments, words):
    assert command(["stress", "research.parity", *arguments]) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert "secret" not in said.err + said.out


def test_a_record_without_features_is_refused():
    with parityline.record("bare", environment="research") as run:
        run.source("rows", TABLE, key="id")
    with pytest.raises(UsageError, match="--stage"):
        stress(run.record, Function("weak_serving:careful", folder=FOLDER))
