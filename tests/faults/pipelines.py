"""One pipeline over any business: what a fault changes is named by role, so that one injection runs on all of them.

A `Business` is four tables and the names of their columns by role. `run` joins them, aggregates, engineers features,
splits, fits, predicts and holds the predictions against what happened, with a tap at every stage. `Changes` are what
one environment does otherwise: functions by the name of a step, each given what that step yields.
"""

from __future__ import annotations

import hashlib
import pickle
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GroupShuffleSplit, KFold, StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import parityline
from parityline import privacy as levels_of
from parityline import taps
from parityline.fingerprints import Fingerprint
from parityline.kernel import values_hash
from parityline.records import Record, StageRecord
from parityline.sealing import Sealed
from parityline.tables import open_table
from parityline.text_forms import TextForms

Frame = pd.DataFrame
Changes = Mapping[str, Sequence[Callable[[Any], Any]]]
"""By step, the functions that its value goes through, in their order."""

SEED = 20_240_101
LABEL_DAYS = 90
TODAY = pd.Timestamp("2026-01-01")
UNSEALED = "unsealed"
LEVELS = (*levels_of.LEVELS, UNSEALED)
"""Those of the product; `unsealed` is `strict` where there is no secret, so that nothing is sealed."""
SECRET = {"PARITYLINE_SECRET": "what research and production both know"}
"""For the environment of a process that records or verifies here."""


@dataclass(frozen=True)
class Roles:
    """The column of each role; a business that has a column of its own for one names it here."""

    id: str = "id"  # grows with time
    entity: str = "entity"
    time: str = "time"  # to the microsecond
    day: str = "day"
    code: str = "code"  # key of the lookup table: text, sometimes null, without a match, or a twin in other case
    amount: str = "amount"  # positive, four decimals
    fee: str = "fee"  # exactly two decimals
    price: str = "price"  # the fee as a decimal
    temp: str = "temp"
    measure: str = "measure"  # sometimes NaN
    quantity: str = "quantity"  # a small integer, sometimes 0
    delta: str = "delta"  # an integer of both signs
    rate: str = "rate"  # tenths, so that some are exact halves
    age: str = "age"
    micro: str = "micro"  # often above 2**31
    bigid: str = "bigid"  # above 2**53
    category: str = "category"  # few texts
    country: str = "country"  # few texts, one of them NA
    note: str = "note"  # few texts, sometimes empty
    name: str = "name"  # a few hundred texts, some not ASCII
    comment: str = "comment"  # many texts, some of them None or n/a, a few with a comma or a line break
    zip: str = "zip"  # digits, some with a leading zero
    flag: str = "flag"
    segment: str = "segment"  # few texts, sometimes null
    created: str = "created"  # to the second
    date: str = "date"
    valid_to: str = "valid_to"  # sometimes 9999-12-31
    born: str = "born"  # sometimes before 1582
    signup: str = "signup"
    loaded: str = "loaded_at"
    after: str = "event_after"  # days until the event, or NaN
    target: str = "target"
    tier: str = "tier"  # of the entity at that time
    weight: str = "weight"  # of the lookup table

    def of(self, template: str | None) -> str | None:
        """`{amount}_scaled` with the names of this business."""
        return None if template is None else template.format(**vars(self))


@dataclass(frozen=True)
class Business:
    """Raw tables of one business, made once and equal for both environments."""

    name: str
    roles: Roles
    facts: Frame
    lookup: Frame
    tiers: Frame
    rates: Frame


@dataclass
class Run:
    """One run: its record at every privacy level, the tables that passed by, and the constants that it fitted."""

    records: Mapping[str, Record]
    frames: dict[str, Frame]
    constants: dict[str, Any]

    def graph(self) -> dict[str, tuple[str, ...]]:
        """The inputs of each stage, in the order of the run."""
        return {name: stage.inputs for name, stage in self.records["standard"].stages.items()}


SOURCES = ("facts", "lookup", "tiers", "rates")


# --- businesses ------------------------------------------------------------------------------------------------------


def completed(name: str, real: Frame, roles: Roles, seed: int = 0) -> Business:
    """A business whose facts are these real columns; what is lacking is derived from them, by a fixed seed."""
    r, n, random = roles, len(real), np.random.default_rng(seed)
    d = real.reset_index(drop=True)
    if r.time not in d:
        d[r.time] = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(n) * (366 * 86_400 / n), unit="s").round("s")
    order = np.argsort(d[r.time].to_numpy(), kind="stable")
    d = d.iloc[order].reset_index(drop=True)
    micros = random.integers(1, 1_000_000, n)
    d[r.time] = d[r.time].astype("datetime64[us]") + pd.to_timedelta(micros, unit="us").astype("timedelta64[us]")
    d[r.time] = d[r.time].sort_values().to_numpy()
    if r.id not in d:
        d.insert(0, r.id, np.arange(100_001, 100_001 + n))
    if r.entity not in d:
        d[r.entity] = random.integers(1, max(n // 12, 2), n)
    d[r.amount] = np.round(d[r.amount].to_numpy() + random.integers(1, 10_000, n) / 10_000, 4)
    middle = int(n * 0.55)
    d.loc[middle : middle + 7, r.time] = d[r.time].iloc[middle].floor("D")
    d = d.sort_values(r.time, kind="stable", ignore_index=True)
    cents = random.integers(0, 10, n) * 10 + random.integers(1, 10, n)
    d[r.fee] = np.round(np.floor(d[r.amount]) + cents / 100, 2)
    d[r.price] = d[r.fee].round(2).astype("str").astype(pd.ArrowDtype(_decimal()))
    if d[r.measure].notna().all():
        d[r.measure] = d[r.measure].mask(random.random(n) < 0.08)
    d[r.quantity] = d[r.quantity].astype("int64")
    d[r.delta] = random.integers(-9, 10, n) + d[r.quantity]
    d[r.rate] = random.integers(0, 60, n) / 10
    if r.age not in d:
        d[r.age] = random.integers(18, 90, n)
    d[r.micro] = d[r.quantity] * 700_000_000 + random.integers(0, 1_000_000_000, n)
    d[r.bigid] = 2**55 + np.arange(n) * 3 + random.integers(0, 2, n)
    d[r.country] = random.choice(["DE", "FR", "NA", "NL", "SE", "IT"], n, p=[0.3, 0.22, 0.06, 0.16, 0.14, 0.12])
    d[r.note] = random.choice(["", "fragile", "gift", "late"], n, p=[0.3, 0.3, 0.25, 0.15])
    d[r.name] = np.array(_names())[random.integers(0, 300, n)]
    d[r.comment] = _comments(d, r, random)
    digits = pd.Series(random.integers(100, 100_000, n)).astype("str").str.zfill(5)
    d.insert(0, r.zip, digits)
    d[r.flag] = random.random(n) < 0.4
    d[r.segment] = pd.Series(random.choice(["basic", "gold", "plus", "retired"], n)).mask(random.random(n) < 0.06)
    seconds = d[r.time].dt.floor("s")
    d[r.created] = seconds - pd.to_timedelta(random.integers(60, 86_400, n), unit="s").astype("timedelta64[us]")
    d[r.date] = d[r.time].dt.floor("D") - pd.to_timedelta(random.integers(0, 60, n), unit="D").astype("timedelta64[us]")
    far = random.random(n) < 0.03
    d[r.valid_to] = (d[r.date] + pd.Timedelta(days=90)).mask(far, pd.Timestamp("9999-12-31"))
    old = random.random(n) < 0.01
    born = pd.Timestamp("1900-06-01").as_unit("us") + pd.to_timedelta(random.integers(0, 36_000, n), unit="D").astype(
        "timedelta64[us]"
    )
    d[r.born] = pd.Series(born).mask(old, pd.Series(born) - pd.Timedelta(days=140_000).as_unit("us"))
    d[r.signup] = d[r.date] - pd.to_timedelta(random.integers(1, 900, n), unit="D").astype("timedelta64[us]")
    d[r.loaded] = d[r.time].dt.floor("h") + pd.Timedelta(hours=6)
    if r.after not in d:
        d[r.after] = _events(d, r, random)
    group = random.integers(0, 120, n)
    twin = np.where(group % 2 == 0, "a", "A")
    code = pd.Series([f"K{g // 2:02d}{t}" for g, t in zip(group, twin, strict=True)])
    d[r.code] = code.mask(random.random(n) < 0.03)
    lookup = pd.DataFrame({r.code: sorted(set(code))[:-4]})
    lookup[r.weight] = np.round(random.gamma(2, 0.7, len(lookup)), 3) + 0.05
    lookup["region"] = random.choice(["north", "south", "west"], len(lookup))
    lookup["version"] = 1
    twice = lookup.iloc[::8].assign(version=2)
    twice[r.weight] = np.round(twice[r.weight] + 0.5, 3)
    lookup = pd.concat([lookup, twice], ignore_index=True)
    entities = np.sort(d[r.entity].unique())
    start = d[r.time].min().floor("D") - pd.Timedelta(days=1)
    half = d[r.time].quantile(0.5).floor("D")
    tiers = [
        pd.DataFrame({r.entity: entities, "since": start, r.tier: random.choice(["A", "B", "C"], len(entities))}),
        pd.DataFrame(
            {r.entity: entities[::2], "since": half, r.tier: random.choice(["A", "B", "C"], len(entities[::2]))}
        ),
    ]
    rates = pd.DataFrame({r.rate: np.arange(60) / 10, "bonus": np.round(random.normal(1, 0.3, 60), 3)})
    return Business(name, roles, d, lookup, pd.concat(tiers, ignore_index=True), rates)


def _decimal() -> Any:
    import pyarrow as pa

    return pa.decimal128(12, 2)


def _names() -> list[str]:
    first = ["Müller", "José", "Zoë", "Anna", "Łukasz", "Irene", "Ingrid", "Chloé", "Bruno", "Dag"]
    last = ["Ibsen", "García", "Øverland", "Smith", "Ibáñez", "Novak"]
    return [f"{a} {b} {c}" for a in first for b in last for c in ("I", "II", "III", "IV", "Jr")]


def _comments(d: Frame, r: Roles, random: np.random.Generator) -> list[str]:
    texts = [f"order {i} of {m:.0f}" for i, m in zip(d[r.id], d[r.amount], strict=True)]
    places = random.permutation(len(d))
    for place in places[: len(d) // 50]:
        texts[place] = "None" if place % 2 else "n/a"
    for place in places[len(d) // 50 :][:20]:
        texts[place] += ", please ring"
    for place in places[len(d) // 50 :][20:45]:
        texts[place] += "\nsecond line"
    return texts


def _events(d: Frame, r: Roles, random: np.random.Generator) -> Any:
    """Days until something happened: sooner for dear, warm and frequent things; never for many."""
    ranks = d[r.amount].rank(pct=True) + 0.5 * d[r.temp].rank(pct=True) + 0.3 * (d[r.quantity] > 1)
    days = np.round(random.exponential(60, len(d)) / (0.3 + ranks.to_numpy()) + 20)
    return np.where(random.random(len(d)) < 0.45, days, np.nan)


def shop(rows: int = 1_000, seed: int = 3) -> Business:
    """The bundled demo business: no data from outside."""
    from parityline.demo.business import make_business

    tables = make_business(seed, rows)
    orders = tables["orders"].merge(tables["products"], on="product_id").merge(tables["customers"], on="customer_id")
    orders["day"] = orders["ordered_at"].dt.floor("D")
    orders = orders.merge(tables["logistics"], on=["warehouse", "day"]).drop(columns="day")
    roles = Roles(
        id="order_id", entity="customer_id", time="ordered_at", amount="turnover", temp="temperature",
        measure="backlog", quantity="quantity", category="category",
    )  # fmt: skip
    real = pd.DataFrame({
        "order_id": orders["order_id"], "customer_id": orders["customer_id"] % max(rows // 12, 2) + 1,
        "ordered_at": orders["ordered_at"], "turnover": orders["price"] * orders["quantity"],
        "temperature": np.round(orders["temperature"] * 9 / 5 + 32, 1),
        "backlog": orders["backlog"].mask(orders["age"].isna()), "quantity": orders["quantity"] - 1,
        "category": orders["category"],
    })  # fmt: skip
    return completed("shop", real, roles)


def flights(folder: Path, rows: int = 12_000) -> Business:
    """Departures out of New York with the weather of their hour."""
    base = folder / "nycflights13"
    f = pd.read_parquet(base / "flights.parquet")
    f = f[f["dep_time"].notna() & f["arr_delay"].notna() & f["tailnum"].notna()]
    f = f.sample(rows, random_state=1)
    keys = ["origin", "year", "month", "day", "hour"]
    weather = pd.read_parquet(base / "weather.parquet").drop_duplicates(keys).astype({"hour": "float64"})
    f = f.merge(weather[[*keys, "temp", "pressure"]], on=keys, how="left")
    roles = Roles(
        entity="tailnum", time="departure", amount="distance", temp="temp", measure="pressure", quantity="dep_hour",
        category="carrier",
    )  # fmt: skip
    day = pd.to_datetime(f[["year", "month", "day"]]) + pd.to_timedelta(f["hour"] * 60 + f["minute"], unit="min")
    common = f["carrier"].value_counts().index[:7]
    planes = f["tailnum"].value_counts().index
    shared = f["tailnum"].map(dict(zip(planes, (planes[i % 900] for i in range(len(planes))), strict=True)))
    real = pd.DataFrame({
        "tailnum": shared, "departure": day, "distance": f["distance"] + f["air_time"] / 100,
        "temp": f["temp"].fillna(50.0), "pressure": f["pressure"], "dep_hour": (f["hour"] % 6).astype("int64"),
        "carrier": f["carrier"].where(f["carrier"].isin(common), "ZZ"),
    })  # fmt: skip
    return completed("flights", real, roles)


def adult(folder: Path, rows: int = 10_000) -> Business:
    """People of a census; it has no time, and gets one."""
    a = pd.read_parquet(folder / "adult" / "adult.parquet").sample(rows, random_state=1).reset_index(drop=True)
    roles = Roles(
        amount="income", temp="hours", measure="education_years", quantity="children", category="relationship"
    )
    random = np.random.default_rng(5)
    real = pd.DataFrame({
        "income": a["fnlwgt"] / 1_000, "hours": a["hours-per-week"] + random.integers(0, 10, rows) / 10,
        "education_years": a["education-num"].astype("float64").where(a["occupation"].notna()),
        "children": (a["capital-loss"] + a["age"]) % 4, "relationship": a["relationship"].astype("str"),
        "age": a["age"],
    })  # fmt: skip
    return completed("adult", real, roles)


def bikes(folder: Path, rows: int = 12_000) -> Business:
    """Hours of a bike rental with their weather."""
    b = pd.read_parquet(folder / "bike_sharing" / "hour.parquet").sample(rows, random_state=1)
    roles = Roles(id="instant", time="hour_start", amount="rentals", temp="warmth", measure="wind", category="season")
    real = pd.DataFrame({
        "instant": b["instant"], "hour_start": pd.to_datetime(b["dteday"]) + pd.to_timedelta(b["hr"], unit="h"),
        "rentals": b["cnt"] + b["atemp"], "warmth": np.round(b["temp"] * 41 * 9 / 5 + 32, 1),
        "wind": b["windspeed"].where(b["windspeed"] > 0), "quantity": b["weathersit"] - 1,
        "season": b["season"].map({1: "winter", 2: "spring", 3: "summer", 4: "autumn"}),
    })  # fmt: skip
    return completed("bikes", real, roles)


def diamonds(folder: Path, rows: int = 10_000) -> Business:
    """Cut stones with their prices; they have no time and no entity, and get them."""
    g = pd.read_parquet(folder / "diamonds" / "diamonds.parquet").sample(rows, random_state=1).reset_index(drop=True)
    roles = Roles(amount="worth", temp="depth", measure="width", category="cut")
    real = pd.DataFrame({
        "worth": g["price"].astype("float64"), "depth": g["depth"], "width": g["table"].where(g["y"] > 4.6),
        "quantity": (g["carat"] * 2).astype("int64"), "cut": g["cut"],
    })  # fmt: skip
    return completed("diamonds", real, roles)


BUSINESSES: dict[str, Callable[..., Business]] = {
    "shop": shop, "flights": flights, "adult": adult, "bikes": bikes, "diamonds": diamonds,
}  # fmt: skip
REAL = tuple(name for name in BUSINESSES if name != "shop")


# --- the run ---------------------------------------------------------------------------------------------------------


class _Written(dict[str, Record]):
    """The record of a run by level, written when it is asked for."""

    def __init__(self, recorder: Any, tapped: _Taps) -> None:
        super().__init__()
        self.recorder, self.tapped = recorder, tapped

    def __missing__(self, level: str) -> Record:
        with mock.patch.object(values_hash, "hash_bytes", _HASH_BYTES):
            written = _unsealed(self["strict"]) if level == UNSEALED else _at_level(self.recorder, self.tapped, level)
        written.environment_facts = self.recorder.record.environment_facts
        self[level] = written
        return written


class _Taps:
    """The taps of a recorder, and the tables and keywords that went through them."""

    def __init__(self, recorder: Any) -> None:
        self.recorder = recorder
        self.frames: dict[str, Frame] = {}
        self.totals: dict[str, Mapping[str, Sequence[str]]] = {}

    def __getattr__(self, kind: str) -> Callable[..., Any]:
        tap = getattr(self.recorder, kind)

        def through(name: str, table: Any, **keywords: Any) -> Any:
            if isinstance(table, pd.DataFrame):
                self.frames[name] = table
            if keywords.get("totals"):
                self.totals[name] = keywords["totals"]
            with _recorded_once(name, table, keywords):
                return tap(name, table, **keywords)

        return through


def run(
    business: Business,
    changes: Changes | None = None,
    *,
    environment: str,
    constants: Mapping[str, Any] | None = None,
    taken_at: str | None = None,
) -> Run:
    """Run the pipeline once.

    The record is taken once, at the level that keeps all, and written for other levels as the recorder would.

    Args:
        business: the raw tables.
        changes: what this environment does otherwise.
        environment: its name.
        constants: what research fitted and stored; without them this run is research.
        taken_at: the level to take the record at; it is then called "as taken", and is not written for others.
    """
    from parityline.recording import RecordingWarning

    with (
        tempfile.TemporaryDirectory() as folder,
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
        mock.patch.object(values_hash, "hash_bytes", _HASH_BYTES),
        parityline.record(business.name, environment=environment, privacy=taken_at or "open") as recorder,
    ):
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", RecordingWarning)
        tapped = _Taps(recorder)
        fitted = _steps(tapped, business, partial(_at, changes or {}), constants, Path(folder))
    records = _Written(recorder, tapped) if taken_at is None else {"as taken": recorder.record}
    return Run(records, tapped.frames, fitted)


def _at(changes: Changes, step: str, value: Any) -> Any:
    for change in changes.get(step, ()):
        value = change(value)
    return value


def _at_level(recorder: Any, tapped: _Taps, level: str) -> Record:
    """The record as the recorder writes it at another level."""
    record, stages = recorder.record, {}
    for name, stage in record.stages.items():
        wholes = {part: recorder._whole[f"{name}/{part}" if part else name] for part in stage.tables}
        tables = {part: _fingerprint_at(whole, level) for part, whole in wholes.items()}
        facts = levels_of.outcomes(dict(stage.facts), levels_of.level_of(level))
        if level == "strict":
            facts.pop("slips", None)
        if level == "strict" and name in tapped.totals:
            seed = stage.tables[""].state.parameters.seed
            facts["totals"] = {
                f"{column} by {', '.join(groups)}": taps.totals_by_group(
                    open_table(tapped.frames[name]), column, groups, seed, hidden=True
                )
                for column, groups in tapped.totals[name].items()
            }
        forms = {part: _forms_at(whole, level) for part, whole in wholes.items()}
        own = {
            part: own | levels_of.facts(wholes[part].state, levels_of.level_of(level))
            for part, own in stage.table_facts.items()
        }
        sealed = {part: own for part, own in ((p, _sealed_at(w, level)) for p, w in wholes.items()) if own is not None}
        stages[name] = StageRecord(name, stage.kind, stage.inputs, facts, tables, own, stage.unchecked, forms, sealed)
    return replace(record, stages=stages, privacy=level)


def _unsealed(record: Record) -> Record:
    return replace(record, stages={name: replace(stage, sealed={}) for name, stage in record.stages.items()})


@cache
def _sealed_at(whole: Fingerprint, level: str) -> Sealed | None:
    return Sealed.of(whole.state, levels_of.level_of(level), (), ())


@cache
def _forms_at(whole: Fingerprint, level: str) -> TextForms:
    return TextForms.of(whole.state, level, (), ())


_HASH_BYTES = cache(values_hash.hash_bytes)
MOST_KEPT = 1_500
_TAPPED: dict[Any, Any] = {}
_WRITTEN: dict[tuple[int, str], tuple[Any, Fingerprint]] = {}
"""Fingerprints are pure functions of tables, and most tables of a run with one fault equal those of the clean run."""


@contextmanager
def _recorded_once(name: str, table: Any, keywords: Mapping[str, Any]) -> Iterator[None]:
    """A table that a tap of the same name has seen, to the byte, has the fingerprint that it had."""
    digest = None
    if not isinstance(table, Path):
        digest = hashlib.blake2b(pickle.dumps((table, keywords.get("fitted_on"), keywords.get("of")))).digest()
    tapped, calls = taps.tapped, count()

    def once(opened: Any, parameters: Any) -> Any:
        if digest is None:
            return tapped(opened, parameters)
        known = name, digest, next(calls), repr(parameters)
        if known not in _TAPPED:
            _bound(_TAPPED)
            _TAPPED[known] = tapped(opened, parameters)
        return _TAPPED[known]

    taps.tapped = once
    try:
        yield
    finally:
        taps.tapped = tapped


def _fingerprint_at(table: Fingerprint, level: str) -> Fingerprint:
    known = id(table.state), level
    if known not in _WRITTEN:
        _bound(_WRITTEN)
        _WRITTEN[known] = table.state, Fingerprint(levels_of.applied(table.state, levels_of.level_of(level)))
    return _WRITTEN[known][1]


def _bound(kept: dict[Any, Any]) -> None:
    while len(kept) >= MOST_KEPT:
        del kept[next(iter(kept))]


@dataclass
class Scope:
    """What a step may need beside its value: the names, the tables so far, the constants."""

    roles: Roles
    constants: dict[str, Any]
    joined: Frame = field(default_factory=pd.DataFrame)
    kept: Frame = field(default_factory=pd.DataFrame)
    facts: Frame = field(default_factory=pd.DataFrame)


def _steps(
    run: Any, b: Business, at: Callable[[str, Any], Any], stored: Mapping[str, Any] | None, folder: Path
) -> dict[str, Any]:
    r = b.roles
    moment = {"key": r.id, "time": r.time, "entity": r.entity}

    # 1. Sources. `rates` is a file, so that its bytes are recorded too.
    facts = run.source("facts", at("facts", b.facts), partition=f"{r.time}:month", **moment)
    lookup = run.source("lookup", at("lookup", b.lookup), key=[r.code, "version"])
    tiers = run.source("tiers", at("tiers", b.tiers), key=[r.entity, "since"], time="since", entity=r.entity)
    path = folder / "rates.parquet"
    at("write rates", lambda frame, to: frame.to_parquet(to, index=False))(at("rates", b.rates), path)
    run.source("rates", path, key=r.rate)
    rates = pd.read_parquet(path)

    # 1. ETL: one row for each fact, then aggregates of them.
    newest = at("latest", latest)(lookup, r)
    joined = at("join", join)(facts, newest, r)
    joined = at("tier", tier_then)(joined, tiers, r)
    joined = at("joined", joined.sort_values(r.id, ignore_index=True))
    run.etl(
        "joined", joined, inputs=["facts", "lookup", "tiers"], partition=f"{r.time}:month", target=r.target,
        totals={r.amount: [r.category]}, **moment,
    )  # fmt: skip
    daily = joined.groupby(r.day, as_index=False).agg(rows=(r.id, "size"), total=(r.amount, at("sum", "sum")))
    run.etl("daily", at("daily", daily), key=r.day, inputs=["joined"], derives={"total": [f"joined.{r.amount}"]})
    by_code = joined.assign(group=at("grouping", lambda x: x)(joined[r.code])).groupby("group", as_index=False)
    by_code = by_code.agg(rows=(r.id, "size"), total=(r.amount, "sum"))
    run.etl("by_code", at("by_code", by_code), key="group", inputs=["joined"], group_by=r.code)
    unique = joined.drop_duplicates([c for c in joined if c != r.id], ignore_index=True)
    unique = at("unique", unique[[r.id, r.day, r.entity, r.target, r.amount, r.temp]])
    run.etl("unique", unique, key=r.id, inputs=["joined"])
    columns = ", ".join((r.id, r.day, r.target, r.entity, r.amount, r.temp))
    query = at("query of sequence", f"select {columns} from rows order by {r.day}, {r.id}")
    deduplicated = at("deduplicated", True)
    source = at("source of sequence", ("unique", unique) if deduplicated else ("joined", joined))
    sequence = at("sequence", queried(source[1], query))
    run.etl("sequence", sequence, key=r.id, inputs=[source[0]], ordered=[r.day], query=query)
    if at("an extract is taken", False):
        query = at("query of extract", f"select {r.id}, {r.amount} from rows order by {r.id} limit {len(b.facts) // 2}")
        extract = at("extract", queried(at("rows of extract", joined), query))
        run.etl("extract", extract, key=r.id, inputs=["joined"], query=query)

    # 3. The rows of the parts are known before anything is fitted.
    labelled = at("labelled", sequence[sequence[r.day] > sequence[r.day].min() + pd.Timedelta(days=20)])
    labelled = labelled.reset_index(drop=True)
    splits = {name: at(name, make)(labelled, r, sequence) for name, make in SPLITS.items()}
    train_ids, test_ids = (splits["split"](labelled, part)[r.id].to_numpy() for part in ("train", "test"))

    # 2. Features, with the constants of the training part of research.
    scope = Scope(r, {}, joined=joined, facts=facts)
    training = joined[joined[r.id].isin(train_ids)]
    scope.constants = dict(stored) if stored is not None else fitted(training, r)
    scope.constants["labelled"] = [*train_ids, *test_ids]
    profile = at("profile", partial(profiled, r=r))(joined)
    run.features("profile", profile, key=r.entity, inputs=["joined"], group_by=r.entity)
    by_segment = at("by_segment", partial(segmented, r=r))(joined)
    run.features("by_segment", by_segment, key=r.segment, inputs=["joined"], group_by=r.segment)
    embedding = at("embedding", embedded(joined, scope))
    run.features("embedding", embedding, key=r.id, inputs=["joined"])
    steps = {name: at(name, step) for name, step in FEATURES.items()}
    features = engineered(scope, profile, by_segment, embedding, rates, steps)
    features = at("features", features)
    run.features("features", features, inputs=["joined", "profile", "by_segment", "embedding", "rates"], **moment)

    # 3. Splits: random with equal shares of the target, in folds, by entity, by time, and by content.
    for name, split in splits.items():
        split.record(run, name, labelled, r)

    # 4. Model and predictions.
    names = at("columns of the model", model_columns(features, r))
    known = features.set_index(r.id)
    of_id = joined.drop_duplicates(r.id).set_index(r.id)
    y = of_id[r.target].reindex(known.index)
    train = known.index.isin(train_ids)
    model = at("fit", fit)(known.loc[train, names], y[train])
    model = at("model", model)
    run.model(
        "model", model, fitted_on=(known.loc[train, names], y[train]), inputs=["features", "split"],
    )  # fmt: skip
    new = known[at("rows to score", lambda train: np.full(len(train), True))(train)]
    p = at("predict", predict)(model, new[names])
    scored = pd.DataFrame({r.id: new.index, "p": p, r.category: of_id[r.category].reindex(new.index)})
    scored["decision"] = (scored["p"] > at("threshold", 0.35)).astype("int64")
    scored = at("predictions", scored.reset_index(drop=True))
    run.predictions(
        "predictions", scored, key=r.id, score="p", label="decision", inputs=["features", "model", "joined"]
    )
    X = at("input of forecast", lambda frame, joined: frame)(features, joined)
    raw = at("raw forecast", X[forecast_columns(r)].to_numpy("float64") @ np.array([0.3, 0.1, 0.001, 0.0001]) + 4.0)
    forecast = pd.DataFrame({r.id: X[r.id], "forecast": at("back transformation", np.expm1)(raw)})
    forecast = at("forecast", forecast)
    run.predictions("forecast", forecast, key=r.id, score="forecast", inputs=["features"])

    # 5. Outcomes, once the events are there.
    columns = [r.id, r.time, r.category, r.measure]
    happened = joined[joined[r.id].isin(scored[r.id])]
    labels = at("label", label)(events(facts, r).reindex(happened[r.id]))
    outcomes = at("outcomes", happened[columns].assign(actual=labels.to_numpy()).reset_index(drop=True))
    run.outcomes(
        "outcomes", outcomes, key=r.id, time=r.time, actual="actual", prediction="predictions",
        inputs=["predictions", "joined", "facts"], segments=[r.category],
    )  # fmt: skip
    f1 = at("f1", f1_of)(outcomes, scored, r)
    if at("f1 is expected", False):
        run.recorder.expect("f1 of research", value=f1, at_least=f1 - 1e-9, at_most=f1 + 1e-9)
    return scope.constants


# --- the steps, each replaceable -------------------------------------------------------------------------------------


def latest(lookup: Frame, r: Roles) -> Frame:
    """The newest version of each code, whatever the order of the rows."""
    return lookup.sort_values([r.code, "version"]).drop_duplicates(r.code, keep="last")


def join(facts: Frame, lookup: Frame, r: Roles, how: Any = "left") -> Frame:
    """The facts that the model may see, beside what the lookup table knows of their code."""
    unused = (r.after, r.loaded, r.comment, r.zip, r.created, r.valid_to, r.born, r.bigid, r.fee)
    facts = facts[facts[r.id].notna()].astype({r.id: "int64"})
    hidden = [c for c in unused if c in facts]
    joined = facts.drop(columns=hidden).merge(lookup.drop(columns="version"), on=r.code, how=how)
    joined[r.target] = label(events(facts, r).reindex(joined[r.id])).to_numpy()
    joined[r.day] = joined[r.time].dt.floor("D")
    return joined


def events(facts: Frame, r: Roles) -> pd.Series:
    """Days until the event, by id."""
    return facts.drop_duplicates(r.id).set_index(r.id)[r.after]


def label(after: pd.Series, days: int = LABEL_DAYS) -> pd.Series:
    """Whether the event came within so many days."""
    return (after <= days).astype("int64")


def tier_then(joined: Frame, tiers: Frame, r: Roles) -> Frame:
    """With the tier that the entity had at the time of the row."""
    left, right = joined.sort_values(r.time, kind="stable"), tiers.sort_values("since", kind="stable")
    right = right.assign(since=right["since"].astype(left[r.time].dtype))
    known = left[r.time].notna() & left[r.entity].notna()
    same_type = left[known].astype({r.entity: right[r.entity].dtype})
    merged = pd.merge_asof(same_type, right, left_on=r.time, right_on="since", by=r.entity)
    return pd.concat([merged, left[~known]], ignore_index=True).drop(columns="since")


def queried(rows: Frame, query: str) -> Frame:
    """A query in SQL over the table `rows`; columns keep their types."""
    wanted = [c for c in rows if f" {c}," in query or f" {c} " in query]
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("rows", rows[wanted])
        return connection.sql(query).df()


def profiled(joined: Frame, r: Roles) -> Frame:
    """What is known of each entity."""
    groups = joined.groupby(r.entity)
    first = joined.sort_values([r.entity, r.segment], na_position="last").groupby(r.entity)[r.segment]
    frame = pd.DataFrame({
        "rows": groups.size(), "mean": groups[r.measure].mean(), "deviation": groups[r.amount].std(ddof=1),
        "p90": groups[r.amount].quantile(0.9), "first": first.agg(lambda x: x.iloc[0]),
    })  # fmt: skip
    return frame.reset_index()


def segmented(joined: Frame, r: Roles) -> Frame:
    """What is known of each segment; rows without one are a group of their own, as in SQL."""
    groups = joined.groupby(r.segment, dropna=False, as_index=False)
    return groups.agg(segment_rows=(r.id, "size"), segment_mean=(r.amount, "mean"))


def embedded(joined: Frame, scope: Scope) -> Frame:
    """Two components of three scaled columns."""
    r, c = scope.roles, scope.constants
    z = _standard(joined, r, c) @ np.array(c["components"]).T
    return pd.DataFrame({r.id: joined[r.id], "e1": z[:, 0], "e2": z[:, 1]})


def _standard(joined: Frame, r: Roles, c: Mapping[str, Any]) -> Any:
    columns = (r.amount, r.temp, r.delta)
    frame = pd.DataFrame({n: pd.to_numeric(joined[n], errors="coerce").astype("float64") if n in joined else 0.0
                          for n in columns})  # fmt: skip
    return np.column_stack([(frame[n].fillna(c["mean"][n]) - c["mean"][n]) / c["scale"][n] for n in columns])


def fitted(training: Frame, r: Roles) -> dict[str, Any]:
    """What research fits on its training part, and stores."""
    c: dict[str, Any] = {"mean": {}, "scale": {}}
    for name in (r.amount, r.temp, r.delta, r.measure):
        c["mean"][name] = float(training[name].mean())
        c["scale"][name] = float(training[name].std(ddof=0))
    c["bound"] = float(training[r.amount].quantile(0.99))
    rest = _standard(training, r, c)
    _, _, components = np.linalg.svd(rest - rest.mean(axis=0), full_matrices=False)
    c["components"] = (components[:2] * np.sign(components[:2, :1])).tolist()
    values = sorted(training[r.category].dropna().unique())
    c["categories"] = ["(another)", *values]
    prior = float(training[r.target].mean())
    groups = training.groupby(r.country)[r.target]
    c["encoded"] = ((groups.sum() + 20 * prior) / (groups.size() + 20)).to_dict()
    c["prior"] = prior
    return c


def scale(values: pd.Series, name: str, scope: Scope) -> pd.Series:
    return (values - scope.constants["mean"][name]) / scope.constants["scale"][name]


def impute(values: pd.Series, name: str, scope: Scope) -> pd.Series:
    return values.fillna(scope.constants["mean"][name])


def clip(values: pd.Series, scope: Scope) -> pd.Series:
    return values.clip(upper=scope.constants["bound"])


def encode(values: pd.Series, scope: Scope) -> pd.Series:
    codes = {value: code for code, value in enumerate(scope.constants["categories"])}
    return values.map(codes).fillna(-1).astype("int64")


def one_hot(values: pd.Series, scope: Scope) -> Frame:
    known = scope.constants["categories"]
    return pd.DataFrame({f"{values.name}_{value}": (values == value).astype("int64") for value in known})


def target_encode(values: pd.Series, scope: Scope) -> pd.Series:
    return values.map(scope.constants["encoded"]).fillna(scope.constants["prior"]).astype("float64")


def previous(joined: Frame, r: Roles, lag: int = 1) -> pd.Series:
    ordered = joined.sort_values([r.entity, r.time, r.id])
    return ordered.groupby(r.entity)[r.amount].shift(lag).reindex(joined.index).fillna(0.0)


def rolling(joined: Frame, r: Roles, least: int = 1) -> pd.Series:
    ordered = joined.sort_values([r.entity, r.time, r.id])
    sums = ordered.groupby(r.entity)[r.amount].rolling(7, min_periods=least).mean()
    return sums.reset_index(level=0, drop=True).reindex(joined.index)


def kept(joined: Frame, r: Roles) -> pd.Series:
    """All rows but those of a segment that was retired; those without one stay."""
    return joined[r.segment].ne("retired") | joined[r.segment].isna()


def bonus(joined: Frame, rates: Frame, r: Roles) -> Any:
    return joined[[r.rate]].merge(rates, on=r.rate, how="left")["bonus"].to_numpy()


FEATURES: dict[str, Callable[..., Any]] = {
    "scaler": scale,
    "scaler of temp": scale,
    "imputer": impute,
    "clip": clip,
    "encoder": encode,
    "one hot": one_hot,
    "target encoder": target_encode,
    "previous": previous,
    "rolling": rolling,
    "logarithm": np.log,
    "weekday": lambda times: times.dt.dayofweek,
    "hour": lambda times: times.dt.hour,
    "age": lambda since: (TODAY - since).dt.total_seconds() / 86_400,
    "bucket": lambda delta: delta // 2,
    "rounding": np.round,
    "bin": lambda age: np.digitize(age, [30, 40, 50, 65]),
    "ratio": lambda amount, quantity: amount / quantity.clip(lower=1),
    "components": lambda components: components,
    "bonus": bonus,
    "kept": kept,
}


def engineered(
    scope: Scope, profile: Frame, by_segment: Frame, embedding: Frame, rates: Frame, step: Mapping[str, Any]
) -> Frame:
    """The features; every line is a step that another environment may do otherwise."""
    r = scope.roles
    j = scope.joined[step["kept"](scope.joined, scope.roles)].reset_index(drop=True)
    scope = replace(scope, kept=j)
    of_entity = j[[r.entity]].merge(profile, on=r.entity, how="left")
    of_segment = j[[r.segment]].merge(by_segment, on=r.segment, how="left")
    components = np.array(step["components"](scope.constants["components"]))
    pc = _standard(j, r, scope.constants) @ components.T
    columns: dict[str, Any] = {
        r.id: j[r.id],
        r.entity: j[r.entity],
        r.time: j[r.time],
        r.quantity: j[r.quantity],
        f"{r.amount}_scaled": step["scaler"](j[r.amount], r.amount, scope),
        f"{r.temp}_scaled": step["scaler of temp"](j[r.temp], r.temp, scope),
        f"{r.measure}_filled": step["imputer"](j[r.measure], r.measure, scope),
        f"{r.amount}_clipped": step["clip"](j[r.amount], scope),
        f"log_{r.amount}": step["logarithm"](j[r.amount]),
        f"{r.category}_code": step["encoder"](j[r.category], scope),
        f"{r.country}_encoded": step["target encoder"](j[r.country], scope),
        "previous": step["previous"](j, r),
        "rolling": step["rolling"](j, r),
        "weekday": step["weekday"](j[r.time]),
        "hour": step["hour"](j[r.time]),
        "age_days": step["age"](j[r.signup]),
        "bucket": step["bucket"](j[r.delta]),
        "rate_rounded": step["rounding"](j[r.rate]),
        "age_bin": step["bin"](j[r.age]),
        "ratio": step["ratio"](j[r.amount], j[r.quantity]),
        "pc1": pc[:, 0],
        "pc2": pc[:, 1],
        "bonus": step["bonus"](j, rates, r),
        "rows_of_entity": of_entity["rows"].to_numpy(),
        "deviation_of_entity": of_entity["deviation"].to_numpy(),
        "mean_of_segment": of_segment["segment_mean"].to_numpy(),
    }
    features = pd.concat([pd.DataFrame(columns), step["one hot"](j[r.category], scope)], axis=1)
    distance = np.hypot(embedding["e1"], embedding["e2"]).set_axis(embedding[r.id])
    features["distance"] = distance[~distance.index.duplicated()].reindex(j[r.id]).to_numpy()
    return features


def model_columns(features: Frame, r: Roles) -> list[str]:
    """The numbers that the model takes."""
    return [c for c in features if c not in (r.id, r.entity, r.time, "ratio")]


def forecast_columns(r: Roles) -> list[str]:
    return [f"{r.amount}_scaled", f"{r.temp}_scaled", f"{r.measure}_filled", "ratio"]


def fit(X: Frame, y: pd.Series, **parameters: Any) -> Any:
    forest = RandomForestClassifier(**{"n_estimators": 8, "max_depth": 6, "random_state": SEED, **parameters})
    return make_pipeline(StandardScaler(), forest).fit(X.astype("float64"), y)


def predict(model: Any, X: Frame) -> Any:
    return model.predict_proba(X.astype("float64"))[:, 1]


def f1_of(outcomes: Frame, scored: Frame, r: Roles, average: str = "binary") -> float:
    from sklearn.metrics import f1_score

    both = outcomes[[r.id, "actual"]].merge(scored[[r.id, "decision"]], on=r.id)
    return float(f1_score(both["actual"], both["decision"], average=average, zero_division=0.0))


@dataclass(frozen=True)
class Split:
    """One split of the labelled rows: a splitter, and how its parts are taken."""

    places: Mapping[str, Any]
    by: Any = None
    content: bool = False
    rows: Callable[[Frame], Frame] = lambda labelled: labelled

    def __call__(self, labelled: Frame, part: str) -> Frame:
        return self.rows(labelled).iloc[self.places[part]]

    def record(self, run: Any, name: str, labelled: Frame, r: Roles) -> None:
        rows = self.rows(labelled)
        if self.content:
            parts: Any = {part: rows.iloc[p] for part, p in self.places.items()}
            run.split(name, parts, key=r.id, inputs=["sequence"], by=self.by)
        else:
            run.split(name, dict(self.places), of=rows[[r.id]], key=r.id, inputs=["sequence"], by=self.by)


def stratified(labelled: Frame, r: Roles, sequence: Frame, seed: Any = SEED) -> Split:
    splitter = StratifiedShuffleSplit(1, test_size=0.25, random_state=seed)
    return shuffled_once(splitter, labelled, labelled[r.target])


def shuffled_once(splitter: Any, labelled: Frame, y: Any = None, groups: Any = None) -> Split:
    train, test = next(splitter.split(labelled, y, groups))
    return Split({"train": train, "test": test}, splitter)


def folds(labelled: Frame, r: Roles, sequence: Frame, seed: Any = SEED, shuffle: bool = True) -> Split:
    splitter = KFold(3, shuffle=shuffle, random_state=seed if shuffle else None)
    return Split({f"fold {i}": test for i, (_, test) in enumerate(splitter.split(labelled), 1)}, splitter)


def by_entity(labelled: Frame, r: Roles, sequence: Frame) -> Split:
    splitter = GroupShuffleSplit(1, test_size=0.3, random_state=SEED)
    return shuffled_once(splitter, labelled, None, labelled[r.entity])


def by_place(labelled: Frame, r: Roles, sequence: Frame) -> Split:
    """The newest third of the rows is the test part."""
    cut = len(labelled) * 2 // 3
    return Split({"train": np.arange(cut), "test": np.arange(cut, len(labelled))})


SPLITS: dict[str, Callable[..., Split]] = {
    "split": stratified, "folds": folds, "by_entity": by_entity, "by_time": by_place,
}  # fmt: skip
"""The splits of a clean run: each given the labelled rows, the roles and all rows of the sequence."""
