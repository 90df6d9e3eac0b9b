"""The fingerprint as an object: sizes, histograms, notebooks."""

from __future__ import annotations

import numpy as np

from parityline.fingerprints import fingerprint

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
