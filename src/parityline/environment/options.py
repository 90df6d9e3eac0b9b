"""Options of libraries that change results, read only from libraries that the process has imported."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import reduce
from typing import Any

from parityline.environment.reading import Reader, Readers, token


def _of(module: str, get: Callable[[Any], object]) -> Reader:
    """A reader of an imported module; without the module there is no fact."""

    def reader() -> object:
        loaded = sys.modules.get(module)
        value = None if loaded is None else get(loaded)
        return token(value) if isinstance(value, str) else value

    return reader


def _pandas(option: str) -> Reader:
    """A pandas option; one that a release does not have is no fact of it.

    Read from the table behind `pandas.get_option`: that function warns about options on their way out, and holding a
    warning back would touch the filters of every thread.
    """

    def get(config: Any) -> object:
        try:
            return reduce(lambda table, key: table[key], option.split("."), config._global_config)
        except KeyError:
            return None

    return _of("pandas._config.config", get)


def _sklearn(option: str) -> Reader:
    return _of("sklearn", lambda sklearn: sklearn.get_config().get(option))


FACTS: Readers = {
    "pandas": {
        "compute": {"use_bottleneck": _pandas("compute.use_bottleneck"), "use_numexpr": _pandas("compute.use_numexpr")},
        "future": {"infer_string": _pandas("future.infer_string")},
        "mode": {"copy_on_write": _pandas("mode.copy_on_write"), "string_storage": _pandas("mode.string_storage")},
    },
    "sklearn": {
        "array_api_dispatch": _sklearn("array_api_dispatch"),
        "assume_finite": _sklearn("assume_finite"),
        "transform_output": _sklearn("transform_output"),
    },
    "torch": {
        "cuda": _of("torch", lambda torch: torch.version.cuda),
        "cudnn_benchmark": _of("torch", lambda torch: bool(torch.backends.cudnn.benchmark)),
        "cudnn_deterministic": _of("torch", lambda torch: bool(torch.backends.cudnn.deterministic)),
        "default_dtype": _of("torch", lambda torch: str(torch.get_default_dtype())),
        "deterministic_algorithms": _of("torch", lambda torch: bool(torch.are_deterministic_algorithms_enabled())),
        "float32_matmul_precision": _of("torch", lambda torch: torch.get_float32_matmul_precision()),
        "threads": _of("torch", lambda torch: int(torch.get_num_threads())),
    },
}
