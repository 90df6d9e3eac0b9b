"""`parityline.guard`: answers are untouched, each damaged input is counted by cause, and nothing breaks the service."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import json
import os
import sys
import threading
import types

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import parityline
from parityline import BadInputError, UsageError
from parityline.guards import Counts, Guard, GuardMiddleware

ROWS = 2_000
G = np.random.default_rng(8)
TABLE = pd.DataFrame({
    "id": np.arange(ROWS), "age": G.normal(45, 12, ROWS).round(1), "income": G.lognormal(10, 0.4, ROWS).round(),
    "city": G.choice(["Bergen", "Oslo", "Vardo"], ROWS), "member": G.random(ROWS) < 0.4,
    "gaps": np.where(G.random(ROWS) < 0.1, np.nan, G.normal(0, 1, ROWS)),
})  # fmt: skip
NAMES = ["age", "income", "city", "member", "gaps"]
GOOD = {"age": 40.0, "income": 20_000.0, "city": "Oslo", "member": True, "gaps": None}


@pytest.fixture(scope="module")
def reference():
    with parityline.record("shop", environment="research") as run:
        run.features("X", TABLE, key="id")
        run.predictions("p", pd.DataFrame({"id": TABLE["id"], "p": G.random(ROWS)}), key="id", score="p", inputs=["X"])
    return run.record


def predict(rows):
    if isinstance(rows, dict):
        return np.full(len(rows["age"]), 0.25) if isinstance(rows.get("age"), list) else 0.25
    return np.full(len(rows) if np.ndim(rows) != 1 or isinstance(rows, list) else 1, 0.25)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        pytest.param({}, None, id="good"),
        pytest.param({"age": None}, ("missing", "age"), id="null"),
        pytest.param({"age": float("nan")}, ("missing", "age"), id="NaN"),
        pytest.param({"gaps": None}, None, id="null where research has some"),
        pytest.param({"age": float("inf")}, ("infinite", "age"), id="infinite"),
        pytest.param({"income": 1e9}, ("range", "income"), id="out of range"),
        pytest.param({"income": -1}, ("range", "income"), id="below its range"),
        pytest.param({"city": "Atlantis"}, ("unseen", "city"), id="unseen"),
        pytest.param({"city": 5}, ("type", "city"), id="number for text"),
        pytest.param({"age": "old"}, ("type", "age"), id="text for number"),
        pytest.param({"member": "yes"}, ("type", "member"), id="text for boolean"),
    ],
)
def test_one_row_in_every_form(reference, changed, fault):
    row = {**GOOD, **changed}
    for given in (row, [row], pd.DataFrame([row]), {n: [v] for n, v in row.items()}):
        guarded = parityline.guard(predict, reference)
        assert np.all(guarded(given) == 0.25)
        assert dict(guarded.counts.faults) == ({fault: 1} if fault else {})
        assert (guarded.counts.calls, guarded.counts.rows, guarded.counts.bad_rows) == (1, 1, int(bool(fault)))


def test_a_missing_column_is_counted(reference):
    guarded = parityline.guard(predict, reference)
    guarded({n: v for n, v in GOOD.items() if n != "age"})
    assert dict(guarded.counts.faults) == {("absent", "age"): 1}


def test_arrays_have_the_columns_in_their_order():
    numbers = TABLE[["id", "age", "income", "gaps"]]
    with parityline.record("shop", environment="research") as run:
        run.features("X", numbers, key="id")
    guarded = parityline.guard(predict, run.record)
    rows = numbers.drop(columns="id").to_numpy()
    damaged = rows.copy()
    damaged[3, 0], damaged[4, 1], damaged[5, 0] = np.nan, 1e12, np.inf
    guarded(rows)
    assert not guarded.counts.faults
    guarded(damaged)
    assert dict(guarded.counts.faults) == {("missing", "age"): 1, ("range", "income"): 1, ("infinite", "age"): 1}
    assert guarded.counts.bad_rows == 3
    guarded(rows[0])
    assert guarded.counts.rows == 2 * len(rows) + 1
    guarded(np.zeros((2, 9)))
    assert dict(guarded.counts.skipped) == {"UsageError": 1}


def test_of_many_requests_each_damaged_one_is_counted_and_no_good_one(reference):
    """100,000 requests, one in a hundred damaged in one of four ways."""
    g = np.random.default_rng(1)
    ways = [("missing", "age", None), ("range", "income", 1e9), ("unseen", "city", "Atlantis"), ("type", "age", "x")]
    guarded, damaged = parityline.guard(predict, reference), {}
    rows = TABLE[NAMES].astype(object).where(TABLE[NAMES].notna(), None).to_dict("records")
    for i in range(100_000):
        row = rows[i % ROWS]
        if g.random() < 0.01:
            kind, column, value = ways[int(g.integers(4))]
            row = {**row, column: value}
            damaged[kind, column] = damaged.get((kind, column), 0) + 1
        guarded(row)
    assert dict(guarded.counts.faults) == damaged
    assert guarded.counts.bad_rows == sum(damaged.values())


def test_outputs_are_counted(reference):
    answers = iter([0.5, float("nan"), float("inf"), 1.5])
    guarded = parityline.guard(lambda row: next(answers), reference)
    for _ in range(4):
        guarded(GOOD)
    assert dict(guarded.counts.outputs) == {"NaN": 1, "infinite": 1, "range": 1}


def test_what_predict_raises_is_raised_and_counted_with_its_cause(reference):
    def strict(row):
        if row["city"] not in ("Bergen", "Oslo", "Vardo"):
            raise KeyError(row["city"])
        return 0.5

    guarded = parityline.guard(strict, reference)
    assert guarded(GOOD) == 0.5
    for _ in range(2):
        with pytest.raises(KeyError, match="XK"):
            guarded({**GOOD, "city": "XK"})
    assert dict(guarded.counts.exceptions) == {("KeyError", "unseen", "city", "XK"): 2}


def test_reject_raises_only_when_told_to(reference):
    guarded = parityline.guard(predict, reference, reject=True)
    assert guarded(GOOD) == 0.25
    with pytest.raises(BadInputError, match="city = Atlantis was never seen"):
        guarded({**GOOD, "city": "Atlantis"})


class Strange:
    """A value whose every use fails."""

    def __eq__(self, other):
        raise RuntimeError("no comparison")

    __ne__ = __lt__ = __le__ = __ge__ = __gt__ = __eq__
    __hash__ = None

    def __str__(self):
        raise MemoryError


BREAKS = ["rules", "counts", "_lock", "_range", "_rows", "_random"]


@pytest.mark.parametrize("broken", [*BREAKS, "a value that fails"])
@pytest.mark.parametrize("closed", [False, True])
def test_answers_are_the_same_whatever_fails_in_the_guard(reference, broken, closed):
    answers = [0.125, np.array([0.5, float("nan")]), None, "text"]
    guarded = Guard(lambda rows, at: answers[at], reference, closed=closed, keep=0 if broken == "_rows" else 1)
    given = GOOD
    if broken in BREAKS:
        setattr(guarded, broken, None)
    else:
        given = {**GOOD, "age": Strange()}
    for at, answer in enumerate(answers):
        if not closed:
            assert guarded(given, at) is answer
            continue
        with contextlib.suppress(AttributeError, TypeError, RuntimeError, MemoryError):  # a closed guard refuses
            assert guarded(given, at) is answer


def test_a_model_keeps_its_other_attributes(reference):
    X = TABLE[["age", "income"]].to_numpy()
    with parityline.record("shop", environment="research") as run:
        run.features("X", TABLE[["id", "age", "income"]], key="id")
    model = LogisticRegression().fit(X, TABLE["member"])
    guarded = parityline.guard(model, run.record)
    assert (guarded.predict_proba(X) == model.predict_proba(X)).all()
    assert (guarded.predict(X) == model.predict(X)).all()
    assert (guarded.coef_ == model.coef_).all()
    assert guarded.counts.rows == 2 * ROWS


def test_as_a_decorator_of_a_function_and_of_a_method(reference):
    class Service:
        @lambda f: parityline.guard(f, reference)
        def predict(self, row):
            """Predicts."""
            return 0.75

    service = Service()
    assert service.predict(GOOD) == 0.75
    assert Service.predict.counts.rows == 1
    assert Service.predict.__doc__ == "Predicts."


def test_it_fails_at_the_start(reference, tmp_path):
    with pytest.raises(UsageError, match="expected a callable"):
        parityline.guard(5, reference)
    with pytest.raises(UsageError, match="found 'Y'"):
        parityline.guard(predict, reference, stage="Y")
    (tmp_path / "broken.parity").write_bytes(b"nothing")
    with pytest.raises(parityline.FormatError):
        parityline.guard(predict, tmp_path / "broken.parity")


def test_threads_count_every_row(reference):
    guarded = parityline.guard(predict, reference, keep=100)
    threads = [threading.Thread(target=lambda: [guarded(GOOD) for _ in range(500)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert guarded.counts.rows == 4_000
    assert len(guarded._rows) <= 108


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_counts_for_itself(reference, tmp_path):
    guarded = parityline.guard(predict, reference)
    guarded(GOOD)
    child = os.fork()
    if not child:
        guarded({**GOOD, "age": None})
        guarded.save(tmp_path / "child.json")
        os._exit(0)
    os.waitpid(child, 0)
    other = Counts.from_dict(json.loads((tmp_path / "child.json").read_text()))
    assert (guarded.counts.rows, other.rows) == (1, 1)
    both = guarded.counts.merge(other)
    assert (both.rows, dict(both.faults)) == (2, {("missing", "age"): 1})
    assert Counts.from_dict(both.to_dict()) == both


def test_the_record_of_the_day_is_verified(reference):
    def strict(row):
        if row["city"] == "XK":
            raise KeyError("XK")
        return float(G.random())

    guarded = parityline.guard(strict, reference)
    for row in TABLE[NAMES].to_dict("records"):
        guarded(row)
    clean = guarded.record()
    verdict = parityline.verify(reference, clean, rows="new")
    assert verdict.status == "pass", verdict.to_text()
    for _ in range(41):
        with pytest.raises(KeyError):
            guarded({**GOOD, "city": "XK"})
    verdict = parityline.verify(reference, guarded.record(), rows="new")
    assert (verdict.first.stage, verdict.first.code, verdict.first.column) == ("p", "unseen-category", "city")
    assert "41 requests raised KeyError" in verdict.first.sentence


def test_the_sample_is_bounded_and_says_so(reference):
    guarded = parityline.guard(predict, reference, keep=50)
    for _ in range(500):
        guarded(GOOD)
    assert guarded.record().stages["p"].facts["guard"]["sampled"] == [50, 500]


def test_answers_that_are_not_one_a_row_are_not_kept_and_counted(reference):
    guarded = parityline.guard(lambda rows: [0.5, 0.5], reference)
    assert guarded(GOOD) == [0.5, 0.5]
    assert dict(guarded.counts.skipped) == {"answers that are not one a row": 1}
    assert guarded._rows == []


def test_of_a_whole_pipeline_the_guard_tells_its_end():
    """The stages before a guard were not recorded: that is a limit, and the verdict passes."""
    with parityline.record("shop", environment="research") as run:
        rows = run.source("raw", TABLE, key="id")
        run.features("X", rows, key="id", inputs=["raw"])
        run.model("model", LogisticRegression())
        scored = pd.DataFrame({"id": TABLE["id"], "p": G.random(ROWS)})
        run.predictions("p", scored, key="id", score="p", inputs=["X", "model"])
    guarded = parityline.guard(lambda row: float(G.random()), run.record)
    for row in TABLE[NAMES].to_dict("records"):
        guarded(row)
    verdict = parityline.verify(run.record, guarded.record(), rows="new")
    assert verdict.status == "pass", verdict.to_text()
    assert {u.stage for u in verdict.limits} >= {"raw", "model"}


def test_where_every_request_raised_the_record_still_says_so(reference):
    def broken(row):
        raise KeyError("broken")

    guarded = parityline.guard(broken, reference)
    for _ in range(7):
        with pytest.raises(KeyError):
            guarded({**GOOD, "city": "XK"})
    verdict = parityline.verify(reference, guarded.record(), rows="new")
    assert verdict.status == "fail"
    assert "7 requests raised KeyError, with `city` = XK was never seen" in verdict.first.sentence


def test_the_sample_of_batches_is_uniform_over_their_rows(reference):
    """300 of 6,000 rows, in batches of ten."""
    guarded = parityline.guard(lambda rows: np.arange(len(rows)) / 10, reference, keep=300)
    rows = TABLE[NAMES].astype(object).where(TABLE[NAMES].notna(), None)
    for start in range(0, 6_000, 10):
        batch = rows.iloc[np.arange(start, start + 10) % ROWS]
        guarded(batch if start % 20 else batch.to_dict("records"))
    kept = [answer for _, answer in guarded._rows]
    assert len(kept) == 300
    assert set(np.round(kept, 1)) == {i / 10 for i in range(10)}  # every place of a batch, and not the first alone
    ages = {(row["age"], row["income"]) for row, _ in guarded._rows}
    assert ages <= set(zip(TABLE["age"], TABLE["income"], strict=True))


def test_counts_for_prometheus(reference):
    guarded = parityline.guard(predict, reference)
    guarded({**GOOD, "city": 'a"b'})
    text = guarded.counts.to_prometheus()
    assert "parityline_guard_rows_total 1\n" in text
    assert 'parityline_guard_faults_total{kind="unseen",column="city"} 1' in text


def test_open_telemetry(reference, monkeypatch):
    """The library is not needed for the tests: what is taken of it stands in its place."""
    metrics = types.ModuleType("opentelemetry.metrics")
    metrics.Observation = collections.namedtuple("Observation", ["value", "attributes"])
    monkeypatch.setitem(sys.modules, "opentelemetry", types.ModuleType("opentelemetry"))
    monkeypatch.setitem(sys.modules, "opentelemetry.metrics", metrics)
    made = {}

    class Meter:
        def create_observable_counter(self, name, callbacks, description):
            made[name] = callbacks[0]

    guarded = parityline.guard(predict, reference)
    guarded.observe(Meter())
    guarded({**GOOD, "age": None})
    assert made["parityline_guard_rows_total"](None)[0].value == 1
    assert made["parityline_guard_faults_total"](None)[0].attributes == {"kind": "missing", "column": "age"}


# --- ASGI -------------------------------------------------------------------------------------------------------------


async def application(scope, receive, send):
    body = (await receive())["body"]
    if b"break" in body:
        raise ValueError("broken")
    rows = json.loads(body)["instances"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps({"predictions": [0.5] * len(rows)}).encode()})


def asked(app, body, path="/predict"):
    sent = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    asyncio.run(app({"type": "http", "path": path, "method": "POST"}, receive, send))
    return sent


def test_the_middleware_counts_and_changes_nothing(reference):
    app = GuardMiddleware(application, reference)
    for row in (GOOD, {**GOOD, "city": "Atlantis"}):
        body = json.dumps({"instances": [row]}).encode()
        assert asked(app, body) == asked(application, body)
    assert dict(app.guard.counts.faults) == {("unseen", "city"): 1}
    assert asked(app, json.dumps({"instances": [GOOD]}).encode(), "/other")
    assert app.guard.counts.calls == 2
    with pytest.raises(ValueError, match="broken"):
        asked(app, b'{"instances": [], "break": 1}')
    assert app.guard.counts.exceptions["ValueError", "", "", ""] == 1
