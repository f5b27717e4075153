"""The page and the API: what is answered at which address."""

from __future__ import annotations

import asyncio
import itertools
from importlib import resources
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from artifact_check.report import json_text, words
from artifact_check.report.language import codes, spoken
from artifact_check.report.page import template
from artifact_check.web import languages, uploads
from artifact_check.web.guard import API
from artifact_check.web.openapi import description

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from artifact_check.report.language import Language
    from artifact_check.web.checks import Checks
    from artifact_check.web.photo import Shown

_FRAGMENT = "/photo"  # what the page's script asks for: one photo's part of the page
_AHEAD = 16  # uploads in memory beside those being checked, slow ones among them
_PACKAGE = "artifact_check.web"
_REPORT = "artifact_check.report"
_STANDARD = {404: words.NOT_HERE, 405: words.WRONG_METHOD}


def create_app(checks: Checks, language: Language | None = None, *, upload_limit: float) -> Starlette:
    """The page, its parts, and the API, all of which ask `checks`; an upload may take `upload_limit` seconds.

    Without `language`, the one that the browser asks for is shown.
    """
    page = _Page(checks, language, upload_limit)
    routes = [
        Route("/", page.empty),
        Route("/", page.checked, methods=["POST"]),
        Route(_FRAGMENT, page.fragment, methods=["POST"]),
        Route("/page.css", page.style),
        Route("/page.js", page.script),
        Route(f"{API}check", page.api_check, methods=["POST"]),
        Route(f"{API}openapi.json", page.api_description),
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: page.refused, Exception: page.failed})


class _Page:
    """Endpoints of one application; templates and files are read once."""

    def __init__(self, checks: Checks, language: Language | None, upload_limit: float) -> None:
        self._checks = checks
        self._language = language
        self._upload_limit = upload_limit
        self._numbers = itertools.count(1)  # of photos, so that each has addresses of its own on the page
        self._room = asyncio.Semaphore(checks.jobs + _AHEAD)
        self._pages = {
            code: template(_PACKAGE, "page.html.jinja", jobs=checks.jobs, language=spoken(code)) for code in codes()
        }
        self._css = _file(_REPORT, "templates/report.css") + _file(_PACKAGE, "static/page.css")
        self._js = _file(_REPORT, "templates/report.js") + _file(_PACKAGE, "static/page.js")

    async def empty(self, request: Request) -> Response:
        return self._whole(request)

    async def checked(self, request: Request) -> Response:
        return self._whole(request, shown=await self._shown(request))

    async def fragment(self, request: Request) -> Response:
        shown = await self._shown(request)
        return HTMLResponse(f"<table>{shown.row}</table>{shown.details}")

    async def style(self, _: Request) -> Response:
        return Response(self._css, media_type="text/css")

    async def script(self, _: Request) -> Response:
        return Response(self._js, media_type="text/javascript")

    async def api_check(self, request: Request) -> Response:
        async with self._room:
            upload = await uploads.read(request, self._upload_limit)
            report = await self._checks.check(upload.data, upload.name)
        return Response(json_text.encode(report.to_dict()), media_type="application/json")

    async def api_description(self, _: Request) -> Response:
        return JSONResponse(description())

    async def refused(self, request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        return self._problem(request, _STANDARD.get(error.status_code, error.detail), error.status_code, error.headers)

    async def failed(self, request: Request, _: Exception) -> Response:
        return self._problem(request, words.INTERNAL, 500)

    async def _shown(self, request: Request) -> Shown:
        async with self._room:
            upload = await uploads.read(request, self._upload_limit)
            return await self._checks.show(upload.data, upload.name, next(self._numbers), self._in(request).code)

    def _in(self, request: Request) -> Language:
        return languages.shown(self._language, request.headers)

    def _whole(
        self, request: Request, *, shown: Shown | None = None, problem: str = "", status: int = 200
    ) -> HTMLResponse:
        page = self._pages[self._in(request).code]
        return HTMLResponse(page.render(shown=shown, problem=problem), status)

    def _problem(
        self, request: Request, message: str, status: int, headers: Mapping[str, str] | None = None
    ) -> Response:
        path = request.url.path
        if path.startswith(API):
            return JSONResponse({"error": message}, status, headers)
        said = self._in(request).say(message)
        if path == _FRAGMENT:
            return PlainTextResponse(said, status, headers)
        return self._whole(request, problem=said, status=status)


def _file(package: str, name: str) -> str:
    return (resources.files(package) / name).read_text("utf-8")
