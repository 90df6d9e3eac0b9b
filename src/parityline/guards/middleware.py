"""Around an ASGI application that predicts."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np

from parityline.guards.guard import Guard
from parityline.records import Record


class GuardMiddleware:
    """An ASGI middleware that looks at JSON requests {"instances": [...]}, and at their answers, and changes neither.

    path: of the requests that are looked at. Bodies above `most` bytes are counted as skipped. Both are looked at after
    the answer was sent, so that nothing can be rejected here.
    """

    def __init__(
        self,
        app: Any,
        reference: str | os.PathLike[str] | Record,
        *,
        path: str = "/predict",
        most: int = 1 << 20,
        stage: str | None = None,
    ) -> None:
        self.app, self.path, self.most = app, path, most
        self.guard = Guard(lambda rows: None, reference, stage=stage, keep=0)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """As ASGI 3 calls it."""
        if scope.get("type") != "http" or scope.get("path") != self.path:
            await self.app(scope, receive, send)
            return
        asked, answered = bytearray(), bytearray()

        async def seen() -> Any:
            message = await receive()
            if message.get("type") == "http.request" and len(asked) <= self.most:
                asked.extend(message.get("body", b""))
            return message

        async def sent(message: Any) -> None:
            if message.get("type") == "http.response.body" and len(answered) <= self.most:
                answered.extend(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, seen, sent)
        except Exception as error:
            self._look(asked, answered, error)
            raise
        self._look(asked, answered, None)

    def _look(self, asked: bytearray, answered: bytearray, error: Exception | None) -> None:
        try:
            if max(len(asked), len(answered)) > self.most:
                raise ValueError("a body is too large to be looked at")
            rows = json.loads(bytes(asked) or b"{}")
            rows = rows.get("instances", [rows]) if isinstance(rows, dict) else rows
            faults = self.guard.look(rows).faults
            if error is not None:
                self.guard.count_exception(error, faults)
                return
            found = json.loads(bytes(answered) or b"[]")
            values = next((v for v in found.values() if isinstance(v, list)), []) if isinstance(found, dict) else found
            numbers = [float("nan") if v is None else v for v in values if v is None or isinstance(v, (int, float))]
            self.guard.look_at_answer(np.array(numbers, np.float64))
        except Exception as own:
            self.guard.skip(own)
