"""Reads the photos of a request. They stay in memory and are never written to disk."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from artifact_check.errors import ComparisonError
from artifact_check.report import words
from artifact_check.web.photo import Upload

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.datastructures import FormData, Headers
    from starlette.requests import Request

FIELD = "photo"
MAX_MB = 30
MAX_MB_TOGETHER = 100

_MAX_BYTES, _MAX_BYTES_TOGETHER = MAX_MB * 1_000_000, MAX_MB_TOGETHER * 1_000_000
_OTHER_PARTS = 65_536  # bytes of a form


async def read_upload(request: Request, time_limit: float) -> Upload:
    """Read the photo from the form field `photo`, or the whole body if it is not a form, within `time_limit` seconds.

    Raises:
        HTTPException: there is no photo (400), the upload timed out (408), or it is too large (413).
    """
    body = await _read_body(request, time_limit, _MAX_BYTES, words.too_many_bytes(MAX_MB))
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    upload = await _photo_of_form(request.headers, body) if kind == "multipart/form-data" else Upload("", body)
    if not (upload.name or upload.data):
        raise HTTPException(400, words.NO_PHOTO)
    if len(upload.data) > _MAX_BYTES:
        raise HTTPException(413, words.too_many_bytes(MAX_MB))
    return upload


async def read_pair(request: Request, time_limit: float) -> tuple[Upload, list[Upload]]:
    """Read the form fields `headshot` and `reference`, of which there may be several.

    Raises:
        HTTPException: one of them is missing (400), the upload timed out (408), or all are too large together (413).
        ComparisonError: one photo is too large.
    """
    too_large = words.too_many_bytes_together(MAX_MB_TOGETHER)
    body = await _read_body(request, time_limit, _MAX_BYTES_TOGETHER, too_large)
    async with _parsed(request.headers, body, words.NO_PAIR) as form:
        headshots, references = [await _photos(form, field) for field in ("headshot", "reference")]
    if not headshots or not references:
        raise HTTPException(400, words.NO_PAIR)
    for photo in (*headshots, *references):
        if len(photo.data) > _MAX_BYTES:
            raise ComparisonError(words.too_many_bytes(MAX_MB), photo.name)
    return headshots[0], references


async def _photos(form: FormData, field: str) -> list[Upload]:
    """Return the files of a field, but the nameless one that a browser sends for a field without any."""
    files = [file for file in form.getlist(field) if isinstance(file, UploadFile) and file.filename]
    return [Upload(file.filename or "", await file.read()) for file in files]


async def _read_body(request: Request, time_limit: float, max_bytes: int, too_large: str) -> bytes:
    """Read the body. A body that is too large is read to its end and discarded, or a browser would miss the answer."""
    body = bytearray()
    size = 0
    try:
        async with asyncio.timeout(time_limit):
            async for chunk in request.stream():
                size += len(chunk)
                if size <= max_bytes + _OTHER_PARTS:
                    body += chunk
    except TimeoutError:
        raise HTTPException(408, words.SLOW_UPLOAD) from None
    except ClientDisconnect:
        raise HTTPException(400, words.NO_PHOTO) from None  # nobody will read it
    if size > max_bytes + _OTHER_PARTS:
        raise HTTPException(413, too_large)
    return bytes(body)


async def _photo_of_form(headers: Headers, body: bytes) -> Upload:
    async with _parsed(headers, body, words.BROKEN_FORM, max_files=1) as form:
        photo = form.get(FIELD)
        if not isinstance(photo, UploadFile):
            raise HTTPException(400, words.NO_PHOTO)
        return Upload(photo.filename or "", await photo.read())


class _InMemoryParser(MultiPartParser):
    spool_max_size = _MAX_BYTES_TOGETHER + _OTHER_PARTS + 1  # larger parts would be written to a temporary file


@contextlib.asynccontextmanager
async def _parsed(headers: Headers, body: bytes, broken: str, max_files: int = 1000) -> AsyncGenerator[FormData, None]:
    """Parse a form; `broken` is said of one that cannot be."""
    try:
        form = await _InMemoryParser(headers, _stream(body), max_files=max_files, max_fields=8).parse()
    except (MultiPartException, FormParserError):  # older Starlette releases do not catch the latter
        raise HTTPException(400, broken) from None
    try:
        yield form
    finally:
        await form.close()


async def _stream(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body
