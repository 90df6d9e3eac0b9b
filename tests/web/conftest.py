from __future__ import annotations

import socket
import subprocess
import sys
import time

import pytest
from histories import asked, recorded

from parityline.history import watch


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    path = tmp_path_factory.mktemp("ui") / "shop.history"
    reference = recorded("research")
    watch(reference, recorded("production"), path)
    watch(reference, recorded("production", faulty=True), path)
    return path


@pytest.fixture(scope="module")
def server(history):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = "from parityline.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "ui", "--history", str(history), "--port", str(port)], stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(150):
            try:
                asked(port)
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()
