"""Hooks for Kedro: each run of a pipeline becomes a record, and the pipeline knows nothing of it.

In the `settings.py` of a project: `HOOKS = (ParityHooks("shop", environment="research", to="research.parity"),)`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from kedro.framework.hooks import hook_impl

from parityline.recording import Recorder, record


class ParityHooks:
    """Records datasets as they are loaded and as nodes give them.

    Args:
        name, environment, to: of the record, as of `parityline.record`; keywords are passed on to it.
        datasets: what to record, with the keywords of its tap: `{"orders": {"key": "id"}}`. `kind`: "etl" (without it)
            or "features"; what no node gives is a source. Without `datasets` every table is recorded, without keys.

    A dataset that is no table is passed over. The record is written when the run ends; a run that fails leaves
    `<to>.incomplete`, with what was reached.
    """

    def __init__(
        self,
        name: str,
        *,
        environment: str,
        to: str | os.PathLike[str],
        datasets: Mapping[str, Mapping[str, Any]] | None = None,
        **keywords: Any,
    ) -> None:
        self.datasets = datasets
        self._record: dict[str, Any] = {"name": name, "environment": environment, "to": to, **keywords}
        self._run: Recorder | None = None

    @property
    def run(self) -> Recorder:
        """The recorder of the run that is under way."""
        if self._run is None:
            self._run = record(**self._record).__enter__()
        return self._run

    @hook_impl
    def after_dataset_loaded(self, dataset_name: str, data: Any) -> None:
        """A dataset that no node gave is a source, when it is first loaded."""
        if self._asked(dataset_name, data):
            keywords = {name: value for name, value in self._keywords(dataset_name).items() if name != "kind"}
            self.run.source(dataset_name, data, **keywords)

    @hook_impl
    def after_node_run(self, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
        """What a node gives is made of those of its inputs that were recorded."""
        for name, data in outputs.items():
            if self._asked(name, data):
                keywords = dict(self._keywords(name))
                tap = self.run.features if keywords.pop("kind", "etl") == "features" else self.run.etl
                tap(name, data, inputs=self._known(inputs), **keywords)

    @hook_impl
    def after_pipeline_run(self) -> None:
        """The record is written."""
        self._end(None)

    @hook_impl
    def on_pipeline_error(self, error: Exception) -> None:
        """The record says that the run broke off."""
        self._end(error)

    def _end(self, error: Exception | None) -> None:
        if self._run is not None:
            self._run.__exit__(type(error) if error else None, error, None)
            self._run = None

    def _asked(self, name: str, data: Any) -> bool:
        wanted = name in self.datasets if self.datasets is not None else not name.startswith(("params:", "parameters"))
        return wanted and name not in self.run.record.stages and _is_table(data)

    def _keywords(self, name: str) -> Mapping[str, Any]:
        return self.datasets[name] if self.datasets is not None else {}

    def _known(self, names: Sequence[str] | Mapping[str, Any]) -> list[str]:
        return [name for name in names if name in self.run.record.stages]


def _is_table(data: Any) -> bool:
    """Whether a dataset has columns: a frame, an Arrow table or a relation."""
    return hasattr(data, "columns") or hasattr(data, "__arrow_c_stream__")
