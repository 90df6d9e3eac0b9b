"""At strict, under a secret, causes are named and no value is told: in no record, verdict, report or message.

Canaries are values of their own kind in every cell that could be shown. They are looked for in all bytes, as the types
and encodings that a file or a message may hold them in; at `open` the same search finds them.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
import pandas as pd
import pytest

import parityline
from parityline import discretion, sealing
from parityline.findings import Finding, Unchecked, Verdict
from parityline.kernel.encoding import Writer
from parityline.records import Record
from parityline.report import exchange, html, measures

ROWS = 2_000
SECRET = "known to both environments"
TEXTS = ("Kanarienvogel", "Serinus-canaria", "Wellensittich")
FLOATS = (48_271.640625, 7_919_113.015625, 3_141_592.71875)
INTEGERS = (982_451_653_117, 715_225_739_311, 433_494_437_919)
INSTANTS = ("2031-07-19T04:44:57", "2033-02-11T23:12:41")
HOURS = np.timedelta64(1, "h")


@pytest.fixture(autouse=True)
def secret(monkeypatch) -> None:
    monkeypatch.setenv("PARITYLINE_SECRET", SECRET)


def people() -> pd.DataFrame:
    """A table whose rarest and commonest cells are canaries."""
    random = np.random.default_rng(5)
    table = pd.DataFrame(
        {
            "id": np.arange(ROWS) * 7 + INTEGERS[0],
            "bird": random.choice(TEXTS, ROWS, p=(0.6, 0.3, 0.1)),
            "note": [f"{TEXTS[0]} number {n}" for n in range(ROWS)],
            "amount": random.gamma(2, 30, ROWS).round(3),
            "count": random.integers(0, 9, ROWS) + INTEGERS[1],
            "seen": np.datetime64(INSTANTS[0], "s") + random.integers(0, 10**7, ROWS).astype("m8[s]"),
            "other": random.normal(size=ROWS),
        }
    )
    table.loc[::3, "amount"] = FLOATS[0]
    table.loc[5::50, "amount"] = np.nan
    table.loc[7, ["amount", "count"]] = [FLOATS[1], INTEGERS[2]]
    table.loc[11, "seen"] = np.datetime64(INSTANTS[1], "s")
    return table


def where(table: pd.DataFrame, rows: object, **values: object) -> pd.DataFrame:
    return table.assign(**{name: table[name].mask(rows, value) for name, value in values.items()})


Change = Callable[[pd.DataFrame], pd.DataFrame]
CHANGES: dict[str, Change] = {
    "sentinel": lambda t: t.fillna({"amount": -999.0}),
    "constant": lambda t: t.fillna({"amount": FLOATS[2]}),
    "unit": lambda t: t.assign(amount=t["amount"] * 100),
    "partly": lambda t: where(t, t["bird"] == TEXTS[1], amount=t["amount"] * 1000),
    "zone": lambda t: t.assign(seen=t["seen"] + HOURS),
    "case": lambda t: t.assign(bird=t["bird"].str.upper()),
    "recoded": lambda t: t.assign(bird=t["bird"].map(dict(zip(TEXTS, "abc", strict=True)))),
    "cut": lambda t: t.assign(note=t["note"].str[:16]),
    "clipped": lambda t: t.assign(amount=t["amount"].clip(upper=FLOATS[0] - 1)),
    "overflow": lambda t: t.assign(count=t["count"].astype("int32").astype("int64")),
    "one-value": lambda t: where(t, t.index == 9, bird=f"{TEXTS[2]}!"),
    "bound": lambda t: t[t["seen"] < t["seen"].quantile(0.95)],
    "equal": lambda t: t[t["amount"] != FLOATS[0]],
    "nulls": lambda t: t[t["amount"].notna()],
    "exchanged": lambda t: t.assign(bird=t["bird"].replace({TEXTS[0]: TEXTS[1], TEXTS[1]: TEXTS[0]})),
}
NAMED = 9
"""So many of them at least have a name of their own, and are no plain difference."""


def recorded(table: pd.DataFrame, environment: str, **keywords: object) -> Record:
    with parityline.record("people", environment=environment, **{"privacy": "strict", **keywords}) as run:
        run.source("people", table, key="id", time="seen")
        run.etl("kept", table.drop(columns="note"), key="id", inputs=["people"])
    return run.record


def forms_of(verdict: Verdict) -> bytes:
    """All that is ever shown of a verdict, in one."""
    shown = [str(verdict), repr(verdict), verdict.to_json(), html.render(verdict)]
    shown += [write(verdict) for write in (exchange.junit, exchange.sarif, exchange.markdown)]
    with pytest.raises(parityline.DifferenceError) as raised:
        verdict.raise_for_status()
    return "\0".join((*shown, str(raised.value))).encode()


def canaries() -> Iterator[tuple[str, bytes]]:
    """Every canary in every form in which bytes could hold it."""
    for text in TEXTS:
        for own in (text, text.upper(), text[:8]):
            yield text, own.encode()
            yield text, own.encode("utf-16-le")
            yield text, own.encode("utf-16-be")
            yield text, own.encode().hex().encode()
        for shift in range(3):  # base64 of a text depends on where it begins
            yield text, base64.b64encode(b"." * shift + text.encode())[4:16]
    for number in FLOATS:
        for factor in (1, 100, 1000):
            own = number * factor
            digits = f"{own:.6f}".rstrip("0").rstrip(".")
            yield digits, digits.encode()
            yield digits, f"{own:,.6f}".rstrip("0").rstrip(".").encode()
            yield digits, f"{own:.6g}".encode()
            yield from ((digits, struct.pack(form, own)) for form in ("<d", ">d"))
            yield from ((digits, struct.pack(form, own)) for form in ("<f", ">f"))
    instants = [int(np.datetime64(own, "ns").astype(np.int64)) for own in INSTANTS]
    units = [own // unit for own, unit in product(instants, (1, 10**3, 10**6, 10**9))]
    for number in (*INTEGERS, *units):
        yield str(number), str(number).encode()
        yield str(number), f"{number:,}".encode()
        yield str(number), f"{number:x}".encode()
        yield from ((str(number), struct.pack(form, number)) for form in ("<q", ">q"))
        for coded in (number, number << 1):  # as it is, and as signed integers are written
            out = Writer()
            out.varint(coded)
            yield str(number), out.value()
    for own in INSTANTS:
        yield own, own.encode()
        yield own, own.replace("T", " ").encode()


def found_in(data: bytes) -> set[str]:
    return {what for what, form in canaries() if form in data}


REFERENCE: dict[str, Record] = {}


def reference(**keywords: object) -> Record:
    at = repr(sorted(keywords.items()))
    if at not in REFERENCE:
        REFERENCE[at] = recorded(people(), "research", **keywords)
    return REFERENCE[at]


def about(verdict: Verdict) -> list[tuple[object, ...]]:
    return sorted((f.stage, f.code, str(f.column), f.severity, f.origin) for f in verdict.findings)


FIRSTS: dict[str, str] = {}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_named_at_standard_is_named_and_no_value_is_told(change):
    changed = CHANGES[change](people())
    open_sides = reference(privacy="standard"), recorded(changed, "production", privacy="standard")
    sides = reference(), recorded(changed, "production")
    named, verdict = (parityline.verify(*own, rows="same") for own in (open_sides, sides))
    assert about(verdict) == about(named)
    assert verdict.first.code == named.first.code
    FIRSTS[change] = named.first.code
    for side in sides:
        assert not found_in(side.to_bytes()), side.environment
    assert not found_in(forms_of(verdict))


def test_most_of_these_changes_have_a_name():
    if FIRSTS.keys() == CHANGES.keys():
        plain = {"values-differ", "rows-missing", "rows-extra", "rows-differ"}
        assert sum(code not in plain for code in FIRSTS.values()) >= NAMED, FIRSTS


def test_the_search_would_find_them():
    changed = CHANGES["constant"](people())
    verdict = parityline.verify(reference(privacy="open"), recorded(changed, "production", privacy="open"))
    assert found_in(forms_of(verdict)) >= {"3141592.71875"}
    shown = found_in(reference(privacy="open").to_bytes())
    assert shown >= {*TEXTS, *(str(own) for own in INTEGERS[1:])}


def test_at_standard_no_text_that_is_hidden_is_found():
    table = people().drop(columns="bird")
    sides = []
    for environment, own in (("research", table), ("production", table.assign(note=table["note"].str.upper()))):
        with parityline.record("people", environment=environment) as run:
            run.source("people", own, key="id")
        sides.append(run.record)
    verdict = parityline.verify(*sides, rows="same")
    assert verdict.first.code == "text-case-changed"
    for data in (*(side.to_bytes() for side in sides), forms_of(verdict)):
        assert not found_in(data) & set(TEXTS)


def test_a_private_column_is_named_and_the_others_speak():
    table = people()
    keywords = {"privacy": "standard"}
    changed = {"amount": table["amount"] * 100, "other": -table["other"]}
    sides = []
    for environment, own in (("research", table), ("production", table.assign(**changed))):
        with parityline.record("people", environment=environment, **keywords) as run:
            run.source("people", own, key="id", private=["amount"])
        sides.append(run.record)
    verdict = parityline.verify(*sides)
    told = {f.column: f for f in verdict.findings}
    assert told["amount"].code == "unit-changed"
    assert told["amount"].evidence["sealed"]
    assert "100 x" not in told["amount"].sentence
    assert told["other"].sentence == "`other` has the opposite sign in every differing row"


def test_without_a_secret_nothing_is_sealed_and_the_verdict_says_so(monkeypatch):
    monkeypatch.delenv("PARITYLINE_SECRET")
    table = people()
    sides = [recorded(table, "research"), recorded(table.assign(other=-table["other"] * 2), "production")]
    assert not any(side.seals for side in sides)
    verdict = parityline.verify(*sides)
    assert verdict.status == "fail"
    assert [limit.why for limit in verdict.limits] == [sealing.NOT_SEALED]
    assert not parityline.verify(sides[0], sides[0]).limits


@pytest.mark.parametrize("known", ["", "another one"])
def test_who_does_not_know_the_secret_reads_what_is_shown(monkeypatch, tmp_path, known):
    table = people()
    sides = [recorded(table, "research"), recorded(table.assign(amount=table["amount"] * 100), "production")]
    paths = [side.write(tmp_path / f"{side.environment}.parity") for side in sides]
    assert parityline.verify(*paths).first.code == "unit-changed"
    monkeypatch.setenv("PARITYLINE_SECRET", known)
    verdict = parityline.verify(*paths)
    assert verdict.first.code == "values-differ"
    assert [limit.why for limit in verdict.limits] == [sealing.NOT_OPENED]
    assert Record.read(paths[0]).opened() is None


def test_a_sealed_record_survives_its_file_and_equal_runs_are_equal(tmp_path):
    record = reference()
    path = record.write(tmp_path / "r.parity")
    read = Record.read(path)
    assert read.to_bytes() == record.to_bytes()
    again = recorded(people(), "research")
    again.created = record.created
    assert again.to_bytes() == record.to_bytes()
    opened = read.opened()
    standard = recorded(people(), "research", privacy="standard")
    for name, stage in standard.stages.items():
        assert opened.stages[name].table.to_bytes() == stage.table.to_bytes()
        forms = opened.stages[name].text_forms.get("")
        assert (forms.columns if forms else {}).keys() == stage.text_forms[""].columns.keys()


def test_what_is_sealed_is_said_of_a_record_and_its_size():
    lines = list(measures.of_record(reference(), sizes=True))
    assert sum(line.startswith("    what it hides is sealed under the secret, ") for line in lines) == 2
    assert not found_in("\n".join(lines).encode())
    assert not any("sealed" in line for line in measures.of_record(reference(privacy="standard")))


def test_columns_that_two_stages_share_are_sealed_once():
    record = reference()
    sealed = [own for stage in record.stages.values() for own in stage.sealed[""].pieces]
    assert len(set(sealed)) < len(sealed)


def test_a_changed_bit_opens_nothing():
    own = reference().stages["people"].sealed[""]
    longest = max(own.pieces, key=len)
    for place in (0, 40, len(longest) - 1):
        data = bytearray(longest)
        data[place] ^= 4
        damaged = sealing.Sealed((*own.pieces, bytes(data)))
        assert damaged.opened({}, "record") is None


def test_where_the_native_kernel_was_not_built_nothing_is_sealed(monkeypatch):
    state = parityline.fingerprint(people(), key="id").state
    assert sealing.Sealed.of(state, "strict", (), ()) is not None
    monkeypatch.setattr(sealing, "_functions", lambda: None)
    sealing._key.cache_clear()
    try:
        assert sealing.Sealed.of(state, "strict", (), ()) is None
    finally:
        sealing._key.cache_clear()


def verdict_of(*findings: Finding, limits: tuple[Unchecked, ...] = ()) -> Verdict:
    return Verdict("fail", {}, {}, findings[0], (), findings, limits=limits)


def test_words_come_from_the_shown_verdict_alone():
    """Whatever the opened verdict says, nothing of its words, values or evidence is told."""
    opened = verdict_of(
        Finding("unit-changed", "a", "x = 77 x", "x", share=0.25, expected=77, evidence={"factor": 77},
                explains=("values-differ",)),
        Finding("rows-missing", "a", "77 rows", evidence={"rows": 77}),
        Finding("recoded", "b", "77 became 78", "y", evidence={"map": {"77": "78"}}),
        limits=(Unchecked("a", "drift", "too-few-rows: 77 of them"), Unchecked("a", "x", "no reason at all 77")),
    )  # fmt: skip
    shown = verdict_of(
        Finding("values-differ", "a", "`x` differs", "x", found="total +1", evidence={"moved": 1}),
        Finding("rows-missing", "a", "12 rows", evidence={"rows": 12}),
    )
    told = discretion.discreet(opened, shown)
    assert not {"77", "78"} & set(told.to_json().replace('"', " ").split())
    assert [(f.code, f.column) for f in told.findings] == [("unit-changed", "x"), ("rows-missing", None),
                                                          ("recoded", "y")]  # fmt: skip
    assert told.first is told.findings[0]
    assert told.findings[0].found == "total +1"
    assert told.findings[1].sentence == "12 rows"
    assert [limit.why for limit in told.limits] == ["too-few-rows", "values-private"]
