"""Faults of chapters 5 and 6 that only new rows show: a real pipeline runs in research, and again on another period.

Both sides are drawn alike (a made-up business), or are every second flight of a real year; the fault is planted in a
step of production. What is found must be first at its stage and bear its code, and the clean run must pass.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from live import flights, run, shop, verified
from sklearn.ensemble import RandomForestClassifier

import parityline

SHOP = shop(1), shop(2, first="2025-03-02")


def older(d, g):
    weights = np.exp((d["age"] - d["age"].mean()) / d["age"].std() * 0.8)
    drawn = d.sample(len(d), replace=True, weights=weights, random_state=1)
    return drawn.assign(id=d["id"].to_numpy()).sort_values("at")


def half_of_the_positive(d, g):
    return d[(d["bought"] == 0) | (g.random(len(d)) < 0.5)]


def turned_in_one_segment(d, g):
    there = (d["channel"] == "web") | (d["channel"] == "LGA")
    late = d["at"] > d["at"].quantile(0.5)
    return d.assign(bought=np.where(there & late, 1 - d["bought"], d["bought"]))


def not_yet_known(d, g):
    left = (d["at"].max() - d["at"]).dt.total_seconds() / 86_400
    waited = np.where(d["bought"] == 1, g.exponential(20.0, len(d)), np.inf)
    return d.assign(bought=((d["bought"] == 1) & (waited <= left)).astype(float))


def only_accepted(d, g):
    return d[d["p"] < d["p"].quantile(0.31)]


def of_others(d, g):
    return d.assign(bought=g.permutation(d["bought"]))


def noisy_in_one_segment(d, g):
    share = d["channel"].map({"phone": 0.45, "LGA": 0.28}).fillna(0.0)
    noisy = g.random(len(d)) < share
    return d.assign(bought=np.where(noisy, g.permutation(d["bought"]), d["bought"]))


def without_a_rare_value(d, g):
    value = "HYBRID" if "HYBRID" in set(d["engine"]) else "MQ"
    return d[(d["engine"] != value) | (d["at"] < d["at"].quantile(0.35))]


def empty_from_a_date_on(d, g):
    return d.assign(visits=d["visits"].mask(d["at"] > d["at"].quantile(0.7)))


def empty_in_one_segment(d, g):
    return d.assign(visits=d["visits"].mask(d["channel"].isin(["phone", "LGA"])))


def absent(d, g):
    return d.assign(visits=np.nan)


def another_unit(d, g):
    return d.assign(visits=d["visits"] * 2.54)


def rounded(d, g):
    return d.assign(age=d["age"].round())


def stuck_for_days(d, g):
    """F150: one value for three days."""
    since = d["at"].min().floor("D") + pd.Timedelta(days=20)
    return d.assign(age=d["age"].mask(d["at"].between(since, since + pd.Timedelta(days=3), inclusive="left"), 60.0))


def replaced(d, g):
    """F153: the successor counts otherwise, and has another name; `run` must take it as it comes."""
    return d.assign(visits=d["visits"] * 0.1 + 3.0)


def default_in_outages(d, g):
    """F154: 14 outages of a thousandth of the time each."""
    rows = np.arange(len(d))
    starts = (np.arange(14) + 0.5) * len(d) / 14
    down = np.any([(rows >= start) & (rows < start + len(d) / 400) for start in starts], axis=0)
    return d.assign(age=d["age"].mask(down, -29.0))


def free_text(d, g):
    """F158."""
    typed = pd.Series([f"{a}-{b:05d}" for a, b in zip(d["engine"], g.integers(0, 90_000, len(d)), strict=True)])
    return d.assign(engine=typed.where(g.random(len(d)) < 0.6, d["engine"].reset_index(drop=True)).to_numpy())


def split_in_two(d, g):
    """F159."""
    old = "DIESEL" if "DIESEL" in set(d["engine"]) else "UA"
    parts = np.where(g.random(len(d)) < 0.6, f"{old} 1", f"{old} 2")
    return d.assign(engine=d["engine"].where(d["engine"] != old, parts))


FAULTS = [
    pytest.param("F136", {"world": older}, "visits", "population-moved", id="F136-population-moved"),
    pytest.param("F137", {"world": half_of_the_positive}, "outcomes", "class-share-moved", id="F137-class-share-moved"),
    pytest.param("F138", {"labels": turned_in_one_segment}, "outcomes", "concept-drift", id="F138-concept-drift"),
    pytest.param("F143", {"outcomes": only_accepted}, "outcomes", "labels-selected", id="F143-labels-selected"),
    pytest.param("F144", {"outcomes": of_others}, "outcomes", "labels-unrelated", id="F144-labels-unrelated"),
    pytest.param("F146", {"labels": noisy_in_one_segment}, "outcomes", "segment-degraded", id="F146-segment-degraded"),
    pytest.param("F149", {"world": empty_from_a_date_on}, "visits", "variable-unavailable", id="F149-null-from-a-date"),
    pytest.param("F148", {"world": absent}, "visits", "variable-unavailable", id="F148-all-null"),
    pytest.param("F152", {"world": without_a_rare_value}, "visits", "value-stopped-arriving", id="F152-value-stopped"),
    pytest.param("F155", {"world": empty_in_one_segment}, "visits", "missing-in-one-segment", id="F155-in-one-segment"),
    pytest.param("F150", {"world": stuck_for_days}, "visits", "value-stuck", id="F150-value-stuck"),
    pytest.param(
        "F154", {"world": default_in_outages}, "visits", "default-during-outage", id="F154-default-in-outages"
    ),
    pytest.param("F158", {"world": free_text}, "visits", "cardinality-exploded", id="F158-cardinality-exploded"),
    pytest.param("F159", {"world": split_in_two}, "visits", "category-split", id="F159-category-split"),
    pytest.param("", {"world": another_unit}, "visits", "distribution-moved", id="another-unit-is-no-other-world"),
]


def businesses(data):
    return {"shop": SHOP, "flights": (flights(data, 0), flights(data, 1))}


def told(verdict):
    return [(f.stage, f.code, f.column, f.origin, f.sentence) for f in verdict.findings if f.severity != "note"]


@pytest.mark.parametrize("name", ["shop", "flights"])
def test_what_did_not_change_passes(name, data):
    verdict = verified(*businesses(data)[name], {})
    assert verdict.status == "pass", told(verdict)
    assert told(verdict) == []


@pytest.mark.parametrize("name", ["shop", "flights"])
@pytest.mark.parametrize(("fault", "changes", "stage", "code"), FAULTS)
def test_a_fault_of_new_rows_is_first_at_its_stage(name, fault, changes, stage, code, data):
    verdict = verified(*businesses(data)[name], changes)
    assert verdict.status == "fail"
    assert verdict.first is not None
    assert (verdict.first.stage, verdict.first.code) == (stage, code), told(verdict)


def test_a_form_that_moved_is_named():
    verdict = verified(*SHOP, {"world": rounded})
    assert (verdict.first.stage, verdict.first.code, verdict.first.column) == ("visits", "form-differs", "age")


def test_since_when_is_said():
    verdict = verified(*SHOP, {"labels": turned_in_one_segment})
    since = pd.Timestamp(verdict.first.evidence["since"])
    assert abs(since - SHOP[1]["at"].quantile(0.5)) < pd.Timedelta(days=6)
    verdict = verified(*SHOP, {"world": empty_from_a_date_on})
    assert abs(pd.Timestamp(verdict.first.evidence["since"]) - SHOP[1]["at"].quantile(0.7)) < pd.Timedelta(days=2)


def test_immature_labels_leave_the_performance_unchecked():
    """F140: a warning, and exit 3."""
    verdict = verified(*SHOP, {"labels": not_yet_known})
    assert verdict.status == "unchecked"
    assert [(f.code, f.severity) for f in verdict.findings if f.severity != "note"] == [("labels-immature", "warning")]
    assert any(u.why.startswith("labels-not-there") for u in verdict.unchecked)


def test_nothing_is_claimed_of_the_relation_behind_another_fault():
    changes = {"labels": turned_in_one_segment, "world": lambda d, g: d.assign(visits=d["visits"] * 3)}
    codes = {f.code for f in verified(*SHOP, changes).findings}
    assert not codes & {"concept-drift", "segment-degraded", "class-share-moved"}


def _leak(parts, g):
    train, test = parts
    return pd.concat([train, test.sample(frac=0.5, random_state=1)]), test


def test_an_expectation_that_a_leak_inflated():
    """F145: half of the test rows were trained on, by a model that learns by heart."""

    def by_heart(model, g):
        return RandomForestClassifier(60, min_samples_leaf=1, random_state=0)

    reference, model = run(SHOP[0], {"split": _leak, "model": by_heart})
    assert reference.stages["outcomes"].facts["leaked"] > 1_000
    reference.expectations[:] = [{"metric": "auc", "of": "outcomes", "at_least": 0.8}]
    observed, _ = run(SHOP[1], {}, model)
    verdict = parityline.verify(reference, observed, rows="new")
    assert (verdict.first.stage, verdict.first.code) == ("outcomes", "expectation-inflated"), told(verdict)


def test_a_leak_that_explains_nothing_is_not_blamed():
    reference, model = run(SHOP[0], {"split": _leak})
    reference.expectations[:] = [{"metric": "auc", "of": "outcomes", "at_least": 0.9}]
    observed, _ = run(SHOP[1], {}, model)
    verdict = parityline.verify(reference, observed, rows="new")
    assert verdict.first.code == "metric-below-expectation"


def test_too_few_rows_to_judge_an_expectation_say_how_many_are_needed():
    reference, model = run(SHOP[0], {})
    observed, _ = run(SHOP[1].iloc[::20], {}, model)
    area = observed.stages["outcomes"].facts["metrics"]["auc"]
    reference.expectations[:] = [{"metric": "auc", "of": "outcomes", "at_least": round(area + 0.01, 3)}]
    verdict = parityline.verify(reference, observed, rows="new")
    assert verdict.status == "unchecked", told(verdict)
    (left,) = [u for u in verdict.unchecked if u.what.startswith("expectation")]
    assert "needs about" in left.why


def test_another_model_is_named_where_rows_are_new():
    """F147."""

    def other(model, g):
        rows = pd.DataFrame(np.arange(12.0).reshape(4, 3), columns=["age", "visits", "web"])
        return type(model)(max_iter=500, C=1e-4).fit(rows, [0, 1, 0, 1])

    verdict = verified(*SHOP, {"served": other})
    assert (verdict.first.stage, verdict.first.code) == ("model", "other-model-served"), told(verdict)


@pytest.mark.parametrize("level", ["strict", "standard", "open"])
def test_segments_of_a_column_that_is_hidden_are_not_named(level):
    """2,000 customers of ten rows each: their names are in the record where everything is open, and only there."""
    g = np.random.default_rng(1)
    rows = pd.DataFrame({"id": np.arange(20_000), "name": [f"Customer {i % 2_000:05d}" for i in range(20_000)]})
    rows = rows.assign(late=(g.random(20_000) < 0.3).astype(float))
    with parityline.record("names", environment="research", privacy=level) as tap:
        tap.predictions("p", pd.DataFrame({"id": rows["id"], "p": g.random(20_000)}), key="id", score="p")
        tap.outcomes("actual", rows, key="id", actual="late", prediction="p", segments=["name"])
    assert (b"Customer 00" in tap.record.to_bytes()) == (level == "open")


# --- chapters 2 and 4, where rows are new -----------------------------------------------------------------------------


def serving(world, spoil=lambda d: d, handle=lambda d: d["visits"]):
    """Features with a ratio and one-hot columns, and a prediction that takes what it is given."""
    with parityline.record("serving", environment="any") as tap:
        visits = tap.source("visits", spoil(world)[["id", "at", "age", "visits", "engine"]], key="id", time="at")
        blocks = {f"engine_{name}": (visits["engine"] == name).astype(float) for name in ("PETROL", "DIESEL", "HYBRID")}
        with np.errstate(divide="ignore"):
            ratio = visits["age"] / handle(visits)
        X = tap.features(
            "features", visits.drop(columns="at").assign(ratio=ratio, **blocks), key="id", inputs=["visits"]
        )
        known = X["engine"].isin(["PETROL", "DIESEL", "HYBRID"])
        p = (0.2 + 0.001 * X["age"] + 0.01 * X["visits"]).where(known)
        tap.predictions("scores", pd.DataFrame({"id": X["id"], "p": p}), key="id", score="p", inputs=["features"])
    return tap.record


def never_zero(d):
    return d["visits"].clip(lower=1)


def few(d, column, value):
    rows = np.arange(len(d)) % 59 == 7
    return d.assign(**{column: d[column].where(~rows, value)})


@pytest.mark.parametrize(
    ("spoil", "handle", "stage", "code"),
    [
        pytest.param(lambda d: few(d, "visits", np.nan), never_zero, "scores", "null-reached-model", id="F117"),
        pytest.param(lambda d: d, lambda d: d["visits"], "features", "infinite-from-arithmetic", id="F118"),
        pytest.param(lambda d: few(d, "engine", "HYDROGEN"), never_zero, "scores", "unseen-category", id="F120"),
        pytest.param(lambda d: few(d, "engine", "HYDROGEN"), never_zero, "features", "unseen-category", id="F77"),
    ],
)
def test_bad_values_of_new_rows_are_named(spoil, handle, stage, code):
    reference = serving(SHOP[0], handle=never_zero)
    verdict = parityline.verify(reference, serving(SHOP[1], spoil, handle), rows="new")
    assert code in {f.code for f in verdict.findings if f.stage == stage}, told(verdict)


# --- variables of new rows, by themselves -----------------------------------------------------------------------------


def source_of(world, **keywords):
    with parityline.record("source", environment="any") as tap:
        tap.source("visits", world, key="id", time="at", **keywords)
    return tap.record


def columns_of(world):
    return world[["id", "at", "age", "visits", "channel", "engine"]]


@pytest.mark.parametrize("name", ["shop", "flights"])
@pytest.mark.parametrize(
    ("successor", "code"),
    [
        pytest.param(lambda d: d["age"] * 0.1, "variable-replaced", id="F153-a-tenth"),
        pytest.param(lambda d: 200 - 2 * d["age"], "variable-replaced", id="F153-turned"),
        pytest.param(
            lambda d: d["age"].sample(frac=1, random_state=1).to_numpy(), "variable-unavailable", id="other rows"
        ),
        pytest.param(lambda d: np.exp(d["age"] / 40), "variable-unavailable", id="another shape"),
    ],
)
def test_a_successor_of_a_variable(name, successor, code, data):
    """What has to do with it, a score, tells the successor from a column of the same shape."""
    before, after = (columns_of(d) for d in businesses(data)[name])
    score = [d["age"] + 10 * np.random.default_rng(i).normal(size=len(d)) for i, d in enumerate((before, after))]
    before, after = before.assign(score=score[0]), after.assign(score=score[1])
    here = after.assign(measure=successor(after)).drop(columns="age")
    verdict = parityline.verify(source_of(before), source_of(here), rows="new")
    found = next(f for f in verdict.findings if f.column == "age")
    assert (found.code, found.severity) == (code, "error"), told(verdict)
    if code == "variable-replaced":
        assert found.evidence["also"] == "measure"
        slope = np.polyfit(after["age"], here["measure"], 1)[0]
        assert found.evidence["slope"] == pytest.approx(slope, rel=0.15)


def test_a_successor_that_keeps_its_name_in_part():
    before, after = (d[["id", "at", "age"]] for d in SHOP)
    here = after.assign(age_months=after["age"] * 12).drop(columns="age")
    verdict = parityline.verify(source_of(before), source_of(here), rows="new")
    assert (verdict.first.code, verdict.first.evidence["also"]) == ("variable-replaced", "age_months")
    other = here.rename(columns={"age_months": "score"})
    assert parityline.verify(source_of(before), source_of(other), rows="new").first.code == "variable-unavailable"


@pytest.mark.parametrize("seed", range(5))
def test_values_that_follow_themselves_are_no_default(seed):
    """A temperature that is the same for all rows of an hour, and rows that are there several times."""
    g = np.random.default_rng(seed)
    worlds = []
    for first in ("2025-01-01", "2025-03-02"):
        d = columns_of(shop(seed + 10 * (first > "2025-02"), first=first))
        hour = (d["at"].dt.floor("h") - pd.Timestamp(first)) // pd.Timedelta(hours=1)
        worlds.append(d.assign(temperature=np.round(g.normal(10, 4, 60 * 24 + 1))[hour]))
    worlds[1] = pd.concat(
        [worlds[1], *[worlds[1].iloc[100:103].assign(id=10**9 + i * 10 + np.arange(3)) for i in range(60)]]
    )
    verdict = parityline.verify(source_of(worlds[0]), source_of(worlds[1]), rows="new")
    assert not {f.code for f in verdict.findings} & {"default-during-outage", "value-stuck"}, told(verdict)
