"""The routes of the local page and its API."""

from __future__ import annotations

import asyncio
import itertools
from importlib import resources
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from artifact_check.errors import ComparisonError
from artifact_check.report import words
from artifact_check.report.json_encoding import encode_json
from artifact_check.report.language import get_language, language_codes
from artifact_check.report.page import load_template
from artifact_check.report.text import escape_unprintable
from artifact_check.web.guard import API
from artifact_check.web.languages import choose_language
from artifact_check.web.openapi import build_document
from artifact_check.web.uploads import read_pair, read_upload

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from artifact_check.report.language import Language
    from artifact_check.web.check_pool import CheckPool
    from artifact_check.web.photo import PhotoHtml

_FRAGMENT, _COMPARISON = "/photo", "/comparison"  # where the page's script requests the HTML of what it shows
_COMPARE = "/compare"  # where the form is sent without a script
_MAX_WAITING = 16  # uploads being received or waiting, in addition to those being checked
_PACKAGE = "artifact_check.web"
_REPORT = "artifact_check.report"
_CSS = (_REPORT, "templates/report.css"), (_REPORT, "templates/comparison.css"), (_PACKAGE, "static/page.css")
_JS = (_REPORT, "templates/report.js"), (_PACKAGE, "static/page.js"), (_PACKAGE, "static/compare.js")
_MESSAGES = {404: words.NOT_HERE, 405: words.WRONG_METHOD}


def create_app(pool: CheckPool, language: Language | None = None, *, upload_limit: float) -> Starlette:
    """Create the application, whose photos are checked by `pool`.

    Args:
        pool: Checks the photos.
        language: The language of the page; by default, the one the browser asks for.
        upload_limit: Seconds an upload may take.
    """
    endpoints = _Endpoints(pool, language, upload_limit)
    routes = [
        Route("/", endpoints.show_page),
        Route("/", endpoints.check_form, methods=["POST"]),
        Route(_FRAGMENT, endpoints.check_fragment, methods=["POST"]),
        Route(_COMPARE, endpoints.compare_form, methods=["POST"]),
        Route(_COMPARISON, endpoints.compare_fragment, methods=["POST"]),
        Route("/page.css", endpoints.send_css),
        Route("/page.js", endpoints.send_js),
        Route(f"{API}check", endpoints.check_api, methods=["POST"]),
        Route(f"{API}openapi.json", endpoints.describe_api),
    ]
    handlers = {
        HTTPException: endpoints.handle_http_error,
        ComparisonError: endpoints.handle_comparison_error,
        Exception: endpoints.handle_crash,
    }
    return Starlette(routes=routes, exception_handlers=handlers)


class _Endpoints:
    """The endpoints of one application. Templates and files are read once."""

    def __init__(self, pool: CheckPool, language: Language | None, upload_limit: float) -> None:
        self._pool = pool
        self._language = language
        self._upload_limit = upload_limit
        self._numbers = itertools.count(1)  # makes the ids of each photo's elements unique on the page
        self._slots = asyncio.Semaphore(pool.jobs + _MAX_WAITING)
        self._comparisons = asyncio.Semaphore(pool.jobs)  # their uploads are large, so others wait to be received
        self._pages = {
            code: load_template(_PACKAGE, "page.html.jinja", jobs=pool.jobs, language=get_language(code))
            for code in language_codes()
        }
        self._css, self._js = ("".join(_read_file(*file) for file in files) for files in (_CSS, _JS))

    async def show_page(self, request: Request) -> Response:
        return self._render_page(request)

    async def check_form(self, request: Request) -> Response:
        return self._render_page(request, photo=await self._check_upload(request))

    async def check_fragment(self, request: Request) -> Response:
        photo = await self._check_upload(request)
        return HTMLResponse(f"<table>{photo.row}</table>{photo.details}")

    async def compare_form(self, request: Request) -> Response:
        return self._render_page(request, comparison=await self._compare_upload(request))

    async def compare_fragment(self, request: Request) -> Response:
        return HTMLResponse(await self._compare_upload(request))

    async def send_css(self, _: Request) -> Response:
        return Response(self._css, media_type="text/css")

    async def send_js(self, _: Request) -> Response:
        return Response(self._js, media_type="text/javascript")

    async def check_api(self, request: Request) -> Response:
        async with self._slots:
            upload = await read_upload(request, self._upload_limit)
            report = await self._pool.check(upload)
        return Response(encode_json(report.to_dict()), media_type="application/json")

    async def describe_api(self, _: Request) -> Response:
        return JSONResponse(build_document())

    async def handle_http_error(self, request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        message = _MESSAGES.get(error.status_code, error.detail)
        return self._render_error(request, message, error.status_code, error.headers)

    async def handle_comparison_error(self, request: Request, error: Exception) -> Response:
        if not isinstance(error, ComparisonError):
            raise error
        return self._render_error(request, error.message, 422)

    async def handle_crash(self, request: Request, _: Exception) -> Response:
        return self._render_error(request, words.INTERNAL, 500)

    async def _check_upload(self, request: Request) -> PhotoHtml:
        async with self._slots:
            upload = await read_upload(request, self._upload_limit)
            code = self._language_of(request).code
            return await self._pool.check_and_render(upload, next(self._numbers), code)

    async def _compare_upload(self, request: Request) -> str:
        async with self._comparisons:
            headshot, references = await read_pair(request, self._upload_limit)
            return await self._pool.compare_and_render(headshot, references, self._language_of(request).code)

    def _language_of(self, request: Request) -> Language:
        return choose_language(self._language, request.headers)

    def _render_page(
        self,
        request: Request,
        *,
        photo: PhotoHtml | None = None,
        comparison: str = "",
        problem: str = "",
        status: int = 200,
    ) -> HTMLResponse:
        page = self._pages[self._language_of(request).code]
        comparing = request.url.path == _COMPARE  # a problem is told where it arose
        html = page.render(photo=photo, comparison=comparison, problem=problem, comparing=comparing)
        return HTMLResponse(html, status)

    def _render_error(
        self, request: Request, message: str, status: int, headers: Mapping[str, str] | None = None
    ) -> Response:
        path = request.url.path
        if path.startswith(API):
            return JSONResponse({"error": message}, status, headers)
        translated = self._language_of(request).translate(message)
        if path in {_FRAGMENT, _COMPARISON}:
            return PlainTextResponse(escape_unprintable(translated), status, headers)
        return self._render_page(request, problem=translated, status=status)


def _read_file(package: str, name: str) -> str:
    return (resources.files(package) / name).read_text("utf-8")
