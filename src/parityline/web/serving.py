"""The server of the local page: on loopback alone, with bounds on what a client may hold."""

from __future__ import annotations

import os

from parityline.errors import UsageError


def serve(history: str | os.PathLike[str], *, port: int = 8321) -> None:
    """Serve the pages over a history until interrupted. Raises UsageError without the extra or for a port in use."""
    try:
        import uvicorn

        from parityline.web.application import application
    except ImportError as error:
        raise UsageError("the page needs starlette and uvicorn; install them: pip install 'parityline[web]'") from error
    settings = uvicorn.Config(
        application(history),
        host="127.0.0.1",
        port=port,
        log_level="warning",
        timeout_keep_alive=5,
        h11_max_incomplete_event_size=16_384,
        server_header=False,
        proxy_headers=False,
    )
    try:
        uvicorn.Server(settings).run()
    except SystemExit as error:
        raise UsageError(
            f"expected a port of 127.0.0.1 that is free, found {port} in use; give another --port"
        ) from error
