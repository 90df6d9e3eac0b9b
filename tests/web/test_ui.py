"""The local page over a history: every page and its JSON, refusals, hostile names, and slow clients."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser

import numpy as np
import pytest
from histories import HOSTILE, asked

import parityline
from parityline.cli import run as command
from parityline.findings import Finding, StageResult, Verdict
from parityline.history import History, watch
from parityline.report.html import render
from parityline.web.application import application


class Answer:
    """One answer of the application."""

    def __init__(self, messages):
        self.status_code = messages[0]["status"]
        self.headers = {k.decode(): v.decode() for k, v in messages[0]["headers"]}
        self.text = b"".join(m.get("body", b"") for m in messages[1:]).decode()

    def json(self):
        return json.loads(self.text)


class Client:
    """Asks an ASGI application as a browser on this machine would."""

    def __init__(self, app):
        self.app = app

    def get(self, address, **headers):
        return self.ask("GET", address, **headers)

    def ask(self, method, address, **headers):
        path, _, query = address.partition("?")
        own = {"host": "127.0.0.1:8321", **headers}
        scope = {
            "type": "http", "method": method, "path": urllib.parse.unquote(path), "raw_path": path.encode(),
            "query_string": query.encode(), "headers": [(k.encode(), v.encode()) for k, v in own.items()],
            "scheme": "http", "server": ("127.0.0.1", 8321), "client": ("127.0.0.1", 1), "http_version": "1.1",
            "root_path": "",
        }  # fmt: skip
        sent = []

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            sent.append(message)

        asyncio.run(self.app(scope, receive, send))
        return Answer(sent)


@pytest.fixture
def client(history):
    return Client(application(history))


TAGS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "p",
        "a",
        "h1",
        "h2",
        "h3",
        "svg",
        "path",
        "rect",
        "text",
        "line",
    ),
    *(
        "table",
        "thead",
        "tr",
        "th",
        "td",
        "code",
        "strong",
        "span",
        "br",
        "div",
        "details",
        "summary",
        "label",
        "input",
    ),
    *("ul", "li"),
}


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.links, self.bad = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            if name.startswith("on") or (name in ("src", "srcset", "action") and value):
                self.bad.append((tag, name, value))
            if name == "href":
                self.links.append(value)


def read(text):
    found = _Tags()
    found.feed(text)
    assert found.bad == []
    assert "script" not in found.tags
    return found


def test_every_page_is_there_and_every_link_leads_somewhere(client):
    seen, left = set(), ["/"]
    while left:
        address = left.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "script" not in answer.headers["content-security-policy"]
        if "html" in answer.headers["content-type"]:
            left += [link for link in read(answer.text).links if link.startswith("/")]
    kinds = {re.sub(r"[^a-z.].*", "", address[1:]) for address in seen}
    assert kinds >= {"", "run", "stage", "runs.json", "stage.json"}
    assert any("column=%3Cscript" in address for address in seen)


def test_each_page_as_json(client):
    runs = client.get("/runs.json").json()
    assert [(r["number"], r["status"]) for r in runs] == [(1, "pass"), (2, "fail")]
    verdict = client.get("/run/2.json").json()
    assert verdict["first"]["code"] == "stored-as-float32"
    course = client.get("/stage.json?name=features").json()
    assert [(c["number"], c["status"]) for c in course] == [(2, "fail"), (1, "pass")]
    assert client.get("/runs.json?pipeline=other").json() == []


def test_a_verdict_comes_back_whole(history):
    given = History(history).verdict(2)
    assert Verdict.from_dict(given).to_dict() == given
    assert "stored-as-float32" in render(Verdict.from_dict(given))


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8321", "", "[::2]:8321"])
def test_another_host_is_refused(client, host):
    assert client.get("/", host=host).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8321", "localhost:8321", "localhost", "[::1]:8321"])
def test_this_machine_is_answered(client, host):
    assert client.get("/", host=host).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "file://"])
def test_another_origin_is_refused(client, origin):
    assert client.get("/", origin=origin).status_code == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_only_questions_are_answered(client, method):
    assert client.ask(method, "/").status_code == 405


def _traversals():
    steps = ["..", "%2e%2e", "..%2f", "%2e%2e%2f", "....", "%252e%252e", "..\\", "%5c..", ".%00.", "%c0%ae%c0%ae"]
    ends = ["etc/passwd", "shop.history", "windows/win.ini", "proc/self/environ", ".git/config"]
    starts = ["/", "/run/", "/static/", "/report/", "/run/1/", "/files/", "//", "/./", "/x/", "/history/"]
    return [f"{s}{'/'.join([step] * n)}/{e}" for s in starts for step in steps for e in ends for n in (1, 4)]


def test_a_thousand_paths_of_files_are_no_pages(client):
    paths = _traversals()
    assert len(paths) == 1_000
    assert {client.get(path).status_code for path in paths} == {404}


@pytest.mark.parametrize(
    "address", ["/run/99", "/run/99.json", "/run/abc", "/nothing", "/stage", "/run/999999999999999999999999"]
)
def test_what_is_not_there(client, address):
    assert client.get(address).status_code == 404


def test_hostile_names_are_text_everywhere(tmp_path):
    columns = {name: np.arange(50.0) for name in HOSTILE}
    for environment, factor in (("research", 1.0), ("production", 1.5)):
        with parityline.record("shop", environment=environment, to=tmp_path / f"{environment}.parity") as run:
            run.source("orders", {"id": np.arange(50), **{n: v * factor for n, v in columns.items()}}, key="id")
    path = tmp_path / "a.history"
    records = [parityline.Record.read(tmp_path / f"{e}.parity") for e in ("research", "production")]
    watch(*records, path)
    client = Client(application(path))
    assert len(HOSTILE) == 120
    for address in ("/", "/run/1", "/stage?name=orders"):
        found = read(client.get(address).text)
        assert set(found.tags) <= TAGS


def test_a_report_of_500_columns_is_small():
    """12 stages, 500 columns that differ in each; written down here, since making them is not what is tested."""
    names = [f"a column with a rather long name {i}" for i in range(500)]
    stages = [StageResult(f"stage {n}", "etl", 1, "fail", "new", (200, 200), inputs=(f"stage {n - 1}",) if n else ())
              for n in range(12)]  # fmt: skip
    pairs = [[i, i + 0.5] for i in range(20)]
    evidence = {"interval": [0.1, 0.3], "effect": 0.05, "values": pairs, "words": "w" * 500}
    sentence = "`{}` differs in 200 of 200 rows; the total moves by 0.01 of itself"
    findings = [
        Finding("values-differ", s.name, sentence.format(n), n, 1, share=1.0, evidence=evidence)
        for s in stages
        for n in names
    ]
    title = {"name": "wide", "environment": "research", "created": "2026-11-29"}
    text = render(Verdict("fail", title, title, findings[0], tuple(stages), tuple(findings)))
    read(text)
    assert len(text.encode()) < 500_000
    assert text.count('class="box') == 12


# --- a real server ----------------------------------------------------------------------------------------------------


def test_the_command_serves_on_loopback(server):
    assert len(json.loads(asked(server))) == 2
    with pytest.raises(urllib.error.HTTPError, match="421"):
        urllib.request.urlopen(
            urllib.request.Request(f"http://127.0.0.1:{server}/", headers={"Host": "evil.example"}), timeout=10
        )


def test_five_hundred_slow_clients_do_not_stop_a_normal_one(server):
    async def slow():
        reader, writer = await asyncio.open_connection("127.0.0.1", server)
        writer.write(b"GET / HTTP/1.1\r\nHost: 127")
        await writer.drain()
        return reader, writer

    async def run():
        clients = await asyncio.gather(*(slow() for _ in range(500)))
        times = []
        for _ in range(20):
            start = time.perf_counter()
            await asyncio.to_thread(asked, server)
            times.append(time.perf_counter() - start)
        for _, writer in clients:
            writer.close()
        return sorted(times)

    times = asyncio.run(run())
    assert len(times) == 20


def test_a_port_in_use_and_a_history_that_is_not_there(history, tmp_path, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert command(["ui", "--history", str(history), "--port", str(taken.getsockname()[1])]) == 2
    assert "in use" in capsys.readouterr().err
    assert command(["ui", "--history", str(tmp_path / "none")]) == 2
    assert "parityline watch makes one" in capsys.readouterr().err
