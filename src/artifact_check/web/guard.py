"""Request filtering and security headers of the local page."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse

from artifact_check.report import words
from artifact_check.web.languages import choose_language

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from artifact_check.report.language import Language

API = "/api/"

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Sends nothing to other sites. With `no-referrer`, browsers would submit the form with `Origin: null`.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^:\[\]]+)(?::(?P<port>\d{1,5}))?")
_HTTP_PORT = 80


class Guard:
    """ASGI middleware that rejects foreign host names and requests from other sites, and adds security headers.

    Accepted host names are the address that a connection arrived at, `localhost` if that is a loopback address, and
    `names`. This blocks DNS rebinding, where a foreign name resolves to this machine.
    """

    def __init__(self, app: ASGIApp, *, names: frozenset[str], language: Language | None = None) -> None:
        self._app = app
        self._names = names
        self._language = language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        headers = Headers(scope=scope)
        refusal = self._refusal(headers, scope["server"])
        app = self._app if refusal is None else self._refuse(scope["path"], refusal, headers)
        await app(scope, receive, send_guarded)

    def _refuse(self, path: str, refusal: str, headers: Headers) -> Response:
        if path.startswith(API):
            return JSONResponse({"error": refusal}, 403)
        return PlainTextResponse(choose_language(self._language, headers).translate(refusal), 403)

    def _refusal(self, headers: Headers, server: tuple[str, int]) -> str | None:
        """Return why a request is refused; None if it is accepted."""
        host = headers.get("host", "").lower()
        if len(headers.getlist("host")) != 1 or not self._is_own_host(host, *server):
            return words.WRONG_HOST
        if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
            return words.FOREIGN
        return None if headers.get("origin", f"http://{host}").lower() == f"http://{host}" else words.FOREIGN

    def _is_own_host(self, host: str, address: str, port: int) -> bool:
        match = _HOST.fullmatch(host)
        if match is None or int(match["port"] or _HTTP_PORT) != port:
            return False
        name = match["name"].strip("[]")
        server_ip = _parse_ip(address)
        if name == "localhost":
            return server_ip is not None and server_ip.is_loopback
        return name in self._names or (server_ip is not None and _parse_ip(name) == server_ip)


def _parse_ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
