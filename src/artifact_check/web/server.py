"""Listening at an address, and serving the page there until it is interrupted."""

from __future__ import annotations

import contextlib
import signal
import socket
from typing import TYPE_CHECKING

import uvicorn

from artifact_check.errors import ServeError
from artifact_check.scanning.workers import TIME_LIMIT
from artifact_check.web.app import create_app
from artifact_check.web.checks import Checks
from artifact_check.web.guard import Guard

if TYPE_CHECKING:
    from collections.abc import Callable

    from artifact_check.report.language import Language
    from artifact_check.scanning.setup import Setup

UPLOAD_LIMIT = 60.0  # seconds for a photo to arrive
_SECONDS_TO_LEAVE = 1  # for requests still in hand at the end


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
    """Serve the page until Ctrl-C; `announce` gets its address as soon as it answers. Port 0 takes any free one.

    Without `language`, each browser gets the one that it asks for.

    Raises:
        ServeError: the address can't be listened at.
        ModelError: the bundle or the landmark model can't be used.
        TrustListError: the trust list can't be read.
    """
    with (
        contextlib.closing(_listening(host, port)) as listener,
        contextlib.closing(Checks(setup, jobs=jobs, time_limit=time_limit)) as checks,
    ):
        checks.load()
        announce(_address(host, listener.getsockname()[1]))
        names = frozenset({host.lower(), socket.gethostname().lower()})
        app = Guard(create_app(checks, language, upload_limit=upload_limit), names=names, language=language)
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=_SECONDS_TO_LEAVE,
        )
        # Uvicorn raises the signal that ended it once more; both are the usual way to end it, with nothing left behind.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        raise ServeError(
            f"Cannot listen at {host}, port {port}: {error.strerror}. Choose another --port (0 takes any free one), "
            "or another --host."
        ) from error


def _address(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"
