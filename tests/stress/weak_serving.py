"""What serves a scikit-learn model in the tests: one careful way, and ways that are weak in one thing each."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NUMBERS, CITIES = ["age", "income"], ["Bergen", "Oslo", "Tromso", "Vardo"]


def people(rows: int = 3_000, seed: int = 3) -> pd.DataFrame:
    g = np.random.default_rng(seed)
    age, income = g.normal(45, 12, rows).round(1), g.lognormal(10, 0.4, rows).round(0)
    city = g.choice(CITIES, rows, p=[0.4, 0.3, 0.2, 0.1])
    shoe = (age / 2 + g.normal(0, 1.5, rows)).round(1)
    logit = 0.12 * (age - 45) + (city == "Vardo") * 1.5 - 0.7
    late = g.random(rows) < 1 / (1 + np.exp(-logit))
    return pd.DataFrame(
        {"id": np.arange(rows), "age": age, "income": income, "city": city, "shoe": shoe, "late": late * 1.0}
    )


def fitted(unknown: str = "ignore"):
    categories = OneHotEncoder(handle_unknown=unknown, sparse_output=False)
    encode = ColumnTransformer([("n", StandardScaler(), NUMBERS), ("c", categories, ["city"])])
    table = people()
    return make_pipeline(encode, LogisticRegression(max_iter=500)).fit(table[[*NUMBERS, "city"]], table["late"])


MODEL, STRICT = fitted(), fitted("error")
LOW, HIGH, MEANS = people()[NUMBERS].min(), people()[NUMBERS].max(), people()[NUMBERS].mean()


def mended(rows: pd.DataFrame) -> pd.DataFrame:
    """Null, unknown and empty become what research has, numbers stay in their range, text for a number is refused."""
    if any(not pd.api.types.is_numeric_dtype(rows[n]) for n in NUMBERS):
        raise TypeError("a number is expected")
    if any(isinstance(city, (int, float)) and city == city for city in rows["city"]):
        raise TypeError("a text is expected")
    finite = rows[NUMBERS].replace([np.inf, -np.inf], np.nan)
    numbers = finite.fillna(MEANS).clip(LOW, HIGH, axis=1)
    return numbers.assign(city=rows["city"].where(rows["city"].isin(CITIES), "Bergen"))


def predicted(model, rows):
    return model.predict_proba(rows[[*NUMBERS, "city"]])[:, 1]


def careful(rows):
    return predicted(MODEL, mended(rows))


def nan_for_null(rows):
    return np.where(rows["age"].isna(), np.nan, careful(rows))


def raises_for_null(rows):
    if rows["income"].isna().any():
        raise ValueError("Input X contains NaN")
    return careful(rows)


def raises_for_unseen(rows):
    if not rows["city"].dropna().isin([*CITIES, ""]).all() and not any(isinstance(c, float) for c in rows["city"]):
        predicted(STRICT, rows.assign(age=45.0, income=20_000.0))
    return careful(rows)


def no_category(rows):
    unseen = rows["city"].astype(str).str.startswith("parityline")
    numbers = mended(rows)
    return predicted(MODEL, numbers.assign(city=numbers["city"].where(~unseen, "nowhere")))


def raises_for_empty(rows):
    if (rows["city"] == "").any():
        raise KeyError("")
    return careful(rows)


def overflows(rows):
    finite = pd.to_numeric(rows["income"]).to_numpy() > 2 * HIGH["income"]
    return np.where(finite & np.isfinite(pd.to_numeric(rows["income"])), np.inf, careful(rows))


def leaves_its_range(rows):
    far = pd.to_numeric(rows["age"]).to_numpy() > 2 * HIGH["age"]
    return np.where(far & np.isfinite(pd.to_numeric(rows["age"])), 1.7, careful(rows))


def takes_text(rows):
    return careful(rows.assign(age=pd.to_numeric(rows["age"], errors="coerce")))


def hangs(rows):
    if rows["city"].isna().any():
        time.sleep(60)
    return careful(rows)


def by_batch(rows):
    values = careful(rows)
    return np.clip(values + 0.01 * (values - values.mean()), 0, 1)


def default_of_null(rows):
    return careful(rows.assign(age=rows["age"].fillna(30.0)))


def refuses_null(rows):
    if rows["age"].isna().any():
        raise ValueError("age is missing")
    return careful(rows)


WEAK = {
    "nan_for_null": ("age", "null-reached-model", "NaN"),
    "raises_for_null": ("income", "null-reached-model", "exception"),
    "raises_for_unseen": ("city", "unseen-category", "exception"),
    "no_category": ("city", "unseen-category", "no known category"),
    "raises_for_empty": ("city", "unseen-category", "exception"),
    "overflows": ("income", "infinite-from-arithmetic", "infinite"),
    "leaves_its_range": ("age", "infinite-from-arithmetic", "out of range"),
    "takes_text": ("age", "type-differs", "prediction"),
    "hangs": ("city", "null-reached-model", "no answer"),
    "by_batch": (None, "batch-dependent", "moves"),
}


def fit(table, y):
    numbers = [n for n in ("age", "income", "shoe") if n in table]
    return _Fitted(
        make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()).fit(table[numbers], y), numbers
    )


class _Fitted:
    def __init__(self, model, numbers):
        self.model, self.numbers = model, numbers

    def predict_proba(self, table):
        return self.model.predict_proba(table[self.numbers])
