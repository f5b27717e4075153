"""One photo out of a request, in memory: nothing of it touches the disk."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from artifact_check.report import words

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.datastructures import Headers
    from starlette.requests import Request

FIELD = "photo"
MAX_MB = 30

_MAX_BYTES = MAX_MB * 1_000_000
_MAX_BODY = _MAX_BYTES + 65_536  # what a form may add to its photo


@dataclass(frozen=True, slots=True)
class Upload:
    """A photo file as it came; `name` is empty where the request had none."""

    name: str
    data: bytes = field(repr=False)


async def read(request: Request, time_limit: float) -> Upload:
    """The photo of a form's field `photo`, or else the whole body, which has `time_limit` seconds to arrive.

    Raises:
        HTTPException: there is none (400), it came too slowly (408), or it is too large (413).
    """
    body = await _body(request, time_limit)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    upload = await _of_form(request.headers, body) if kind == "multipart/form-data" else Upload("", body)
    if not (upload.name or upload.data):
        raise HTTPException(400, words.NO_PHOTO)
    if len(upload.data) > _MAX_BYTES:
        raise _too_large()
    return upload


async def _body(request: Request, time_limit: float) -> bytes:
    """All of it; what is too large is read to its end without being kept, or a browser would miss the answer."""
    kept = bytearray()
    size = 0
    try:
        async with asyncio.timeout(time_limit):
            async for chunk in request.stream():
                size += len(chunk)
                if size <= _MAX_BODY:
                    kept += chunk
    except TimeoutError:
        raise HTTPException(408, words.SLOW_UPLOAD) from None
    except ClientDisconnect:
        raise HTTPException(400, words.NO_PHOTO) from None  # nobody is there to read it
    if size > _MAX_BODY:
        raise _too_large()
    return bytes(kept)


def _too_large() -> HTTPException:
    return HTTPException(413, words.too_many_bytes(MAX_MB))


class _InMemoryParser(MultiPartParser):
    spool_max_size = _MAX_BODY + 1  # beyond it a part would go to a temporary file


async def _of_form(headers: Headers, body: bytes) -> Upload:
    try:
        form = await _InMemoryParser(headers, _stream(body), max_files=1, max_fields=8).parse()
    except (MultiPartException, FormParserError):  # older releases of starlette let the latter out
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
