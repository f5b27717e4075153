"""Who may talk to the page, and what its answers may do in a browser."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse

from artifact_check.report import words
from artifact_check.web.languages import shown

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from artifact_check.report.language import Language

API = "/api/"

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Nothing goes to other sites; with `no-referrer`, browsers would send a form of this page with `Origin: null`.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^:\[\]]+)(?::(?P<port>\d{1,5}))?")
_HTTP_PORT = 80


class Guard:
    """Lets in what is addressed to this server by a name of its own and doesn't come from another site's page.

    Its own names are the address at which a connection arrived, `localhost` where that is a loopback address, and
    `names`. A foreign name that resolves to this machine (DNS rebinding) is none of them.
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
        app = self._app if refusal is None else _answer(scope["path"], refusal, shown(self._language, headers))
        await app(scope, receive, send_guarded)

    def _refusal(self, headers: Headers, server: tuple[str, int]) -> str | None:
        host = headers.get("host", "").lower()
        if len(headers.getlist("host")) != 1 or not self._is_own(host, *server):
            return words.WRONG_HOST
        if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
            return words.FOREIGN
        return None if headers.get("origin", f"http://{host}").lower() == f"http://{host}" else words.FOREIGN

    def _is_own(self, host: str, address: str, port: int) -> bool:
        match = _HOST.fullmatch(host)
        if match is None or int(match["port"] or _HTTP_PORT) != port:
            return False
        name = match["name"].strip("[]")
        reached = _ip(address)
        if name == "localhost":
            return reached is not None and reached.is_loopback
        return name in self._names or (reached is not None and _ip(name) == reached)


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _answer(path: str, refusal: str, language: Language) -> JSONResponse | PlainTextResponse:
    if path.startswith(API):
        return JSONResponse({"error": refusal}, 403)
    return PlainTextResponse(language.say(refusal), 403)
