"""The fingerprint as an object: sizes, histograms, notebooks."""

from __future__ import annotations

import copy
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from parityline.fingerprints import fingerprint
from parityline.kernel.summaries import Values

TABLE = {"x": np.arange(1000.0), "<script>": np.array(["a", "b"] * 500), "n": np.full(1000, np.nan)}


def test_sizes_name_every_part_and_add_up_to_nearly_all_bytes():
    found = fingerprint(TABLE)
    sizes = found.sizes()
    assert list(sizes) == sorted(sizes, key=lambda part: -sizes[part])
    assert {"column x", "column <script>", "column n", "sample", "reconciliation"} == set(sizes)
    assert 0.95 < sum(sizes.values()) / len(found.to_bytes()) <= 1


def test_a_histogram_is_in_shares_of_its_largest_bar():
    bars = fingerprint(TABLE).columns["x"].histogram(bins=10)
    assert len(bars) == 10
    assert max(bars) == 1
    assert min(bars) > 0.8  # uniform
    assert fingerprint(TABLE).columns["n"].histogram() == []
    assert fingerprint(TABLE).columns["<script>"].histogram() == []
    assert fingerprint({"x": np.array([], float)}).columns["x"].histogram() == []
    assert fingerprint({"x": np.array([-1.7e308, 1.7e308])}).columns["x"].histogram() == []


def test_a_notebook_shows_text_from_data_as_text():
    shown = fingerprint(TABLE)._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert shown.count("<svg") == 3
    assert "<rect" in shown


def test_a_fingerprint_travels_between_processes_and_is_copied():
    found = fingerprint(TABLE, key="x")
    for again in (
        pickle.loads(pickle.dumps(found)),
        copy.deepcopy(found),
        pickle.loads(pickle.dumps(found.merge(found))),
    ):
        assert again.state.parameters == found.state.parameters
    assert pickle.loads(pickle.dumps(found)) == copy.deepcopy(found) == found
    assert pickle.loads(pickle.dumps(found)).merge(found) == found.merge(found)


def test_a_fingerprint_is_first_read_by_several_threads_at_once():
    def merged(pair):
        first, second, barrier = pair
        barrier.wait()
        return first.merge(second).to_bytes()

    with ThreadPoolExecutor(4) as threads:
        for _ in range(30):
            pair = fingerprint(TABLE, key="x"), fingerprint(TABLE, key="x"), threading.Barrier(4)
            assert len(set(threads.map(merged, [pair] * 4))) == 1


def test_what_nobody_asked_for_is_written_as_it_came():
    state = fingerprint(TABLE).state
    parts = [column.summaries for column in state.columns.values()]
    assert all(Values in part for part in parts)
    before = state.to_bytes()
    assert all(not part._decoded for part in parts)
    assert all(part[Values] is part[Values] for part in parts)
    assert state.to_bytes() == before
