"""Runs the web server until it is interrupted."""

from __future__ import annotations

import contextlib
import signal
import socket
from typing import TYPE_CHECKING

import uvicorn

from artifact_check.errors import ServeError
from artifact_check.scanning.workers import TIME_LIMIT
from artifact_check.web.app import create_app
from artifact_check.web.check_pool import CheckPool
from artifact_check.web.guard import Guard

if TYPE_CHECKING:
    from collections.abc import Callable

    from artifact_check.report.language import Language
    from artifact_check.scanning.setup import Setup

UPLOAD_LIMIT = 60.0  # seconds
_SHUTDOWN_LIMIT = 1  # seconds that open requests get to finish


def serve(
    setup: Setup,
    *,
    host: str,
    port: int,
    jobs: int,
    announce: Callable[[str], None],
    language: Language | None = None,
    time_limit: float = TIME_LIMIT,
    upload_limit: float = UPLOAD_LIMIT,
) -> None:
    """Serve the page until Ctrl-C.

    Args:
        setup: How photos are checked.
        host: The address to listen on.
        port: The port to listen on; 0 picks a free one.
        jobs: Number of worker processes.
        announce: Called with the URL of the page once it accepts connections.
        language: The language of the page; by default, the one each browser asks for.
        time_limit: Seconds for checking one photo.
        upload_limit: Seconds for receiving one photo.

    Raises:
        ServeError: the address cannot be used.
        ModelError: the model bundle or the landmark model cannot be used.
        TrustListError: the trust list cannot be read.
    """
    with (
        contextlib.closing(_listen(host, port)) as listener,
        contextlib.closing(CheckPool(setup, jobs=jobs, time_limit=time_limit)) as pool,
    ):
        pool.load()
        announce(_format_url(host, listener.getsockname()[1]))
        names = frozenset({host.lower(), socket.gethostname().lower()})
        app = Guard(create_app(pool, language, upload_limit=upload_limit), names=names, language=language)
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=_SHUTDOWN_LIMIT,
        )
        # Uvicorn re-raises the signal that stopped it. SIGINT and SIGTERM are both normal ways to stop.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        raise ServeError(
            f"Cannot listen on {host}, port {port}: {error.strerror}. Choose another --port (0 picks a free one) "
            "or another --host."
        ) from error


def _format_url(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"
