"""Hostile names, a history of two runs with one of them as a column, and how a page on this machine is asked for."""

from __future__ import annotations

import urllib.request

import numpy as np
import pandas as pd

import parityline

COLUMN = "<script>alert(1)</script>"
_PAYLOADS = (
    *(
        "<script>alert({})</script>",
        "<img src=x onerror=alert({})>",
        '"><svg onload=alert({})>',
        "javascript:alert({})",
    ),
    *("'-alert({})-'", "</style><script>alert({})</script>", "{{{{ 7*{} }}}}", "<iframe src=//evil.example/{}>"),
    *("<a href=javascript:alert({})>x</a>", "<!--{}--><script>", "\\u003cscript\\u003ealert({})", "&lt;script&gt;{}"),
)
HOSTILE = [payload.format(i) for i in range(10) for payload in _PAYLOADS]
"""120 names that would run, load or break out, were they not text."""


def recorded(environment, faulty=False, seed=0):
    g = np.random.default_rng(seed)
    table = pd.DataFrame({"id": range(300), COLUMN: g.normal(10, 2, 300), "b/../c": g.random(300)})
    with parityline.record("shop", environment=environment) as run:
        rows = run.source("orders", table, key="id")
        if faulty:
            rows = rows.assign(**{COLUMN: rows[COLUMN].astype("float32")})
        run.features("features", rows, key="id", inputs=["orders"])
    return run.record


def asked(port, path="/runs.json"):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return answer.read()
