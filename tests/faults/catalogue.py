"""The catalogue of faults as data: what each one changes in a run, where it must be found first, and as what.

Every change is made to the data or the code of a run; nobody edits a record. `NOT_HERE` names the faults that two
records of one environment cannot show, so that F1 to F159 are all accounted for.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pipelines import (
    SEED,
    Changes,
    Frame,
    Roles,
    Scope,
    Split,
    f1_of,
    fit,
    folds,
    join,
    label,
    previous,
    rolling,
    shuffled_once,
)
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit
from sklearn.preprocessing import StandardScaler

LAST = 159
Inject = Callable[[Roles], Changes]


@dataclass(frozen=True)
class Fault:
    """One fault.

    stage: where it must be found first. codes: those that may name it. columns: templates of those that it may name;
    none where it is not about a column. inject: what the observed run does otherwise. both: what both runs do otherwise
    than a clean one. days: how many the clock of the observed run is ahead.
    """

    id: str
    stage: str
    codes: frozenset[str]
    columns: tuple[str, ...]
    inject: Inject
    both: Inject | None = None
    days: int = 0

    @property
    def number(self) -> int:
        return int(self.id.partition("-")[0][1:])

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True)
class Control:
    """A harmless change. note: the code that must say so, None where nothing is to be said."""

    id: str
    note: str | None
    inject: Callable[[Roles, int], Changes] = field(repr=False)

    def __str__(self) -> str:
        return self.id


def merged(*changes: Changes) -> Changes:
    """All changes of one run."""
    found: dict[str, list[Any]] = {}
    for change in changes:
        for step, functions in change.items():
            found.setdefault(step, []).extend(functions)
    return found


# --- ways to change a step -------------------------------------------------------------------------------------------


def column(step: str, template: str, change: Callable[[pd.Series], Any]) -> Inject:
    """One column of a table."""

    def inject(r: Roles) -> Changes:
        name = r.of(template)
        return {step: [lambda table: table.assign(**{str(name): change(table[name])})]}

    return inject


def table(step: str, change: Callable[[Any, Roles], Any]) -> Inject:
    """A table, or any value of a step."""
    return lambda r: {step: [lambda value: change(value, r)]}


def instead(step: str, function: Any) -> Inject:
    """A step done by another function."""
    return lambda r: {step: [lambda _: function]}


def all_of(*injects: Inject) -> Inject:
    return lambda r: merged(*(inject(r) for inject in injects))


def through_csv(frame: Frame, writing: Mapping[str, Any], reading: Mapping[str, Any]) -> Frame:
    """A table written as CSV and read again."""
    return pd.read_csv(StringIO(frame.to_csv(index=False, **writing)), **reading)


def column_through_csv(template: str, writing: Mapping[str, Any], reading: Mapping[str, Any]) -> Inject:
    return table("facts", lambda d, r: d.assign(**{n: through_csv(d[[n]], writing, reading)[n].to_numpy()
                                                   for n in (r.of(template),)}))  # fmt: skip


def shuffled(values: Any, seed: int = 7) -> Any:
    """The same values on other rows."""
    return values.take(np.random.default_rng(seed).permutation(len(values))).to_numpy()


def some(d: Frame, share: float, seed: int = 5) -> Any:
    """The places of a random share of the rows, at least two."""
    return np.random.default_rng(seed).choice(len(d), max(int(len(d) * share), 2), replace=False)


def some_twice(d: Frame, r: Roles) -> Frame:
    """A few rows occur again under another id."""
    again = d.iloc[some(d, 0.025)]
    return pd.concat([d, again.assign(**{r.id: again[r.id] + 1_000_000})], ignore_index=True)


def without(d: Frame, places: Any) -> Frame:
    return d.drop(index=d.index[places]).reset_index(drop=True)


# --- injections that take more than a line ---------------------------------------------------------------------------


def written_with_two_decimals(d: Frame, r: Roles) -> Frame:
    read = through_csv(d[[r.amount]], {"float_format": "%.2f"}, {})
    return d.assign(**{r.amount: read[r.amount].to_numpy()})


def one_damaged(values: pd.Series) -> pd.Series:
    found = values.copy()
    found.iloc[len(found) // 2] *= 10
    return found


def month_of(d: Frame, r: Roles, month: int = 7) -> Any:
    return d[r.time].dt.month == month


def in_berlin(times: pd.Series) -> pd.Series:
    return times.dt.tz_localize("UTC").dt.tz_convert("Europe/Berlin").dt.tz_localize(None)


def day_and_month_mistaken(dates: pd.Series) -> pd.Series:
    return pd.to_datetime(dates.dt.strftime("%m/%d/%Y"), format="%d/%m/%Y", errors="coerce").astype("datetime64[us]")


def seconds_as_milliseconds(times: pd.Series) -> pd.Series:
    seconds = times.astype("datetime64[us]").astype("int64") // 1_000_000
    return pd.to_datetime(seconds, unit="ms").astype("datetime64[us]")


def rebased(times: pd.Series) -> pd.Series:
    """The proleptic Gregorian dates before the reform as Julian ones: ten days, in that century."""
    return times.mask(times < pd.Timestamp("1582-10-15"), times + pd.Timedelta(days=10))


def header_as_data(d: Frame) -> Frame:
    return pd.read_csv(StringIO(d.to_csv(index=False)), header=None, names=list(d))


def comma_unquoted(d: Frame, r: Roles) -> Frame:
    """A reader that splits at every comma, and cuts what is too long."""
    names = list(d)[list(d).index(r.comment) :]
    rows = d.index[d[r.comment].str.contains(",")]
    found = d.copy()
    texts = d.loc[rows, names].astype("str")
    parts = texts[r.comment].str.split(",", n=1)
    shifted = pd.concat([parts.str[0], parts.str[1], *(texts[n] for n in names[1:-1])], axis=1, keys=names)
    for name in names:
        found[name] = _put(d[name], rows, shifted[name])
    return found


def _put(own: pd.Series, rows: Any, texts: pd.Series) -> pd.Series:
    if own.dtype.kind in "Mm":
        return own.mask(own.index.isin(rows), pd.to_datetime(texts, errors="coerce", format="mixed").astype(own.dtype))
    if own.dtype.kind in "if":
        found = own.astype("float64")
        found.loc[rows] = pd.to_numeric(texts, errors="coerce")
        return found
    if isinstance(own.dtype, pd.ArrowDtype):
        return own.mask(own.index.isin(rows), texts.where(pd.to_numeric(texts, errors="coerce").notna()))
    found = own.astype("object") if own.dtype.kind == "b" else own.copy()
    found.loc[rows] = texts.map({"True": True, "False": False}).astype("object") if own.dtype.kind == "b" else texts
    return found


def line_broken(d: Frame, r: Roles) -> Frame:
    """A reader that ends a record at every line break: its rest is a record of its own."""
    names = list(d)
    behind = names[names.index(r.comment) + 1 :]
    rows = d.index[d[r.comment].str.contains("\n")]
    parts = d.loc[rows, r.comment].str.split("\n", n=1)
    flags = {n: d[n].astype("object") for n in names if d[n].dtype.kind == "b"}
    found = d.assign(**flags, **{r.comment: d[r.comment].where(~d.index.isin(rows), parts.str[0])})
    for name in behind:
        found[name] = found[name].mask(d.index.isin(rows))
    fields = [parts.str[1], *(d.loc[rows, name].astype("str") for name in behind)]
    read = {n: _put(d[n].loc[rows], rows, text) for n, text in zip(names, fields, strict=False)}
    rest = pd.DataFrame(read, index=rows).reindex(columns=names)
    rest = rest.astype({n: found[n].dtype for n in names if found[n].dtype.kind not in "iu"})
    return pd.concat([found, rest]).sort_index(kind="stable", ignore_index=True)


def both_months(d: Frame, r: Roles) -> Frame:
    """Two selections that both hold their common bound."""
    bound = d[r.time][d[r.time] == d[r.time].dt.floor("D")].mode().iloc[0]
    return pd.concat([d[d[r.time] <= bound], d[d[r.time] >= bound]], ignore_index=True)


def late_rows(d: Frame, r: Roles) -> Frame:
    late = d[d[r.time] < d[r.time].quantile(0.3)].sample(frac=0.06, random_state=2)
    tomorrow = pd.Timestamp.now().floor("s").as_unit("us") + pd.Timedelta(days=1)
    shift = pd.Timedelta(minutes=7)
    late = late.assign(**{r.id: late[r.id] + 5_000_000, r.time: late[r.time] + shift, r.loaded: tomorrow,
                          r.amount: late[r.amount] + 0.0101})  # fmt: skip
    return pd.concat([d, late], ignore_index=True)


def appended(d: Frame, r: Roles) -> Frame:
    """A month later, with new rows and the old ones as they were."""
    new = d.sample(frac=0.15, random_state=4).sort_values(r.time)
    step = (d[r.time].max() - d[r.time].min()) + pd.Timedelta(days=40)
    times = new[r.time] + step
    start = d[r.time].max().to_period("M").end_time.ceil("D")
    times = start + (times - times.min()) / 20
    ids = d[r.id].max() + 1 + np.arange(len(new))
    new = new.assign(**{r.id: ids, r.time: times.dt.floor("us"), r.amount: new[r.amount] + 0.0101})
    return pd.concat([d, new], ignore_index=True)


def newest_tier(joined: Frame, tiers: Frame, r: Roles) -> Frame:
    newest = tiers.sort_values("since").drop_duplicates(r.entity, keep="last")
    return joined.merge(newest[[r.entity, r.tier]], on=r.entity, how="left")


def by_place(facts: Frame, lookup: Frame, r: Roles, order: Sequence[str]) -> Frame:
    return join(facts.set_axis(list(order), axis=1), lookup, r)


def exchanged_places(d: Frame, r: Roles) -> Frame:
    names = list(d)
    a, b = names.index(r.temp), names.index(r.measure)
    names[a], names[b] = names[b], names[a]
    return d[names]


def _order_changed(r: Roles) -> Changes:
    order: list[str] = []

    def facts(d: Frame) -> Frame:
        order[:] = list(d)
        return exchanged_places(d, r)

    return {"facts": [facts], "join": [lambda _: lambda d, lookup, roles: by_place(d, lookup, roles, order)]}


def padded_in_join(facts: Frame, lookup: Frame, r: Roles) -> Frame:
    padded = join(facts.assign(**{r.code: facts[r.code].str.ljust(8)}), lookup, r)
    return padded.assign(**{r.code: padded[r.code].str.strip()})


def arbitrary_version(lookup: Frame, r: Roles) -> Frame:
    return lookup.sample(frac=1, random_state=8).drop_duplicates(r.code)


def single_precision_total(values: pd.Series) -> float:
    return float(values.astype("float32").cumsum().iloc[-1])


def filled_forward(values: pd.Series, name: str, scope: Scope) -> pd.Series:
    rows = scope.kept.sort_values(scope.roles.time, kind="stable")
    return rows.groupby(scope.roles.entity)[name].ffill().reindex(values.index).fillna(scope.constants["mean"][name])


def fitted_on_all(values: pd.Series, name: str, scope: Scope) -> pd.Series:
    rows = scope.joined.loc[scope.joined[scope.roles.id].isin(scope.constants["labelled"]), name]
    return (values - rows.mean()) / rows.std(ddof=0)


def plain_target_mean(values: pd.Series, scope: Scope) -> pd.Series:
    r = scope.roles
    return values.map(scope.joined.groupby(r.country)[r.target].mean())


def ties_in_order(joined: Frame, r: Roles) -> pd.Series:
    month = joined[r.time].dt.month.rename("month")
    order = pd.concat([joined, month], axis=1).sample(frac=1, random_state=3)
    order = order.sort_values([r.entity, "month"], kind="stable")
    return order.groupby(r.entity)[r.amount].shift(1).reindex(joined.index).fillna(0.0)


def profile_with(**other: Any) -> Inject:
    """The profile of entities with some columns computed otherwise, by functions of the groups."""

    def change(profiled: Callable[[Frame], Frame], r: Roles) -> Callable[[Frame], Frame]:
        def profile(joined: Frame) -> Frame:
            groups = joined.groupby(r.entity)
            columns = {name: function(groups, joined, r).to_numpy() for name, function in other.items()}
            return profiled(joined).assign(**columns)

        return profile

    return table("profile", change)


def nulls_first(groups: Any, joined: Frame, r: Roles) -> pd.Series:
    ordered = joined.sort_values([r.entity, r.segment], na_position="first").groupby(r.entity)[r.segment]
    return ordered.agg(lambda x: x.iloc[0])


def without_null_group(joined: Frame, r: Roles) -> Frame:
    groups = joined.groupby(r.segment, as_index=False)
    return groups.agg(segment_rows=(r.id, "size"), segment_mean=(r.amount, "mean"))


def noisy_key(joined: Frame, rates: Frame, r: Roles) -> Any:
    keys = pd.DataFrame({r.rate: (joined[r.rate] * 10).round() * 0.1})
    return keys.merge(rates, on=r.rate, how="left")["bonus"].to_numpy()


def other_order_of_rows(labelled: Frame, r: Roles, sequence: Frame) -> Split:
    from pipelines import stratified

    rows = labelled.sort_values([r.entity, r.id], ignore_index=True)
    found = stratified(rows, r, sequence)
    return Split(found.places, found.by, rows=lambda _: rows)


def positions_of_filtered(labelled: Frame, r: Roles, sequence: Frame) -> Split:
    from pipelines import stratified

    found = stratified(labelled, r, sequence)
    return Split(found.places, found.by, rows=lambda _: sequence)


def one_generator(labelled: Frame, r: Roles, sequence: Frame, used: bool) -> Split:
    generator = np.random.RandomState(SEED)
    if used:
        generator.permutation(len(labelled))
    return folds(labelled, r, sequence, seed=generator)


def overlapping(labelled: Frame, r: Roles, sequence: Frame) -> Split:
    """Each part is drawn in an evaluation of its own."""
    draws = [np.random.default_rng(seed).random(len(labelled)) for seed in (1, 2)]
    train, test = np.flatnonzero(draws[0] < 0.75), np.flatnonzero(draws[1] >= 0.75)
    return Split({"train": train, "test": test}, ShuffleSplit(1, test_size=0.25, random_state=SEED))


def by_content(labelled: Frame, r: Roles, sequence: Frame) -> Split:
    content = labelled.drop(columns=r.id).apply(lambda row: str(tuple(row)), axis=1)
    splitter = GroupShuffleSplit(1, test_size=0.25, random_state=SEED)
    return Split(shuffled_once(splitter, labelled, None, content).places, splitter, content=True)


def any_rows(labelled: Frame, r: Roles, sequence: Frame, content: bool = False) -> Split:
    splitter = ShuffleSplit(1, test_size=0.25, random_state=SEED)
    return Split(shuffled_once(splitter, labelled).places, splitter, content=content)


def scaler_of_other_run(X: Frame, y: pd.Series) -> Any:
    model = fit(X, y)
    model.steps[0] = ("standardscaler", StandardScaler().fit(X.iloc[: len(X) // 2].astype("float64")))
    return model


def predicting(change: Callable[[Frame], Any]) -> Inject:
    """The model is given other columns than it was meant to."""
    return table("predict", lambda predict, r: lambda model, X: predict(model, change(X)))


def reversed_columns(X: Frame) -> Frame:
    return X.iloc[:, ::-1].set_axis(list(X), axis=1)


def stale_for_one(predict: Callable[..., Any], r: Roles) -> Callable[..., Any]:
    def served(model: Any, X: Frame) -> Any:
        flag = next(c for c in X if c.startswith(f"{r.category}_") and X[c].dtype == "int64" and 0 < X[c].mean() < 0.9)
        rows = (X[flag] == 1).to_numpy()
        p = np.asarray(predict(model, X)).copy()
        p[rows] = np.roll(p[rows], 1) * 0.9
        return p

    return served


def zero_is_missing(X: Frame) -> Frame:
    """As libraries do that have zero as their marker for missing, in every column."""
    return X.astype("float64").replace(0.0, np.nan)


def raw_measure(features: Frame, joined: Frame, r: Roles) -> Frame:
    values = joined.drop_duplicates(r.id).set_index(r.id)[r.measure].reindex(features[r.id]).to_numpy()
    return features.assign(**{f"{r.measure}_filled": values})


def in_single_precision(X: Frame) -> Frame:
    return X.assign(**{c: X[c].astype("float32").astype("float64") for c in X.select_dtypes("float64")})


def stuck(d: Frame, r: Roles) -> Frame:
    start = d[r.time].quantile(0.5)
    days = (d[r.time] >= start) & (d[r.time] < start + pd.Timedelta(days=20))
    return d.assign(**{r.temp: d[r.temp].mask(days, 60.0)})


def weekly(d: Frame, r: Roles) -> Frame:
    keys = [d[r.entity], d[r.time].dt.to_period("Q")]
    return d.assign(**{r.temp: d.groupby(keys)[r.temp].transform("first")})


def outages(d: Frame, r: Roles) -> Frame:
    bursts = (np.arange(len(d)) % 150) < 8
    return d.assign(**{r.temp: d[r.temp].mask(bursts, 0.0)})


def _arrow(values: pd.Series, nulls: bool) -> pd.Series:
    array = pa.array(values.to_numpy(), from_pandas=nulls)
    return pd.Series(pd.array(array, dtype=pd.ArrowDtype(pa.float64())), index=values.index) if nulls else values


def _age_now(since: pd.Series, days: float) -> pd.Series:
    """Counted up to now, on a clock that is some days ahead."""
    now = pd.Timestamp.now("UTC").tz_localize(None) + pd.Timedelta(days=days)
    return (now - since).dt.total_seconds() / 86_400


def _split_in_two(values: pd.Series) -> pd.Series:
    half = np.arange(len(values)) % 2 == 0
    return values.mask(values.eq("plus") & half, "plus one").mask(values.eq("plus") & ~half, "plus two")


# --- the faults ------------------------------------------------------------------------------------------------------


def F(id: str, stage: str, codes: str, columns: str, inject: Inject, **more: Any) -> Fault:
    return Fault(id, stage, frozenset(codes.split()), tuple(columns.split()), inject, **more)


TIES = "order-has-ties order-undefined"

FAULTS: tuple[Fault, ...] = (
    F("F1-stored-as-float32", "joined", "stored-as-float32", "{amount}",
      column("joined", "{amount}", lambda x: x.astype("float32").astype("float64"))),
    F("F2-stored-as-float16", "joined", "stored-as-float16", "{amount}",
      column("joined", "{amount}", lambda x: x.astype("float16").astype("float64"))),
    F("F3-rounded-on-write", "joined", "rounded", "{amount}",
      table("joined", written_with_two_decimals)),
    F("F4-truncated", "joined", "truncated", "{amount}", column("joined", "{amount}", np.floor)),
    F("F5-total-in-float32", "daily", "computed-in-float32", "total", instead("sum", single_precision_total)),
    F("F6-decimal-became-float", "joined", "decimal-became-float", "{price}",
      column("joined", "{price}", lambda x: x.astype("float64"))),
    F("F7-integer-through-float", "facts", "integer-through-float", "{bigid}",
      column("facts", "{bigid}", lambda x: x.astype("float64").astype("int64"))),
    F("F8-integer-overflow", "joined", "integer-overflow", "{micro}",
      column("joined", "{micro}", lambda x: x.to_numpy().astype("int64").astype("int32"))),
    F("F9-na-became-null", "facts", "text-became-null", "{country}", column_through_csv("{country}", {}, {})),
    F("F10-none-became-null", "facts", "text-became-null", "{comment}", column_through_csv("{comment}", {}, {})),
    F("F11-empty-became-null", "joined", "text-became-null", "{note}",
      column("joined", "{note}", lambda x: x.mask(x == ""))),
    F("F12-decimal-comma-not-read", "facts", "decimal-comma-misread", "{fee}",
      column_through_csv("{fee}", {"decimal": ",", "sep": ";"}, {"sep": ";"})),
    F("F13-decimal-comma-as-thousands", "facts", "decimal-comma-misread", "{fee}",
      column_through_csv("{fee}", {"decimal": ",", "sep": ";"}, {"sep": ";", "thousands": ","})),
    F("F14-date-format-mistaken", "facts", "date-format-mistaken", "{date}",
      column("facts", "{date}", day_and_month_mistaken)),
    F("F15-time-zone-shift", "joined", "time-zone-shift", "{time}", column("joined", "{time}", in_berlin)),
    F("F16-time-truncated", "joined", "truncated", "{time}", column("joined", "{time}", lambda x: x.dt.floor("s"))),
    F("F17-epoch-unit-mistaken", "facts", "epoch-unit-mistaken", "{created}",
      column("facts", "{created}", seconds_as_milliseconds)),
    F("F19-old-dates-rebased", "facts", "old-dates-rebased", "{born}", column("facts", "{born}", rebased)),
    F("F20-far-date-became-null", "facts", "far-date-became-null", "{valid_to}",
      column("facts", "{valid_to}", lambda x: x.mask(x > pd.Timestamp.max.as_unit("us")))),
    F("F21-partition-lost", "joined", "partition-lost", "",
      table("joined", lambda d, r: d[~month_of(d, r)].reset_index(drop=True))),
    F("F22-rows-lost", "facts", "rows-lost", "", table("facts", lambda d, r: without(d, some(d, 0.012)))),
    F("F23-tail-lost", "facts", "tail-lost", "", table("facts", lambda d, r: d.iloc[: -len(d) // 40])),
    F("F24-partition-loaded-twice", "joined", "partition-loaded-twice", "",
      table("joined", lambda d, r: pd.concat([d, d[month_of(d, r, 3)]], ignore_index=True))),
    F("F25-table-appended", "joined", "table-appended", "",
      table("joined", lambda d, r: pd.concat([d, d], ignore_index=True))),
    F("F26-join-fan-out", "joined", "join-fan-out", "", instead("latest", lambda lookup, r: lookup)),
    F("F27-unmatched-rows-dropped", "joined", "unmatched-rows-dropped", "",
      instead("join", partial(join, how="inner"))),
    F("F28-join-match-lost", "joined", "join-match-lost", "{weight} region", instead("join", padded_in_join)),
    F("F29-column-renamed", "joined", "column-renamed", "{weight}",
      table("joined", lambda d, r: d.rename(columns={r.weight: "weight_kg"}))),
    F("F30-columns-exchanged", "facts", "columns-exchanged", "{fee} {amount}",
      table("facts", lambda d, r: d.rename(columns={r.fee: r.amount, r.amount: r.fee})[list(d)])),
    F("F31-column-order-changed", "facts", "column-order-changed", "", _order_changed),
    F("F32-byte-order-mark", "facts", "column-renamed", "{zip}",
      table("facts", lambda d, r: d.rename(columns={r.zip: "\ufeff" + r.zip}))),
    F("F33-header-misread", "lookup", "header-misread", "", table("lookup", lambda d, r: header_as_data(d))),
    F("F34-fahrenheit-to-celsius", "joined", "unit-changed", "{temp}",
      column("joined", "{temp}", lambda x: (x - 32) * 5 / 9)),
    F("F35-cents", "joined", "unit-changed", "{amount}", column("joined", "{amount}", lambda x: x * 100)),
    F("F36-sign-flipped", "joined", "sign-flipped", "{delta}", column("joined", "{delta}", lambda x: -x)),
    F("F37-shifted-by-constant", "joined", "shifted-by-constant", "{quantity}",
      column("joined", "{quantity}", lambda x: x + 1)),
    F("F38-text-truncated", "joined", "text-truncated", "{name}", column("joined", "{name}", lambda x: x.str[:4])),
    F("F39-text-misdecoded", "facts", "text-misdecoded", "{name}",
      column("facts", "{name}", lambda x: x.map(lambda t: t.encode("utf8").decode("latin1")))),
    F("F40-unicode-form-changed", "joined", "unicode-form-changed", "{name}",
      column("joined", "{name}", lambda x: x.map(lambda t: unicodedata.normalize("NFD", t)))),
    F("F41-text-padded", "joined", "text-padded", "{name}", column("joined", "{name}", lambda x: x.str.ljust(24))),
    F("F42-text-case-changed", "joined", "text-case-changed", "{name}",
      column("joined", "{name}", lambda x: x.str.upper())),
    F("F43-leading-zeros-lost", "facts", "leading-zeros-lost", "{zip}", column_through_csv("{zip}", {}, {})),
    F("F44-flag-recoded", "joined", "recoded", "{flag}",
      column("joined", "{flag}", lambda x: x.map({True: -1, False: 0}).astype("int64"))),
    F("F45-null-became-sentinel", "joined", "null-became-sentinel", "{measure}",
      column("joined", "{measure}", lambda x: x.fillna(-999.0))),
    F("F46-null-became-zero", "joined", "null-became-sentinel", "{measure}",
      column("joined", "{measure}", lambda x: x.fillna(0.0))),
    F("F47-null-became-nan", "joined", "null-kind-changed", "{measure}",
      column("joined", "{measure}", lambda x: pd.Series(x.to_numpy("float64", na_value=np.nan), x.index)),
      both=column("joined", "{measure}", lambda x: _arrow(x, nulls=True))),
    F("F48-spreadsheet-converted", "facts", "spreadsheet-converted", "{bigid}",
      column("facts", "{bigid}", lambda x: x.map(lambda t: f"{int(t):.2E}")),
      both=column("facts", "{bigid}", lambda x: x.astype("str"))),
    F("F49-delimiter-unquoted", "facts", "quoting-misread", "", table("facts", comma_unquoted)),
    F("F50-line-break-unquoted", "facts", "quoting-misread", "", table("facts", line_broken)),
    F("F51-stale-data", "facts", "stale-data tail-lost", "",
      table("facts", lambda d, r: d[d[r.time] < d[r.time].max().floor("D") - pd.Timedelta(days=9)])),
    F("F52-bound-exclusive", "joined", "filter-bound-changed", "",
      table("joined", lambda d, r: d[d[r.age] > d[r.age].min()].reset_index(drop=True))),
    F("F53-bound-inclusive", "joined", "filter-bound-changed", "", table("joined", both_months)),
    F("F54-late-rows-arrived", "facts", "late-rows-arrived", "", table("facts", late_rows)),
    F("F55-history-overwritten", "joined", "history-overwritten", "{tier}", instead("tier", newest_tier)),
    F("F56-duplicate-kept-by-chance", "joined", TIES, "", instead("latest", arbitrary_version)),
    F("F57-limit-without-order", "extract", TIES, "",
      all_of(table("query of extract", lambda q, r: q.replace(f" order by {r.id}", "")),
             table("rows of extract", lambda d, r: d.sample(frac=1, random_state=1))),
      both=instead("an extract is taken", True)),
    F("F58-keys-merged", "by_code", "keys-merged", "", instead("grouping", lambda x: x.str.upper())),
    F("F59-categories-exchanged", "joined", "categories-exchanged", "{country}",
      column("joined", "{country}", lambda x: x.replace({"DE": "FR", "FR": "DE"}))),
    F("F60-values-on-wrong-rows", "joined", "values-on-wrong-rows", "{amount}",
      column("joined", "{amount}", shuffled)),
    F("F61-one-value-damaged", "joined", "few-values-damaged", "{amount}", column("joined", "{amount}", one_damaged)),
    F("F62-imputed-with-own-mean", "features", "imputed-with-other-constant", "{measure}_filled",
      instead("imputer", lambda values, name, scope: values.fillna(values.mean()))),
    F("F63-imputed-with-median", "features", "imputed-with-other-constant", "{measure}_filled",
      instead("imputer", lambda values, name, scope: values.fillna(values.median()))),
    F("F64-filled-forward", "features", "filled-forward", "{measure}_filled", instead("imputer", filled_forward)),
    F("F65-null-group-dropped", "by_segment", "null-rows-dropped", "",
      table("by_segment", lambda old, r: partial(without_null_group, r=r))),
    F("F66-ddof-changed", "profile", "ddof-changed", "deviation",
      profile_with(deviation=lambda groups, joined, r: groups[r.amount].std(ddof=0))),
    F("F67-quantile-method-changed", "profile", "quantile-method-changed", "p90",
      profile_with(p90=lambda groups, joined, r: groups[r.amount].quantile(0.9, interpolation="lower"))),
    F("F68-rounding-rule-changed", "features", "rounding-rule-changed", "rate_rounded",
      instead("rounding", lambda x: np.floor(x + 0.5))),
    F("F69-integer-division-changed", "features", "integer-division-changed", "bucket",
      instead("bucket", lambda x: np.trunc(x / 2).astype("int64"))),
    F("F70-logarithm-changed", "features", "logarithm-changed", "log_{amount}", instead("logarithm", np.log10)),
    F("F71-clipped-at-other-bound", "features", "clipped-at-other-bound", "{amount}_clipped",
      instead("clip", lambda values, scope: values.clip(upper=values.quantile(0.95)))),
    F("F72-extremes-dropped", "features", "extremes-dropped", "",
      table("features", lambda d, r: without(d, np.argsort(-d[f"log_{r.amount}"].to_numpy())[: len(d) // 70]))),
    F("F73-scaler-refitted", "features", "scaler-refitted", "{amount}_scaled",
      instead("scaler", lambda values, name, scope: (values - values.mean()) / values.std(ddof=0))),
    F("F74-fitted-before-split", "features", "fitted-before-split", "{amount}_scaled",
      instead("scaler", fitted_on_all)),
    F("F75-label-encoder-refitted", "features", "encoder-refitted", "{category}_code",
      instead("encoder", lambda values, scope: values.map({v: i for i, v in enumerate(sorted(values.unique()))}))),
    F("F76-dummies-of-batch", "features", "encoder-refitted", "{category}_(another)",
      instead("one hot", lambda values, scope: pd.get_dummies(values, prefix=values.name).astype("int64"))),
    F("F78-target-encoding-leaks", "features", "target-encoding-leaks", "{country}_encoded",
      instead("target encoder", plain_target_mean)),
    F("F79-window-shifted", "features", "window-shifted", "previous", instead("previous", partial(previous, lag=0))),
    F("F80-window-edge-changed", "features", "window-edge-changed", "rolling",
      instead("rolling", partial(rolling, least=7))),
    F("F81-lag-over-ties", "features", TIES, "previous", instead("previous", ties_in_order)),
    F("F82-weekday-from-one", "features", "calendar-convention-changed", "weekday",
      instead("weekday", lambda times: times.dt.dayofweek + 1)),
    F("F83-hour-in-local-time", "features", "time-zone-shift", "hour",
      instead("hour", lambda times: in_berlin(times).dt.hour)),
    F("F84-depends-on-run-time", "features", "depends-on-run-time", "age_days",
      instead("age", partial(_age_now, days=12)), both=instead("age", partial(_age_now, days=0)), days=12),
    F("F86-column-order-of-a-set", "features", "column-order-changed", "",
      table("features", lambda d, r: d[[*d.columns[:3], *sorted(d.columns[3:], key=lambda n: n[::-1])]])),
    F("F93-null-dropped-by-filter", "features", "null-rows-dropped", "",
      instead("kept", lambda joined, r: joined[r.segment].notna() & joined[r.segment].ne("retired"))),
    F("F94-count-skips-nulls", "profile", "count-skips-nulls", "rows",
      profile_with(rows=lambda groups, joined, r: groups[r.measure].count())),
    F("F95-nan-in-aggregate", "profile", "nan-in-aggregate", "mean",
      profile_with(mean=lambda groups, joined, r: groups[r.measure].agg(lambda x: x.mean(skipna=False)))),
    F("F96-bin-edge-side-changed", "features", "bin-edge-side-changed", "age_bin",
      instead("bin", lambda age: np.digitize(age, [30, 40, 50, 65], right=True))),
    F("F97-join-on-float-key", "features", "join-match-lost", "bonus", instead("bonus", noisy_key)),
    F("F99-null-order-changed", "profile", "null-order-changed", "first", profile_with(first=nulls_first)),
    F("F100-component-sign", "features", "sign-flipped", "pc2",
      instead("components", lambda c: [c[0], [-v for v in c[1]]])),
    F("F103-same-positions-other-rows", "split", "same-positions-other-rows", "",
      instead("split", other_order_of_rows)),
    F("F104-no-order-by", "sequence", TIES, "",
      all_of(table("query of sequence", lambda q, r: q.partition(" order by")[0] + " "),
             table("source of sequence", lambda s, r: (s[0], s[1].sample(frac=1, random_state=6))))),
    F("F105-order-by-with-ties", "sequence", TIES, "",
      all_of(table("query of sequence", lambda q, r: q.removesuffix(f", {r.id}") + " "),
             table("source of sequence", lambda s, r: (s[0], s[1].sample(frac=1, random_state=6))))),
    F("F106-generator-shared", "folds", "generator-shared", "", instead("folds", partial(one_generator, used=True)),
      both=instead("folds", partial(one_generator, used=False))),
    F("F108-shuffle-changed", "folds", "shuffle-changed", "", instead("folds", partial(folds, shuffle=False))),
    F("F109-groups-in-both-parts", "by_entity", "groups-in-both-parts", "", instead("by_entity", any_rows)),
    F("F110-stratification-dropped", "split", "stratification-dropped", "", instead("split", any_rows)),
    F("F111-split-date-moved", "by_time", "split-date-moved", "", table("facts", appended)),
    F("F113-duplicates-in-both-parts", "split", "duplicates-in-both-parts", "",
      instead("split", partial(any_rows, content=True)),
      both=all_of(table("facts", some_twice), instead("deduplicated", False), instead("split", by_content))),
    F("F114-positions-after-filter", "split", "same-positions-other-rows", "", instead("split", positions_of_filtered)),
    F("F115-parts-overlap", "split", "split-parts-overlap", "", instead("split", overlapping)),
    F("F116-split-before-deduplication", "process", "split-before-deduplication", "", instead("deduplicated", False),
      both=table("facts", some_twice)),
    F("F117-null-reached-model", "forecast", "null-reached-model", "forecast",
      table("input of forecast", lambda old, r: partial(raw_measure, r=r))),
    F("F118-infinite-feature", "features", "infinite-from-arithmetic", "ratio",
      instead("ratio", lambda amount, quantity: amount / quantity)),
    F("F119-expm1-overflows", "forecast", "infinite-from-arithmetic", "forecast",
      table("raw forecast", lambda raw, r: np.where(np.arange(len(raw)) % (len(raw) // 9) == 3, raw * 400, raw))),
    F("F121-columns-passed-in-other-order", "predictions", "column-order-changed", "p", predicting(reversed_columns)),
    F("F122-other-model-served", "model", "other-model-served", "", instead("fit", partial(fit, max_depth=3))),
    F("F123-transformer-of-other-run", "model", "transformer-of-other-run", "", instead("fit", scaler_of_other_run)),
    F("F124-features-rounded-before-model", "predictions", "rounded computed-in-float32", "p",
      predicting(lambda X: X.round(1))),
    F("F125-model-in-float32", "forecast", "computed-in-float32 rounded", "forecast",
      instead("input of forecast", lambda features, joined: in_single_precision(features))),
    F("F129-other-class-served", "predictions", "wrong-output-served", "p",
      table("predict", lambda predict, r: lambda model, X: 1 - predict(model, X))),
    F("F130-threshold-changed", "predictions", "threshold-changed", "decision", instead("threshold", 0.3)),
    F("F131-back-transformation-missing", "forecast", "back-transformation-missing", "forecast",
      instead("back transformation", lambda raw: raw)),
    F("F132-zero-taken-for-missing", "predictions", "missing-marker-changed", "p",
      predicting(zero_is_missing)),
    F("F134-stale-for-one-segment", "predictions", "differs-in-one-segment", "p", table("predict", stale_for_one)),
    F("F135-predictions-on-wrong-rows", "predictions", "values-on-wrong-rows", "p",
      table("predict", lambda predict, r: lambda model, X: shuffled(pd.Series(predict(model, X))))),
    F("F139-label-definition-changed", "outcomes", "label-definition-changed", "actual",
      instead("label", partial(label, days=60))),
    F("F141-metric-definition-changed", "outcomes", "metric-definition-changed", "",
      instead("f1", partial(f1_of, average="macro")), both=instead("f1 is expected", True)),
    F("F142-rows-missing-from-metric", "outcomes", "rows-missing-from-metric", "",
      table("outcomes", lambda d, r: d[d[r.measure].notna()].reset_index(drop=True))),
    F("F144-labels-unrelated", "outcomes", "labels-unrelated concept-drift", "actual",
      column("outcomes", "actual", shuffled)),
    F("F148-column-absent", "lookup", "variable-unavailable", "{weight}",
      table("lookup", lambda d, r: d.drop(columns=r.weight))),
    F("F149-null-from-a-date-on", "facts", "variable-unavailable", "{measure}",
      table("facts", lambda d, r: d.assign(**{r.measure: d[r.measure].mask(d[r.time] > d[r.time].quantile(0.7))}))),
    F("F150-value-stuck", "facts", "value-stuck", "{temp}", table("facts", stuck)),
    F("F151-updated-less-often", "facts", "updated-less-often", "{temp}", table("facts", weekly)),
    F("F153-variable-replaced", "facts", "variable-replaced", "{fee}",
      table("facts", lambda d, r: d.assign(fee_v2=d[r.fee] * 0.1).drop(columns=r.fee))),
    F("F154-default-during-outage", "facts", "default-during-outage", "{temp}", table("facts", outages)),
    F("F155-missing-at-night", "facts", "missing-in-one-segment", "{measure}",
      table("facts", lambda d, r: d.assign(**{r.measure: d[r.measure].mask(d[r.time].dt.hour.between(2, 4))}))),
    F("F158-cardinality-exploded", "facts", "cardinality-exploded", "{note}",
      table("facts", lambda d, r: d.assign(**{r.note: d[r.note] + " " + d[r.comment].str[:12]}))),
    F("F159-category-split", "facts", "category-split", "{segment}", column("facts", "{segment}", _split_in_two)),
)  # fmt: skip

_ENVIRONMENTS = "two environments: needs another version or setting of a library"
_REHEARSE = "rehearse: shown by runs of one environment, or by lint, and not by two records"
_LIVE = "live: production holds other rows (tests/performance, tests/guards, tests/causes)"

NOT_HERE: dict[int, str] = {
    **dict.fromkeys((18, 88, 89, 90, 91, 92, 98, 127), _ENVIRONMENTS),
    128: "replay: the same model and rows under another version of a library",
    85: _REHEARSE, 87: _REHEARSE, 102: _REHEARSE, 107: _REHEARSE, 112: _REHEARSE, 126: _REHEARSE, 133: _REHEARSE,
    101: "history: needs the digests of earlier runs", 147: _LIVE,
    **dict.fromkeys((77, 120, 136, 137, 138, 140, 143, 145, 146, 152, 156, 157), _LIVE),
}  # fmt: skip


# --- controls --------------------------------------------------------------------------------------------------------


def _random(step: str, change: Callable[[Any, Roles, np.random.Generator], Any]) -> Callable[[Roles, int], Changes]:
    return lambda r, seed: {step: [lambda value: change(value, r, np.random.default_rng(seed))]}


def _written(old: Any, r: Roles, random: np.random.Generator) -> Any:
    compression = random.choice(["gzip", "zstd", "brotli"])
    size = int(random.integers(5, 40))
    return lambda frame, to: frame.to_parquet(to, index=False, compression=compression, row_group_size=size)


def _negative_zeros(d: Frame, r: Roles, random: np.random.Generator) -> Frame:
    zeros = (d[r.rate] == 0) & (random.random(len(d)) < 0.7)
    bits = np.where(random.random(len(d)) < 0.5, 0x7FF8_0000_0000_0001, 0xFFF8_0000_0000_0000).astype("uint64")
    measure = d[r.measure].to_numpy("float64", copy=True)
    measure[np.isnan(measure)] = bits.view("float64")[np.isnan(measure)]
    return d.assign(**{r.rate: d[r.rate].mask(zeros, -0.0), r.measure: measure})


def _other_sum(old: Any, r: Roles, random: np.random.Generator) -> Any:
    return lambda values: float(np.add.reduce(values.to_numpy()[random.permutation(len(values))][::-1]))


def _appended_and_cut(r: Roles, seed: int) -> Changes:
    last: list[Any] = []

    def facts(d: Frame) -> Frame:
        last[:] = [d[r.time].max()]
        return appended(d, r)

    def cut(facts: Frame, lookup: Frame, roles: Roles) -> Frame:
        return join(facts[facts[r.time] <= last[0]], lookup, roles)

    return {"facts": [facts], "join": [lambda _: cut]}


CONTROLS: tuple[Control, ...] = (
    Control("C1-row-order", "row-order",
            _random("facts", lambda d, r, g: d.iloc[g.permutation(len(d))].reset_index(drop=True))),
    Control("C2-file-layout", "file-layout", _random("write rates", _written)),
    Control("C3-summation-order", "summation-order", _random("sum", _other_sum)),
    Control("C4-text-type", "text-type",
            _random("facts", lambda d, r, g: d.astype({r.name: "object", r.category: "category"}))),
    Control("C5-type-widened", "type-widened", _random("facts", lambda d, r, g: d.astype({r.age: "int32"}))),
    Control("C6-time-unit", "time-unit", _random("facts", lambda d, r, g: d.astype({r.created: "datetime64[ns]"}))),
    Control("C7-negative-zero", None, _random("facts", _negative_zeros)),
    Control("C8-table-metadata", "table-metadata",
            _random("facts", lambda d, r, g: d.set_axis(g.permutation(len(d)) + 10, axis=0).rename_axis("row"))),
    Control("C12-partition-appended", "partition-appended", _appended_and_cut),
    Control("C13-component-sign", "component-sign", _random("embedding", lambda d, r, g: d.assign(e2=-d["e2"]))),
)  # fmt: skip

CONTROLS_NOT_HERE = {
    9: _ENVIRONMENTS, 14: "two environments: another machine", 10: _LIVE, 11: _LIVE,
}  # fmt: skip
