"""Photos at an address that fsspec knows (s3://, gs://, https://, ...), read into memory without temporary files.

Credentials and endpoints come from fsspec's configuration and the services' own (such as AWS_PROFILE).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from artifact_check.errors import NothingToScanError, UnreadableError
from artifact_check.sources.selection import is_photo
from artifact_check.sources.source import MAX_BYTES, require_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from artifact_check.sources.selection import Selection

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*(://|::)", re.IGNORECASE)
_WEB = ("http://", "https://")
# What tells that a file is another, by the names that the file systems use.
_VERSIONS = ("ETag", "etag", "md5Hash", "content_md5", "mtime", "LastModified", "last_modified", "updated", "CRC")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file at an address; `stamp` is what is known of its version, "" if nothing, None if nobody has looked."""

    address: str
    stamp: str | None
    at_hand: ClassVar[bool] = False

    @property
    def name(self) -> str:
        return self.address

    def version(self) -> str | None:
        stamp = _looked_up(self.address) if self.stamp is None else self.stamp
        return stamp or None

    def read(self) -> bytes:
        import fsspec

        try:
            files, path = fsspec.url_to_fs(self.address)
            with files.open(path, "rb", cache_type="none") as stream:
                data: bytes = stream.read(MAX_BYTES + 1)
        except Exception as error:  # noqa: BLE001 - each service raises its own classes; one photo must not end the scan
            raise UnreadableError(f"The photo cannot be fetched ({_reason(error)}); try again later.") from None
        require_bytes(len(data))
        return data


def is_address(text: str) -> bool:
    return _ADDRESS.match(text) is not None


def names_photo(text: str) -> bool:
    """Whether a text is an address of one photo by its own words, so that it need not be looked up."""
    return is_address(text) and (is_photo(text) or text.lower().startswith(_WEB))


def file_at(address: str, selection: Selection) -> Iterator[RemoteFile]:
    """Take a photo at an address, unless it is excluded or has come before; reading it will tell whether it is there.

    Raises:
        NothingToScanError: fsspec is missing.
    """
    _fsspec(address)
    if selection.takes(address.rpartition("/")[2]) and selection.is_new(address):
        yield RemoteFile(address, None)


def files_at(address: str, selection: Selection) -> Iterator[RemoteFile]:
    """Find the photos at an address: one file, or all below it, by name; web addresses (https) name one file.

    Raises:
        NothingToScanError: fsspec or what it needs for the address is missing, or the address cannot be listed.
    """
    fsspec = _fsspec(address)
    try:
        files, top = fsspec.url_to_fs(address)
        found = {} if address.lower().startswith(_WEB) else files.find(top, detail=True)
        if not found:
            found = {top: files.info(top)}
    except Exception as error:  # noqa: BLE001 - each service raises its own classes
        raise NothingToScanError(f"{address} cannot be opened: {_reason(error)}.") from None
    given = top.rstrip("/")
    for path in sorted(found):
        below = path.removeprefix(given).lstrip("/")
        name = address if not below else files.unstrip_protocol(path)
        taken = selection.takes_inside(below) if below else selection.takes(given.rpartition("/")[2])
        if taken and selection.is_new(name):
            yield RemoteFile(name, _stamp(found[path]))


def _fsspec(address: str) -> ModuleType:
    try:
        import fsspec
    except ModuleNotFoundError:
        raise NothingToScanError(
            f"{address} needs fsspec; install this program with its extra: artifact-check[cluster]."
        ) from None
    module: ModuleType = fsspec
    return module


def _looked_up(address: str) -> str:
    import fsspec

    try:
        files, path = fsspec.url_to_fs(address)
        return _stamp(files.info(path))
    except Exception:  # noqa: BLE001 - what is wrong is told when it is read
        return ""


def _stamp(info: dict[str, Any]) -> str:
    known = [str(info[key]) for key in _VERSIONS if info.get(key)]
    return f"{info.get('size')} {known[0]}" if known else ""


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
