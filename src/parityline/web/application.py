"""The pages over a history as an ASGI application: read-only, for this machine alone, each page also as JSON.

Requests must name this machine as their host, come from no other page, and only ask. Nothing of a path reaches a file.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import asdict
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from parityline.errors import ParitylineError, UsageError
from parityline.findings import Verdict
from parityline.history import Entry, History
from parityline.report import html
from parityline.report.pages import page

MOST_RUNS = 500
_LARGEST = 2**63 - 1
HOSTS = ("127.0.0.1", "localhost", "[::1]")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


def application(history: str | os.PathLike[str]) -> Any:
    """The application over a history file."""
    pages = _Pages(History(history))
    routes = [
        Route("/", pages.runs),
        Route("/runs.json", pages.runs_json),
        Route("/run/{number:int}", pages.run),
        Route("/run/{number:int}.json", pages.run_json),
        Route("/stage", pages.stage),
        Route("/stage.json", pages.stage_json),
    ]
    failing: Any = {HTTPException: _failed, ParitylineError: _broken}
    return _Guarded(Starlette(routes=routes, exception_handlers=failing))


class _Guarded:
    """Refuses other hosts, other origins and anything but GET and HEAD; adds the headers of every answer."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        host, origin = headers.get("host", ""), headers.get("origin")
        site = headers.get("sec-fetch-site", "none")
        refused = None
        if _name(host) not in HOSTS:
            refused = PlainTextResponse("this page is for this machine alone", 421)
        elif (origin is not None and origin not in (f"http://{host}", f"https://{host}")) or (
            site == "cross-site" and headers.get("sec-fetch-mode") != "navigate"
        ):
            refused = PlainTextResponse("another page may not ask", 403)
        elif scope["method"] not in ("GET", "HEAD"):
            refused = PlainTextResponse("this page only answers questions", 405, {"Allow": "GET, HEAD"})

        async def sent(message: Any) -> None:
            if message["type"] == "http.response.start":
                own = [(k.lower().encode(), v.encode()) for k, v in _HEADERS.items()]
                message = {**message, "headers": [*message.get("headers", []), *own]}
            await send(message)

        await (refused or self.app)(scope, receive, sent)


def _name(host: str) -> str:
    """The host without its port."""
    return host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host


async def _failed(_: Request, error: HTTPException) -> Response:
    return PlainTextResponse("there is no such page" if error.status_code == 404 else error.detail, error.status_code)


async def _broken(_: Request, error: ParitylineError) -> Response:
    return PlainTextResponse(str(error), 404 if isinstance(error, UsageError) else 500)


class _Pages:
    """What each address shows, as a page and as JSON. The history is read anew for each."""

    def __init__(self, history: History) -> None:
        self.history = history

    async def runs(self, request: Request) -> Response:
        pipeline = request.query_params.get("pipeline")
        entries, every = await run_in_threadpool(self._entries, pipeline)
        accepted = await run_in_threadpool(self.history.acceptances)
        marks = [{"x": 10 + 14 * i, "number": e.number, "status": e.status} for i, e in enumerate(entries[-80:])]
        text = page(
            "runs.html",
            runs=entries[::-1],
            pipelines=every,
            pipeline=pipeline,
            path=self.history.path.name,
            acceptances=accepted,
            course={"width": 30 + 14 * len(marks), "marks": marks},
        )
        return HTMLResponse(text)

    async def runs_json(self, request: Request) -> Response:
        entries, _ = await run_in_threadpool(self._entries, request.query_params.get("pipeline"))
        return JSONResponse([_told(entry) for entry in entries])

    async def run(self, request: Request) -> Response:
        given = await run_in_threadpool(self.history.verdict, _number(request))
        return HTMLResponse(html.render(Verdict.from_dict(given), back="/"))

    async def run_json(self, request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(self.history.verdict, _number(request)))

    async def stage(self, request: Request) -> Response:
        stage, column = _named(request)
        rows = await run_in_threadpool(self._course, stage, column)
        title = stage if column is None else f"{stage}.{column}"
        return HTMLResponse(page("course.html", title=title, rows=rows, json=f"/stage.json?{request.url.query}"))

    async def stage_json(self, request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(self._course, *_named(request)))

    def _entries(self, pipeline: str | None) -> tuple[list[Entry], list[str]]:
        every = self.history.entries(None, last=MOST_RUNS)
        return self.history.entries(pipeline, last=MOST_RUNS), sorted({entry.pipeline for entry in every})

    def _course(self, stage: str, column: str | None) -> list[dict[str, Any]]:
        """A stage, or a column of it, through the last runs that have it, the latest first."""
        found = []
        for entry in self.history.entries(None, last=60)[::-1]:
            verdict = self.history.verdict(entry.number)
            own = next((s for s in verdict["stages"] if s["name"] == stage), None)
            if own is None:
                continue
            findings = [f for f in verdict["findings"] if f["stage"] == stage and column in (None, f["column"])]
            status = own["status"] if column is None else _worst(findings)
            kept = [{n: f[n] for n in ("stage", "column", "code", "severity", "sentence")} for f in findings[:20]]
            found.append({"number": entry.number, "created": entry.created, "status": status, "findings": kept})
        return found


def _worst(findings: Iterable[dict[str, Any]]) -> str:
    return "fail" if any(f["severity"] == "error" for f in findings) else "pass"


def _told(entry: Entry) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if name != "digests"}


def _named(request: Request) -> tuple[str, str | None]:
    """The stage, and the column if one is asked for. Names may hold anything, so they are no part of a path."""
    stage = request.query_params.get("name")
    if not stage:
        raise HTTPException(404)
    return stage, request.query_params.get("column")


def _number(request: Request) -> int:
    number = int(request.path_params["number"])
    if number > _LARGEST:
        raise HTTPException(404)
    return number
