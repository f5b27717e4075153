"""Reads the photo of a request. It stays in memory and is never written to disk."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from artifact_check.report import words
from artifact_check.web.photo import Upload

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.datastructures import Headers
    from starlette.requests import Request

FIELD = "photo"
MAX_MB = 30

_MAX_BYTES = MAX_MB * 1_000_000
_MAX_BODY = _MAX_BYTES + 65_536  # allows for the other parts of a form


async def read_upload(request: Request, time_limit: float) -> Upload:
    """Read the photo from the form field `photo`, or the whole body if it is not a form, within `time_limit` seconds.

    Raises:
        HTTPException: there is no photo (400), the upload timed out (408), or it is too large (413).
    """
    body = await _read_body(request, time_limit)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    upload = await _parse_form(request.headers, body) if kind == "multipart/form-data" else Upload("", body)
    if not (upload.name or upload.data):
        raise HTTPException(400, words.NO_PHOTO)
    if len(upload.data) > _MAX_BYTES:
        raise _too_large_error()
    return upload


async def _read_body(request: Request, time_limit: float) -> bytes:
    """Read the body. A body that is too large is read to its end and discarded, or a browser would miss the answer."""
    body = bytearray()
    size = 0
    try:
        async with asyncio.timeout(time_limit):
            async for chunk in request.stream():
                size += len(chunk)
                if size <= _MAX_BODY:
                    body += chunk
    except TimeoutError:
        raise HTTPException(408, words.SLOW_UPLOAD) from None
    except ClientDisconnect:
        raise HTTPException(400, words.NO_PHOTO) from None  # nobody will read it
    if size > _MAX_BODY:
        raise _too_large_error()
    return bytes(body)


def _too_large_error() -> HTTPException:
    return HTTPException(413, words.too_many_bytes(MAX_MB))


class _InMemoryParser(MultiPartParser):
    spool_max_size = _MAX_BODY + 1  # larger parts would be written to a temporary file


async def _parse_form(headers: Headers, body: bytes) -> Upload:
    try:
        form = await _InMemoryParser(headers, _stream(body), max_files=1, max_fields=8).parse()
    except (MultiPartException, FormParserError):  # older Starlette releases do not catch the latter
        raise HTTPException(400, words.BROKEN_FORM) from None
    try:
        photo = form.get(FIELD)
        if not isinstance(photo, UploadFile):
            raise HTTPException(400, words.NO_PHOTO)
        return Upload(photo.filename or "", await photo.read())
    finally:
        await form.close()


async def _stream(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body
