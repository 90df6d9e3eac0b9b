"""Two records, one verdict: what is checked, what is said to be unchecked, where a difference begins."""

from __future__ import annotations

import copy
import datetime
import json
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest

import parityline
from parityline import DifferenceError, Record, UsageError, Verdict
from parityline import environment as environments
from parityline.codes import SCENARIOS

ROWS = 2_000
RNG = np.random.default_rng(5)
MISSING = RNG.random(ROWS) < 0.1
RAW = pd.DataFrame(
    {
        "id": range(ROWS),
        "delay": np.where(MISSING, np.nan, RNG.normal(12, 4, ROWS)),
        "wind": RNG.normal(6, 2, ROWS),
        "city": RNG.choice(["Bergen", "Oslo"], ROWS),
    }
)
ENVIRONMENT = environments.capture()
CONSTANTS = {"delay": (RAW["delay"].mean(), 3.7), "wind": (6.1, 2.2)}
SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs/verdict.schema.json").read_text())


def one(table, *, environment="research", kind="source", **keywords) -> Record:
    """A run of one stage."""
    run = parityline.record("tiny", environment=environment)
    getattr(run, kind)("table", table, **{"key": "id", **keywords})
    return run.record


def checked(before, after, *, rows="auto", **keywords) -> Verdict:
    return parityline.verify(one(before, **keywords), one(after, environment="production", **keywords), rows=rows)


def pipeline(environment="research", *, source=None, etl=None, imputed=None, scaled=None) -> Record:
    """Four stages: a source, a pass-through, filled with the mean of the batch, scaled by constants of research."""
    same = lambda table: table  # noqa: E731
    with parityline.record("flights", environment=environment) as run:
        raw = (source or same)(RAW.copy())
        run.source("flights", raw, key="id")
        joined = (etl or same)(raw.copy())
        run.etl("joined", joined, key="id", inputs=["flights"])
        filled = (imputed or same)(joined.assign(delay=joined["delay"].fillna(joined["delay"].mean())))
        run.features("filled", filled, key="id", inputs=["joined"])
        table = filled.copy()
        for column, (mean, deviation) in CONSTANTS.items():
            table[column] = (table[column] - mean) / deviation
        run.features("scaled", (scaled or same)(table), key="id", inputs=["filled"])
    # tests of this process import libraries between two runs, which is a fact of the environment
    run.record.environment_facts = copy.deepcopy(ENVIRONMENT)
    return run.record


RESEARCH = pipeline()


# ---------------------------------------------------------------- pass, fail, unchecked


def test_the_same_run_passes_without_a_finding():
    verdict = parityline.verify(RESEARCH, pipeline("production"))
    assert (verdict.status, verdict.exit_code, verdict.first) == ("pass", 0, None)
    assert (verdict.findings, verdict.unchecked, verdict.limits) == ((), (), ())
    assert [s.status for s in verdict.stages] == ["pass"] * 4
    verdict.raise_for_status()


@pytest.mark.parametrize("key", ["id", None])
@pytest.mark.parametrize(("before", "after"), [(RAW, RAW[:0]), (RAW[:0], RAW)], ids=["observed", "reference"])
def test_no_rows_on_one_side_fail(before, after, key):
    verdict = checked(before, after, key=key)
    assert (verdict.status, verdict.exit_code) == ("fail", 1)
    with pytest.raises(DifferenceError, match=verdict.first.code):
        verdict.raise_for_status()


def test_no_rows_on_both_sides_are_unchecked():
    verdict = checked(RAW[:0], RAW[:0])
    assert (verdict.status, verdict.exit_code) == ("unchecked", 3)
    assert verdict.unchecked[0].why.startswith("too-few-rows")
    with pytest.raises(DifferenceError, match="too-few-rows"):
        verdict.raise_for_status()


@pytest.mark.parametrize("missing", ["reference", "observed"])
def test_a_stage_that_one_side_has_not_is_unchecked(missing):
    whole, part = pipeline(), pipeline("production")
    del part.stages["scaled"]
    sides = (part, whole) if missing == "reference" else (whole, part)
    verdict = parityline.verify(*sides)
    assert (verdict.status, verdict.exit_code, verdict.first) == ("unchecked", 3, None)
    (gap,) = verdict.unchecked
    assert (gap.stage, missing in gap.why) == ("scaled", True)


def test_an_error_outweighs_what_was_not_checked():
    production = pipeline("production", source=lambda t: t.assign(wind=0.0))
    del production.stages["scaled"]
    verdict = parityline.verify(RESEARCH, production)
    assert (verdict.status, verdict.exit_code, len(verdict.unchecked)) == ("fail", 1, 1)


def test_a_part_that_one_side_has_not_is_no_pass():
    run, other = (parityline.record("tiny", environment=name) for name in ("research", "production"))
    run.model("model", object(), fitted_on=(RAW[["wind"]], RAW["wind"]))
    other.model("model", object())
    verdict = parityline.verify(run.record, other.record)
    assert (verdict.status, verdict.unchecked[0].what) == ("unchecked", "fitted_on")


def test_declared_order_that_a_table_cannot_show_is_unchecked():
    duckdb = pytest.importorskip("duckdb")
    relation = duckdb.from_df(RAW)
    observed = one(relation, environment="production", ordered=True)
    verdict = parityline.verify(one(RAW, ordered=True), observed)
    assert "order-unknown" in {u.why.partition(":")[0] for u in verdict.unchecked}
    assert verdict.exit_code == 3


def test_without_a_key_other_columns_are_no_pass_by_absence():
    verdict = checked(RAW, RAW.assign(new=1), key=None)
    assert (verdict.status, [f.code for f in verdict.findings]) == ("unchecked", ["column-extra"])
    assert verdict.unchecked[0].why.startswith("no-key")


def test_records_of_other_pipelines_are_refused():
    other = parityline.record("another", environment="production").record
    with pytest.raises(UsageError, match="'tiny' and 'another'"):
        parityline.verify(one(RAW), other)


def test_an_unknown_kind_of_rows_is_refused():
    with pytest.raises(UsageError, match="auto, same or new"):
        parityline.verify(RESEARCH, RESEARCH, rows="some")


# ---------------------------------------------------------------- the same rows, or new ones

NEW = RAW.sample(frac=1, replace=True, random_state=2).assign(id=RAW["id"].to_numpy() + 10_000)
HALF = pd.concat([RAW[:1_200], NEW[:800]])


@pytest.mark.parametrize(
    ("after", "rows", "kind", "status"),
    [
        pytest.param(RAW, "auto", "same", "pass", id="the same keys"),
        pytest.param(NEW, "auto", "new", "pass", id="new keys, alike"),
        pytest.param(NEW.assign(wind=NEW["wind"] * 3), "auto", "new", "fail", id="new keys, moved"),
        pytest.param(NEW, "same", "same", "fail", id="new keys where the same are demanded"),
        pytest.param(RAW, "new", "new", "pass", id="the same keys where new ones are expected"),
        pytest.param(HALF, "auto", "same", "fail", id="more than half of the keys"),
        pytest.param(RAW[:0], "auto", "same", "fail", id="nothing at all"),
    ],
)
def test_rows(after, rows, kind, status):
    verdict = checked(RAW, after, rows=rows)
    assert (verdict.stages[0].rows_kind, verdict.status) == (kind, status)
    assert verdict.stages[0].rows == (ROWS, len(after))
    assert (kind == "new") == any("keys-do-not-overlap" in limit.why for limit in verdict.limits)


# ---------------------------------------------------------------- what the reference declares

TOLERANCE = {"column": "wind", "absolute": 0.01, "reason": "sums in any order"}
NOISY = RAW.assign(wind=RAW["wind"] + RNG.uniform(-0.005, 0.005, ROWS))


@pytest.mark.parametrize(
    ("before", "after", "status", "code"),
    [
        pytest.param({"tolerance": TOLERANCE}, {}, "pass", "below-effect-size", id="of the reference"),
        pytest.param({}, {"tolerance": TOLERANCE}, "fail", "values-differ", id="of the observed side alone"),
        pytest.param({"tolerance": {**TOLERANCE, "absolute": 1e-6}}, {}, "fail", "values-differ", id="too small"),
        pytest.param(
            {"tolerance": {**TOLERANCE, "column": "delay"}}, {}, "fail", "values-differ", id="of another column"
        ),
    ],
)
def test_tolerance_is_the_references(before, after, status, code):
    verdict = parityline.verify(one(RAW, **before), one(NOISY, environment="production", **after))
    assert (verdict.status, [f.code for f in verdict.findings]) == (status, [code])


def test_ignored_columns_are_typed_and_counted_only():
    ignore = {"wind": "differs in every run"}
    assert checked(RAW, RAW.assign(wind=0.0), ignore=ignore).status == "pass"
    assert checked(RAW, RAW.assign(wind="calm"), ignore=ignore).first.code == "type-differs"
    assert checked(RAW, RAW.assign(wind=0.0, delay=1.0), ignore=ignore).first.column == "delay"


def day(days):
    return (datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=days)).isoformat()


@pytest.mark.parametrize(
    ("accepted", "status"),
    [
        pytest.param({"stage": "table", "column": "wind", "code": "values-differ"}, "pass", id="for ever"),
        pytest.param({"stage": "table", "until": 1}, "pass", id="until tomorrow"),
        pytest.param({"stage": "table", "until": 0}, "pass", id="until today"),
        pytest.param({"stage": "table", "until": -1}, "fail", id="until yesterday"),
        pytest.param({"stage": "table", "column": "delay"}, "fail", id="another column"),
        pytest.param({"stage": "other"}, "fail", id="another stage"),
        pytest.param({"code": "rows-lost"}, "fail", id="another code"),
    ],
)
def test_accepted_differences_stay_visible(accepted, status):
    if "until" in accepted:  # counted from the day of the test itself, which may begin before midnight
        accepted = {**accepted, "until": day(accepted["until"])}
    reference = one(RAW)
    reference.acceptances.append({"reason": "known since May", "by": "Ada", **accepted})
    verdict = parityline.verify(reference, one(NOISY, environment="production"))
    (finding,) = verdict.findings
    assert (verdict.status, finding.severity) == (status, "note" if status == "pass" else "error")
    if "until" in accepted or status == "pass":
        assert "accepted by Ada: known since May" in finding.sentence


def scored(p, environment="research", labels=True, **expected) -> Record:
    run = parityline.record("scores", environment=environment)
    run.predictions("scores", pd.DataFrame({"id": range(ROWS), "p": p}), key="id", score="p")
    if labels:
        actual = pd.DataFrame({"id": range(ROWS), "y": LABELS})
        run.outcomes("labels", actual, key="id", actual="y", prediction="scores")
    for metric, bounds in expected.items():
        run.expect(metric, **bounds)
    return run.record


P = RNG.random(ROWS)
LABELS = (RNG.random(ROWS) < P).astype(int)


@pytest.mark.parametrize(
    ("observed", "status", "codes"),
    [
        pytest.param(scored(P), "pass", set(), id="met"),
        pytest.param(scored(1 - P), "fail", {"metric-below-expectation", "wrong-output-served"}, id="not met"),
        pytest.param(scored(P, labels=False), "unchecked", set(), id="not measured"),
    ],
)
def test_expectations(observed, status, codes):
    verdict = parityline.verify(scored(P, auc={"at_least": 0.7}), observed)
    assert (verdict.status, {f.code for f in verdict.findings}) == (status, codes)


def test_an_expired_expectation_is_a_limit():
    verdict = parityline.verify(scored(P, auc={"at_least": 0.7, "valid_until": day(-1)}), scored(P))
    assert verdict.status == "pass"
    assert verdict.limits[0].why.startswith("expired")


# ---------------------------------------------------------------- the environment


@pytest.mark.parametrize(
    ("source", "severity", "code"),
    [
        pytest.param(None, "note", "library-version", id="no effect"),
        pytest.param(lambda t: t.assign(wind=0.0), "warning", "environment-differs", id="rows differ too"),
    ],
)
def test_a_changed_environment_leads_and_never_fails_by_itself(source, severity, code):
    production = pipeline("production", source=source)
    packages = production.environment_facts["packages"]
    name = "numpy" if "numpy" in packages else next(iter(packages))
    production.environment_facts["packages"] = {**packages, name: "0.0.1"}
    verdict = parityline.verify(RESEARCH, production)
    assert (verdict.findings[0].stage, verdict.findings[0].severity, verdict.findings[0].code) == (
        "environment",
        severity,
        code,
    )
    assert (verdict.stages[0].name, verdict.stages[0].status, verdict.stages[0].rows) == ("environment", "pass", None)
    assert verdict.status == ("pass" if source is None else "fail")
    assert source is None or verdict.first.stage == "flights"


# ---------------------------------------------------------------- where a difference begins


def stages_of(verdict, origin):
    return {f.stage for f in verdict.findings if f.severity == "error" and f.origin == origin}


def lost(table):
    return table[RNG.random(len(table)) > 0.02]


SHIFTED_WIND = lambda t: t.assign(wind=t["wind"] + 1)  # noqa: E731
FAULTS = {
    "flights": lambda fault: {"source": fault},
    "joined": lambda fault: {"etl": fault},
    "filled": lambda fault: {"imputed": fault},
    "scaled": lambda fault: {"scaled": fault},
}


@pytest.mark.parametrize("stage", FAULTS)
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(SHIFTED_WIND, id="one more"),
        pytest.param(lambda t: t.assign(wind=t["wind"].astype("float32").astype(float)), id="single precision"),
        pytest.param(lambda t: t.assign(wind=t["wind"].where(t["id"] != 77, 0.0)), id="one cell"),
        pytest.param(lambda t: t.assign(city=t["city"].str.upper()), id="upper case"),
        pytest.param(lambda t: t.assign(delay=t["delay"] * 60), id="another unit"),
        pytest.param(lambda t: t[t["id"] % 50 != 3], id="rows lost"),
    ],
)
def test_one_fault_is_new_at_its_stage_and_nowhere_else(stage, fault):
    verdict = parityline.verify(RESEARCH, pipeline("production", **FAULTS[stage](fault)))
    assert stages_of(verdict, "new") == {stage}
    assert verdict.first.stage == stage
    places = list(FAULTS)
    before = places[: places.index(stage)]
    assert all(s.status == "pass" for s in verdict.stages if s.name in before)
    for finding in verdict.findings:
        assert finding.origin == "new" or finding.inherited_from == stage


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(
            {"source": SHIFTED_WIND}, {"etl": lambda t: t.assign(city=t["city"].str.upper())}, id="another column"
        ),
        pytest.param({"source": SHIFTED_WIND}, {"etl": lambda t: t.assign(wind=t["wind"] * 2)}, id="the same column"),
        pytest.param(
            {"source": SHIFTED_WIND}, {"imputed": lambda t: t.assign(wind=t["wind"].round(1))}, id="two stages later"
        ),
        pytest.param({"source": SHIFTED_WIND}, {"scaled": lambda t: t.assign(wind=-t["wind"])}, id="at the end"),
        pytest.param(
            {"source": SHIFTED_WIND},
            {"scaled": lambda t: t.assign(wind=t["wind"].where(t["id"] != 9, 0.0))},
            id="one cell at the end",
        ),
        pytest.param(
            {"source": lambda t: t[t["id"] % 50 != 3]}, {"etl": lambda t: t[t["id"] % 70 != 4]}, id="rows lost twice"
        ),
        pytest.param({"etl": SHIFTED_WIND}, {"scaled": lambda t: t.assign(delay=t["delay"] + 1)}, id="behind the etl"),
    ],
)
def test_two_independent_faults_are_both_new(first, second):
    verdict = parityline.verify(RESEARCH, pipeline("production", **first, **second))
    names = {"source": "flights", "etl": "joined", "imputed": "filled", "scaled": "scaled"}
    assert stages_of(verdict, "new") == {names[step] for step in (*first, *second)}
    assert verdict.first.stage == names[next(iter(first))]


def test_a_fill_that_follows_its_batch_is_inherited_and_one_that_does_not_is_new():
    moved = pipeline("production", source=lambda t: t.assign(delay=t["delay"] + 1))
    verdict = parityline.verify(RESEARCH, moved)
    assert stages_of(verdict, "new") == {"flights"}
    constant = lambda t: t.assign(delay=t["delay"].where(~MISSING, 0.0))  # noqa: E731
    verdict = parityline.verify(
        RESEARCH, pipeline("production", source=lambda t: t.assign(delay=t["delay"] + 1), imputed=constant)
    )
    assert stages_of(verdict, "new") == {"flights", "filled"}


def test_a_declared_lineage_is_believed():
    def run(environment, wind, extra):
        recorder = parityline.record("p", environment=environment)
        recorder.source("a", RAW.assign(wind=wind), key="id")
        table = pd.DataFrame({"id": RAW["id"], "score": extra})
        recorder.etl("b", table, key="id", inputs=["a"], derives={"score": ["delay"]})
        return recorder.record

    score = np.sin(RAW["delay"].fillna(0))
    verdict = parityline.verify(run("r", RAW["wind"], score), run("p", RAW["wind"] + 1, score + 0.123))
    assert stages_of(verdict, "new") == {"a", "b"}


def test_an_unknown_map_behind_a_difference_is_undecided():
    def run(environment, wind):
        recorder = parityline.record("p", environment=environment)
        recorder.source("a", RAW.assign(wind=wind), key="id")
        recorder.etl("b", pd.DataFrame({"id": RAW["id"], "score": np.sin(wind)}), key="id", inputs=["a"])
        return recorder.record

    verdict = parityline.verify(run("r", RAW["wind"]), run("p", RAW["wind"] + 1))
    assert (stages_of(verdict, "new"), stages_of(verdict, "undecided")) == ({"a"}, {"b"})
    assert verdict.findings[-1].inherited_from == "a"


def test_the_first_finding_is_new_even_behind_an_inherited_one():
    verdict = parityline.verify(RESEARCH, pipeline("production", etl=SHIFTED_WIND))
    assert (verdict.first.stage, verdict.first.origin) == ("joined", "new")
    order = [list(FAULTS).index(f.stage) for f in verdict.findings]
    assert order == sorted(order)


def test_within_a_stage_new_comes_before_inherited():
    production = pipeline(
        "production", source=lambda t: t.assign(delay=t["delay"] + 1), etl=lambda t: t.assign(wind=t["wind"] + 1)
    )
    verdict = parityline.verify(RESEARCH, production)
    assert [f.origin for f in verdict.findings if f.stage == "joined"] == ["new", "inherited"]


def test_another_graph_is_an_error():
    reference, observed = pipeline(), pipeline("production")
    observed.stages["scaled"].inputs = ("joined",)
    verdict = parityline.verify(reference, observed)
    assert (verdict.first.stage, verdict.first.code) == ("scaled", "graph-differs")


# ---------------------------------------------------------------- views

HOSTILE = [
    "<script>alert(1)</script>",
    "two\nlines",
    "\x1b[31mred\x1b[0m",
    "\u202eright to left",
    "{{ 7 * 7 }}",
    "a|b`c",
]


def hostile(environment, change=0.0, drop=None) -> Record:
    table = pd.DataFrame({"id": range(100), **{name: np.arange(100) * 1.5 + change for name in HOSTILE}})
    table["text"] = [HOSTILE[i % len(HOSTILE)] for i in range(100)]
    if change:
        table["text"] = table["text"].str.upper()
    run = parityline.record("<script>name</script>\n\x1b[31m", environment=f"{environment}<script>\x1b[2J")
    for name in HOSTILE:
        run.source(name, table.drop(columns=drop or []), key="id")
    return run.record


VERDICTS = {
    "pass": lambda: parityline.verify(RESEARCH, RESEARCH),
    "fail": lambda: parityline.verify(RESEARCH, pipeline("production", source=SHIFTED_WIND)),
    "rows": lambda: checked(RAW, RAW[RAW["id"] % 9 != 2], time=None),
    "infinite": lambda: checked(RAW, RAW.assign(wind=np.inf)),
    "empty": lambda: checked(RAW[:0], RAW[:0]),
    "new rows": lambda: checked(RAW, NEW),
    "broken off": lambda: parityline.verify(one(RAW), Record("tiny", "production", complete=False, failure="KeyError")),
    "expectation": lambda: parityline.verify(
        scored(P, auc={"at_least": 0.7}, x={"value": 1}), scored(1 - P, x={"value": 2})
    ),
    "expectation unmet outside of stages": lambda: parityline.verify(
        scored(P, x={"value": 1}), scored(P, x={"value": 2})
    ),
    "environment": lambda: parityline.verify(RESEARCH, changed_environment()),
    "huge integers": lambda: checked(
        pd.DataFrame({"id": range(9), "n": [2**62] * 9}), pd.DataFrame({"id": range(9), "n": [2**62 + 1] * 9})
    ),
    "hostile": lambda: parityline.verify(hostile("a"), hostile("b", change=1.0)),
    "diff": lambda: parityline.diff(RAW, RAW.drop(columns="wind"), key="id"),
}


def changed_environment() -> Record:
    record = pipeline("production")
    record.environment_facts["packages"] = {**record.environment_facts["packages"], "numpy": "0.0.1"}
    return record


@pytest.mark.parametrize("verdict", VERDICTS.values(), ids=VERDICTS)
def test_json_follows_its_schema(verdict):
    text = verdict().to_json()
    found = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    assert (found["first"] is None) == (found["status"] != "fail")


@pytest.mark.parametrize(
    "verdict", [VERDICTS["hostile"], lambda: parityline.verify(hostile("a"), hostile("b", drop=HOSTILE))]
)
def test_hostile_names_are_harmless(verdict, tmp_path):
    found = verdict()
    assert found.status == "fail"
    text = found.to_text()
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "two\nlines" not in text
    assert "\\x1b[31mred" in text
    page = found.to_html(tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page.lower()
    assert "&lt;script&gt;" in page
    assert "{{ 7 * 7 }}" in page
    assert "<script" not in found._repr_html_().lower()


def test_a_report_reaches_for_nothing_outside(tmp_path):
    page = VERDICTS["fail"]().to_html(tmp_path / "report.html").read_text(encoding="utf-8")
    assert "http:" not in page
    assert "https:" not in page
    assert "src=" not in page


@pytest.mark.parametrize(
    "verdict", [VERDICTS["pass"], VERDICTS["fail"], VERDICTS["empty"]], ids=["pass", "fail", "unchecked"]
)
def test_the_chapters_come_in_order(verdict, tmp_path):
    found = verdict()
    text, page = found.to_text(), found.to_html(tmp_path / "r.html").read_text(encoding="utf-8")
    for view, head in ((text, "{} {}"), (page, "<h3>{} {}</h3>")):
        places = [view.index(head.format(number, name)) for number, name in enumerate(SCENARIOS, start=1)]
        assert places == sorted(places)


def test_color_is_asked_for():
    verdict = VERDICTS["fail"]()
    assert "\x1b[31m" in verdict.to_text(color=True)
    assert "\x1b" not in verdict.to_text()


# ---------------------------------------------------------------- what a sample misses


@pytest.mark.parametrize("rows", [1, 3])
def test_a_few_rows_that_differ_behind_a_differing_scaler_input_are_new(rows):
    """10,000 rows are more than the sample holds: the totals carried through the relation tell, the sample cannot."""
    big = pd.DataFrame({"id": range(10_000), "x": np.random.default_rng(1).normal(5, 2, 10_000)})

    def run(environment, raw, damage):
        with parityline.record("scaled", environment=environment) as made:
            made.source("raw", raw, key="id")
            scaled = raw.assign(x=(raw["x"] - 5.0) / 2.0)
            scaled.loc[4_000 : 3_999 + rows, "x"] += damage
            made.features("scaled", scaled, key="id", inputs=["raw"])
        made.record.environment_facts = copy.deepcopy(ENVIRONMENT)
        return made.record

    research = run("research", big, 0.0)
    moved = big.assign(x=big["x"] * 1.5)
    clean = parityline.verify(research, run("production", moved, 0.0))
    assert {(f.stage, f.origin) for f in clean.findings} == {("raw", "new"), ("scaled", "inherited")}
    damaged = parityline.verify(research, run("production", moved, 1.0))
    assert {(f.stage, f.origin) for f in damaged.findings} == {("raw", "new"), ("scaled", "new")}
