"""Asking what serves a model: a function in a process of its own, or an HTTP endpoint. An answer that never comes ends.

Source of the request body: the `instances` of TensorFlow Serving's REST API, which others took over.
"""

from __future__ import annotations

import importlib
import json
import multiprocessing
import os
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from parityline.errors import UsageError

Floats = NDArray[np.float64]
MOST_OF_A_MESSAGE = 160


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for some rows. values: a prediction each, NaN for null; None with the error, or where it hung."""

    values: Floats | None = None
    error: str = ""
    hung: bool = False


class Serving(Protocol):
    """Something that predicts. `name`: for the report."""

    name: str

    def ask(self, rows: Any) -> Answer:
        """The predictions of a pandas table."""
        ...

    def close(self) -> None:
        """End what was started."""
        ...


def one_a_row(found: Any, rows: int) -> Floats:
    """Predictions as (rows,): of several columns the last, which is the positive class; None and text are NaN.

    Raises ValueError for another number of rows.
    """
    if hasattr(found, "to_numpy"):
        found = found.to_numpy()
    array = np.asarray(found)
    if array.dtype == object:
        array = np.array([[_number(v) for v in np.atleast_1d(row)] for row in array.tolist()], np.float64)
    if array.ndim > 1:
        array = array.reshape(len(array), -1)[:, -1]
    if array.shape != (rows,):
        raise ValueError(f"expected {rows} predictions, found an answer of shape {np.shape(found)}")
    return array.astype(np.float64)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def imported(module: str, name: str) -> Any:
    """What a module has under a dotted name. Raises whatever its import raises, and AttributeError."""
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


class Function:
    """`module:function` that is given a pandas table; it runs in a process of its own, started again when it hangs."""

    def __init__(self, target: str, *, folder: str | os.PathLike[str] = ".", time_limit: float = 30.0) -> None:
        module, _, name = target.partition(":")
        if not module or not name:
            raise UsageError(f'predict: expected "module:function", found {target!r}')
        self.name, self._target, self._folder, self._limit = target, (module, name), os.fspath(folder), time_limit
        self._process: Any = None
        self._pipe: Any = None

    def ask(self, rows: Any) -> Answer:
        """See Serving. Raises UsageError where the function cannot be imported."""
        if self._process is None:
            self._start()
        try:
            self._pipe.send(rows)
            if not self._pipe.poll(self._limit):
                self.close()
                return Answer(hung=True, error=f"no answer in {self._limit:g} s")
            kind, found = self._pipe.recv()
        except (EOFError, OSError):
            self.close()
            return Answer(error="the process that predicts ended")
        return Answer(values=found) if kind == "values" else Answer(error=found)

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        arguments = (other, *self._target, os.path.abspath(self._folder))
        self._process = context.Process(target=_serve, args=arguments, daemon=True)
        self._process.start()
        other.close()
        try:
            ready = self._pipe.recv() if self._pipe.poll(max(60.0, self._limit)) else "it took too long"
        except EOFError:
            ready = "the process ended"
        if ready is not None:
            self.close()
            raise UsageError(f"{self.name}: expected a function that can be imported, found: {ready}")

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._pipe.close()
            self._process = None


def _serve(pipe: Any, module: str, name: str, folder: str) -> None:
    """The process of a Function: one table in, predictions or an error out. What it prints goes to standard error."""
    import warnings

    sys.stdout = sys.stderr
    sys.path.insert(0, folder)
    try:
        function = imported(module, name)
    except Exception as error:
        pipe.send(_short(error))
        return
    pipe.send(None)
    warnings.simplefilter("ignore")
    while True:
        try:
            rows = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(("values", one_a_row(function(rows), len(rows))))
        except Exception as error:  # whatever the function raises is an answer
            pipe.send(("error", _short(error)))


def _short(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:MOST_OF_A_MESSAGE]}".removesuffix(": ")


class Endpoint:
    """An address that takes rows by POST: {"instances": [{column: value}, ...]}; null and NaN travel as null and NaN.

    The answer is a list of predictions, or an object with such a list, each a number, a list or an object of numbers.
    A status of 400 and above is an error. Nothing is followed to another address.
    """

    def __init__(self, url: str, *, time_limit: float = 30.0) -> None:
        if not url.startswith(("http://", "https://")) or "@" in url.partition("://")[2].partition("/")[0]:
            raise UsageError("endpoint: expected http:// or https:// and no password in it, found something else")
        self.name, self._limit = url.partition("?")[0], time_limit
        self._url = url
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())

    def ask(self, rows: Any) -> Answer:
        """See Serving."""
        records = [{n: _json(v) for n, v in row.items()} for row in rows.to_dict("records")]
        body = json.dumps({"instances": records}).encode()
        request = urllib.request.Request(self._url, body, {"Content-Type": "application/json"})  # noqa: S310
        try:
            with self._opener.open(request, timeout=self._limit) as reply:
                found = json.loads(reply.read(64 << 20))
            return Answer(values=one_a_row(_predictions(found), len(rows)))
        except TimeoutError:
            return Answer(hung=True, error=f"no answer in {self._limit:g} s")
        except urllib.error.HTTPError as error:
            return Answer(error=f"HTTP {error.code}")
        except urllib.error.URLError as error:
            if isinstance(error.reason, TimeoutError):
                return Answer(hung=True, error=f"no answer in {self._limit:g} s")
            return Answer(error=f"no connection: {error.reason}")
        except (ValueError, OSError) as error:
            return Answer(error=_short(error))

    def close(self) -> None:
        """Nothing was started."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Refused: rows go to the address that was named."""
        return


def _json(value: Any) -> Any:
    if value is None or isinstance(value, (bool, str, int)):
        return value
    if isinstance(value, float):
        return value
    if hasattr(value, "isoformat"):
        return None if value != value else value.isoformat()
    return value.item() if hasattr(value, "item") else str(value)


def _predictions(found: Any) -> Any:
    """The list of predictions in an answer."""
    if isinstance(found, dict):
        found = next((v for v in found.values() if isinstance(v, list)), None)
    if not isinstance(found, list):
        raise ValueError("expected a list of predictions in the answer, found none")
    numbers = [_of_object(row) if isinstance(row, dict) else row for row in found]
    return np.array([np.atleast_1d(row)[-1] if isinstance(row, list) else row for row in numbers], object)


def _of_object(row: dict[str, Any]) -> Any:
    return next((v for v in row.values() if v is None or isinstance(v, (int, float, list))), None)
