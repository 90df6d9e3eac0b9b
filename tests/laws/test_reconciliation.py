"""Which rows differ, decoded from two fingerprints: exactly where few do, else how many, with an interval.

Error rate: the 99 % interval of an estimate may miss in 1 % of the seeds, and the test allows the 99.9 % quantile of
that. A table that does not decode, or a wrong key, is never allowed.
"""

from __future__ import annotations

import os

import numpy as np
import pyarrow as pa
import pytest

from parityline.errors import IncomparableError
from parityline.fingerprints import Fingerprint, fingerprint
from parityline.kernel import Parameters, State, build
from parityline.kernel.differences import Differences, differences
from parityline.kernel.sections import Reconciliation
from parityline.kernel.sections.reconciliation import KEY_CELLS, ROW_CELLS, Elements, Table
from parityline.tables import open_table

SOAK = int(os.environ.get("PARITYLINE_EXAMPLES", "100")) >= 10_000
SEEDS = range(1000) if SOAK else range(12)
ROWS = 1_000_000


def state_of(columns: dict[str, np.ndarray], seed: int, key: tuple[str, ...] = ("id",)) -> State:
    return build(open_table(pa.table(columns)), Parameters(seed=seed, key=key))


def compared(a: State, b: State, seed: int) -> Differences:
    left, right = a.section(Reconciliation), b.section(Reconciliation)
    assert left is not None
    assert right is not None
    return differences(left, right, seed)


def table(seed: int, rows: int = ROWS) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {"id": random.permutation(rows), "x": random.normal(size=rows)}


def keys(found: dict[int, object]) -> list[int]:
    return sorted(key // 4 for key in found)  # ids here are positive: a value's key is twice its zigzag


def test_the_tables_have_the_size_that_is_promised():
    assert ROW_CELLS * (4 + 8 + 8 + 4) <= 64 * 1024
    assert KEY_CELLS * (4 + 8 + 4) <= 32 * 1024


@pytest.mark.parametrize("seed", SEEDS)
def test_missing_extra_and_changed_rows_among_a_million_are_named(seed):
    whole = table(seed)
    random = np.random.default_rng((seed, 1))
    one_pass = state_of(whole, seed)

    places = random.choice(ROWS, 1500, replace=False)
    gone, new = places[:900], places[900:]
    observed = {name: np.delete(values, gone) for name, values in whole.items()}
    observed = {
        "id": np.concatenate([observed["id"], ROWS + np.arange(600)]),
        "x": np.concatenate([observed["x"], whole["x"][new]]),
    }
    found = compared(one_pass, state_of(observed, seed), seed)
    assert found.complete
    assert keys(found.missing()) == sorted(whole["id"][gone].tolist())
    assert keys(found.extra()) == (ROWS + np.arange(600)).tolist()
    assert not found.changed()

    changed = whole["x"].copy()
    changed[places[:750]] += 1
    found = compared(one_pass, state_of({**whole, "x": changed}, seed), seed)
    assert found.complete
    assert keys(found.changed()) == sorted(whole["id"][places[:750]].tolist())
    columns = [found.changed_columns(key) for key in found.changed()]
    # marks of 16 bits overlook a change with probability 2**-16: of 750, three or more in 2e-7 of the seeds
    assert set(columns) <= {(1,), ()}
    assert columns.count(()) <= 2
    assert not found.missing()
    assert not found.extra()
    assert found.keys == {}


@pytest.mark.parametrize("seed", range(1000 if SOAK else 200))
def test_fifteen_hundred_elements_of_any_multiplicity_are_decoded(seed):
    random = np.random.default_rng(seed)
    rows = random.integers(0, 2**61 - 1, 1500, dtype=np.uint64)
    own = {
        0: random.integers(0, 2**61 - 1, 1500, dtype=np.uint64),  # every row its key
        1: np.full(1500, 84, np.uint64),  # a hot key
        2: np.repeat(random.integers(0, 2**61 - 1, 500, dtype=np.uint64), 3),  # three rows a key
    }[seed % 3]
    times = random.integers(1, 6, 1500)
    left, right = random.random(1500) < 0.5, None
    right = ~left

    def of(chosen: np.ndarray) -> Table:
        return Table.of(
            Elements.of(np.repeat(own[chosen], times[chosen]), np.repeat(rows[chosen], times[chosen]), seed), ROW_CELLS
        )

    nothing = Reconciliation.withheld(keyed=False)
    a, b = (Reconciliation(of(side), *(getattr(nothing, f) for f in FIELDS)) for side in (left, right))
    found = differences(a, b, seed)
    expected = {(int(k), int(r)): int(n if side else -n) for k, r, n, side in zip(own, rows, times, right, strict=True)}
    assert found.complete
    assert {(e.key, e.row): e.count for e in found.elements} == expected


FIELDS = ("keys", "row_signs", "key_signs", "bucket_rows", "bucket_sums", "levels")


def test_duplicated_rows_are_told_from_changed_ones():
    whole = table(3, 50_000)
    double = {name: np.concatenate([v, v[:40], v[:10]]) for name, v in whole.items()}
    found = compared(state_of(whole, 0), state_of(double, 0), 0)
    assert found.complete
    assert not found.changed()
    assert not found.missing()
    assert {key // 4: sum(e.count for e in rows) for key, rows in found.extra().items()} == {
        int(key): 2 if i < 10 else 1 for i, key in enumerate(whole["id"][:40])
    }


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_where_too_many_rows_changed_their_number_is_estimated(share):
    tries, missed, errors = (200 if SOAK else 12), 0, []
    rows = 100_000
    for seed in range(tries):
        whole = table(seed, rows)
        changed = whole["x"].copy()
        places = np.random.default_rng((seed, 2)).choice(rows, int(share * rows), replace=False)
        changed[places] += 1
        found = compared(state_of(whole, seed), state_of({**whole, "x": changed}, seed), seed)
        estimate = found.changed_rows()
        assert not found.complete
        assert found.keys == {}  # no key is missing, and that is known exactly
        missed += not estimate.low <= len(places) <= estimate.high
        errors.append(estimate.number / len(places) - 1)
        # the sample is a true one: only rows that changed, about its share of them
        assert {e.key // 4 for e in found.sampled} <= set(whole["id"][places].tolist())
        assert found.share > 0
        expected = 2 * len(places) * found.share
        assert abs(len(found.sampled) - expected) < 6 * np.sqrt(2 * expected) + 6
    assert missed <= {12: 3, 200: 9}[tries]  # binomial(tries, 1 %), 99.9 %
    assert np.sqrt(np.mean(np.square(errors))) <= 0.05


def test_lost_keys_are_decoded_although_a_column_changed_everywhere():
    whole = table(5, 200_000)
    observed = {"id": whole["id"][300:], "x": whole["x"][300:] * 2}
    found = compared(state_of(whole, 0), state_of(observed, 0), 0)
    assert not found.complete
    assert found.keys is not None
    assert {key // 4: count for key, count in found.keys.items()} == dict.fromkeys(whole["id"][:300].tolist(), -1)


def test_keys_of_several_columns_and_of_text_travel_as_ids_that_the_data_resolves():
    a = pa.table({"shop": ["oslo", "rome", "oslo"], "day": [1, 1, 2], "x": [1.0, 2.0, 3.0]})
    b = pa.table({"shop": ["oslo", "rome"], "day": [1, 1], "x": [1.0, 2.5]})
    found = fingerprint(a, key=["shop", "day"]).differences(fingerprint(b, key=["shop", "day"]))
    assert (len(found.changed()), len(found.missing())) == (1, 1)
    assert all(element.key_value is None and element.key_id is not None for element in found.elements)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(pa.array([-7, 12], pa.int8()), [-7, 12], id="integers"),
        pytest.param(pa.array([-7.0, 2.0**53]), [-7, 2**53], id="whole floats"),
        pytest.param(pa.array([2.5, float("nan")]), [None, None], id="other floats"),
        pytest.param(pa.array([2**53 + 1, -(2**60)]), [None, None], id="large integers"),
        pytest.param(pa.array([3, -4], pa.date32()), [3, -4], id="dates"),
        pytest.param(pa.array([5, -6], pa.timestamp("us", "UTC")), [5, -6], id="microseconds"),
        pytest.param(pa.array([5, -6000], pa.timestamp("ns")), [None, -6], id="nanoseconds"),
        pytest.param(pa.array([None, 1], pa.int64()), [None, 1], id="null"),
        pytest.param(pa.array(["a", "b"]), [None, None], id="text"),
    ],
)
def test_single_keys_travel_as_values_where_they_can(values, expected):
    nothing = fingerprint(pa.table({"id": values[:0]}), key="id")
    found = nothing.differences(fingerprint(pa.table({"id": values}), key="id"))
    assert sorted((e.key_value is None, e.key_value or 0) for e in found.elements) == sorted(
        (value is None, value or 0) for value in expected
    )


def test_fingerprints_that_hide_keys_do_not_reconcile_with_those_that_do_not():
    parts = [
        Fingerprint(build(open_table({"id": np.arange(3)}), Parameters(key=("id",), hash_keys=hide)))
        for hide in (False, True)
    ]
    with pytest.raises(IncomparableError):
        parts[0].differences(parts[1])
    with pytest.raises(IncomparableError):
        parts[0].merge(parts[1])
    fewer = fingerprint({"id": np.arange(2)}, like=parts[1])
    hidden = parts[1].differences(fewer)
    assert [element.key_value for element in hidden.elements] == [None]
