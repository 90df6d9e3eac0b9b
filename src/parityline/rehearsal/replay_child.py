"""One prediction run, as a file of its own: `python replay_child.py ORDER`.

It imports nothing of parityline, so that any interpreter with the model's own libraries can run it. ORDER is a JSON
object: `rows`, an `.npz` file with the numeric columns, and beside it a `.json` file with the others and the names in
order; `model`, a file, or `fit`, a `module:function`, with `training`, rows as above; `predict`, a `module:function`,
or none; and `out`, which gets the predictions as `.npy`, one row each: probabilities of all classes where the model has
them, else its values.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any


def main() -> None:
    import numpy as np

    order = json.loads(sys.argv[1])
    rows = table(order["rows"])
    model = function(order["fit"])(table(order["training"])) if "fit" in order else load(order["model"])
    found = function(order["predict"])(model, rows) if "predict" in order else predicted(model, rows)
    np.save(order["out"], np.asarray(found, dtype=np.float64).reshape(len(rows), -1))


def table(path: str) -> Any:
    """The rows in a file as a pandas table."""
    import numpy as np
    import pandas as pd

    numbers = np.load(path)
    with open(path + ".json", encoding="utf-8") as file:
        others = json.load(file)
    return pd.DataFrame({n: numbers[n] if n in numbers.files else others["columns"][n] for n in others["names"]})


def function(target: str) -> Any:
    """The function of `module:function`, found from the working folder."""
    module, _, name = target.partition(":")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    return getattr(importlib.import_module(module), name)


def load(path: str) -> Any:
    """The model in a file, by its ending."""
    ending = path.rpartition(".")[2]
    if ending in ("txt", "lgb"):
        import lightgbm

        return lightgbm.Booster(model_file=path)
    if ending in ("ubj", "json"):
        import xgboost

        model = xgboost.Booster()
        model.load_model(path)
        return model
    if ending == "cbm":
        import catboost

        return catboost.CatBoost().load_model(path)
    if ending == "joblib":
        import joblib

        return joblib.load(path)
    import pickle

    with open(path, "rb") as file:
        return pickle.load(file)  # noqa: S301 - a file that the user names, and whose digest was checked


def predicted(model: Any, rows: Any) -> Any:
    names = getattr(model, "feature_names_in_", None)
    if names is None:
        own = getattr(model, "feature_names", None)
        names = own() if callable(own) else own
    given = rows if names is None else rows[list(names)]
    if type(model).__module__.startswith("xgboost") and type(model).__name__ == "Booster":
        import xgboost

        return model.predict(xgboost.DMatrix(given))
    if hasattr(model, "predict_proba"):
        return model.predict_proba(given)
    return model.predict(given)


if __name__ == "__main__":
    main()
