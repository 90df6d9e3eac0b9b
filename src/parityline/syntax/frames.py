"""Which library's table an expression is, from its full name alone."""

from __future__ import annotations

import re
from typing import Literal

from parityline.syntax.names import each

Kind = Literal["pandas", "polars", "spark", "dask"]

_ROOTS: dict[str, Kind] = {
    "pandas": "pandas",
    "geopandas": "pandas",
    "modin": "pandas",
    "polars": "polars",
    "pyspark": "spark",
    "databricks": "spark",
    "dask": "dask",
}
_CONVERSIONS: dict[str, Kind] = {
    **dict.fromkeys(("df", "fetchdf", "fetch_df", "to_pandas", "toPandas", "to_dataframe"), "pandas"),
    **dict.fromkeys(("pl", "to_polars"), "polars"),
}
"""Methods after which a table is one of this library, whatever it was before."""
_NO_TABLES = each(
    "values to_numpy tolist to_list to_dict shape columns dtypes size empty name names memory_usage item groupby",
    "group_by rolling resample expanding ewm str dt cat write writer rdd collect count Timestamp Timedelta",
    "to_datetime to_timedelta Timestamp.now now col lit udf first take getOrCreate builder option",
)
_USUAL = re.compile(r"^(?:\w+_)?(?:df|data|dataset|frame|dataframe)(?:_\w+|\d+)?$")


def frame(name: str | None) -> Kind | None:
    """The library whose table, column or selection of a table a full name is; None where it is something else."""
    if not name or "()" not in name:
        return None
    parts = [part.rstrip("()[]") for part in name.split(".")]
    for part in reversed(parts[1:]):
        if part in _CONVERSIONS:
            return _CONVERSIONS[part]
        if part in _NO_TABLES and part == parts[-1]:
            return None
    return _ROOTS.get(parts[0])


def is_usual(name: str) -> bool:
    """Whether a variable is called as tables usually are: `df`, `train_df`, `data`."""
    return bool(_USUAL.match(name))
