"""Photos at addresses that fsspec supports (s3://, gs://, https://, ...), read into memory without temporary files.

Credentials and endpoints come from fsspec's configuration and from the services' own (such as AWS_PROFILE).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from artifact_check.errors import NothingToScanError, UnreadableError
from artifact_check.phrase import Phrase
from artifact_check.sources.selection import is_photo
from artifact_check.sources.source import MAX_BYTES, require_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from artifact_check.sources.selection import Selection

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*(://|::)", re.IGNORECASE)
_WEB_SCHEMES = ("http://", "https://")
# Keys of a file's info that change with its content, as the file systems name them.
_VERSION_KEYS = ("ETag", "etag", "md5Hash", "content_md5", "mtime", "LastModified", "last_modified", "updated", "CRC")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A photo at an address; `stamp` identifies its version: "" if unavailable, None if not looked up yet."""

    address: str
    stamp: str | None
    cheap_to_read: ClassVar[bool] = False

    @property
    def name(self) -> str:
        return self.address

    def version(self) -> str | None:
        stamp = _fetch_stamp(self.address) if self.stamp is None else self.stamp
        return stamp or None

    def read(self) -> bytes:
        import fsspec

        try:
            files, path = fsspec.url_to_fs(self.address)
            with files.open(path, "rb", cache_type="none") as stream:
                data: bytes = stream.read(MAX_BYTES + 1)
        except Exception as error:  # noqa: BLE001 - each service raises its own classes; one photo must not end the scan
            raise UnreadableError(
                Phrase("The photo cannot be fetched ({reason}); try again later.", reason=_reason(error))
            ) from None
        require_bytes(len(data))  # it was read only up to the limit
        return data


def is_address(text: str) -> bool:
    return _ADDRESS.match(text) is not None


def names_photo(text: str) -> bool:
    """Whether a text is evidently the address of one photo, so that no look-up is needed."""
    return is_address(text) and (is_photo(text) or text.lower().startswith(_WEB_SCHEMES))


def file_at(address: str, selection: Selection) -> Iterator[RemoteFile]:
    """Take a photo at an address, unless it is excluded or was found before. Whether it exists shows when it is read.

    Raises:
        NothingToScanError: fsspec is not installed.
    """
    _fsspec(address)
    if selection.accepts(address.rpartition("/")[2]) and selection.is_new(address):
        yield RemoteFile(address, None)


def files_at(address: str, selection: Selection) -> Iterator[RemoteFile]:
    """Find the photos at an address: one file, or all files below it, sorted by name. A web address is one file.

    Raises:
        NothingToScanError: fsspec, or what it needs for this address, is not installed, or the address cannot be
            listed.
    """
    fsspec = _fsspec(address)
    try:
        files, top = fsspec.url_to_fs(address)
        info_by_path = {} if address.lower().startswith(_WEB_SCHEMES) else files.find(top, detail=True)
        if not info_by_path:
            info_by_path = {top: files.info(top)}
    except Exception as error:  # noqa: BLE001 - each service raises its own classes
        raise NothingToScanError(
            Phrase(
                "{address} cannot be opened ({reason}); check the address and your access to it.",
                address=address,
                reason=_reason(error),
            )
        ) from None
    root = top.rstrip("/")
    for path in sorted(info_by_path):
        below = path.removeprefix(root).lstrip("/")
        name = address if not below else files.unstrip_protocol(path)
        inside = address.rstrip("/")
        accepted = selection.accepts_nested(below, inside) if below else selection.accepts(root.rpartition("/")[2])
        if accepted and selection.is_new(name):
            yield RemoteFile(name, _stamp_of(info_by_path[path]))


def _fsspec(address: str) -> ModuleType:
    try:
        import fsspec
    except ModuleNotFoundError:
        raise NothingToScanError(
            Phrase(
                "{address} needs fsspec; install this program with its extra: artifact-check[cluster].", address=address
            )
        ) from None
    module: ModuleType = fsspec
    return module


def _fetch_stamp(address: str) -> str:
    import fsspec

    try:
        files, path = fsspec.url_to_fs(address)
        return _stamp_of(files.info(path))
    except Exception:  # noqa: BLE001 - the error shows when the file is read
        return ""


def _stamp_of(info: dict[str, Any]) -> str:
    versions = [str(info[key]) for key in _VERSION_KEYS if info.get(key)]
    return f"{info.get('size')} {versions[0]}" if versions else ""


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
