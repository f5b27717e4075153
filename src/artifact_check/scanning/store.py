"""Stores reports in one SQLite file, so that the next scan checks only new photos.

`reports` has one row per content (sha256) and maker (model, program version and trust list), with the report as JSON.
`photos` records the content of each path. `measures` holds texts that all reports of one maker share. Each photo is
one transaction, so an interrupted scan leaves no partial rows. Several scans may write to one store at the same time.
"""

from __future__ import annotations

import sqlite3
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import msgspec

from artifact_check.errors import StoreError
from artifact_check.results import Box, Evidence, PhotoReport

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_APPLICATION_ID = 0x41434B53  # "ACKS"; identifies a store, also to the command `file`
_SCHEMA = 3
_WITHOUT_NAMES = 2  # the schema of versions whose measures had no names
_NAMES = ("name TEXT NOT NULL DEFAULT ''", "scale TEXT NOT NULL DEFAULT 'amount'")
_TABLES = f"""
CREATE TABLE reports (
    sha256 TEXT NOT NULL,
    made_with TEXT NOT NULL,
    model TEXT,
    status TEXT NOT NULL,
    verdict TEXT,
    p_ai REAL,
    p_ai_low REAL,
    p_ai_high REAL,
    authenticity INTEGER,
    declares_ai INTEGER NOT NULL,
    report TEXT NOT NULL,
    pictured INTEGER NOT NULL,
    thumbnail BLOB,
    preview BLOB,
    drawn BLOB,
    PRIMARY KEY (sha256, made_with)
);
CREATE TABLE photos (
    number INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    version TEXT,
    made_with TEXT NOT NULL,
    sha256 TEXT,
    problem TEXT
);
CREATE TABLE measures (
    made_with TEXT NOT NULL,
    key TEXT NOT NULL,
    suggests TEXT NOT NULL,
    sentence TEXT NOT NULL,
    {_NAMES[0]},
    {_NAMES[1]},
    PRIMARY KEY (made_with, key)
);
"""
_TEXTS = ("suggests", "sentence", "name", "scale")  # of a measure, beside what each report says of it
_COMPRESSION_LEVEL = 1  # zlib's fastest
_LOCK_TIMEOUT = 60  # seconds to wait for another scan's transaction, which takes milliseconds


@dataclass(frozen=True, slots=True)
class PhotoRecord:
    """What the store holds about a path: its version and content when it was checked.

    `has_pictures` says whether the report of that content includes pictures; None if there is no report.
    """

    version: str | None
    sha256: str | None
    has_pictures: bool | None


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What pictures in reports are drawn from: the portrait box and each cue's evidence."""

    portrait: Box | None
    evidence: dict[str, tuple[Evidence, ...]]


class Store:
    """A store in a file. Reports are added and looked up for one maker (see `Setup.fingerprint`).

    Raises:
        StoreError: the file is not a store, cannot be opened or written, or a row is damaged. Every method may raise
            this.
    """

    def __init__(self, path: Path, made_with: str = "") -> None:
        self._path = path
        self._made_with = made_with
        self._measures: dict[str, dict[str, dict[str, str]]] = {}
        with self._store_errors():
            self._db = sqlite3.connect(path, timeout=_LOCK_TIMEOUT, isolation_level=None)
            self._db.text_factory = lambda data: data.decode("utf-8", "surrogatepass")
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def record(self, path: str) -> PhotoRecord | None:
        """Look up a path; None if this maker has not checked it."""
        row = self._fetch_row(
            "SELECT version, sha256, pictured FROM photos LEFT JOIN reports USING (sha256, made_with) "
            "WHERE path = CAST(? AS TEXT) AND made_with = ?",
            (_encode_path(path), self._made_with),
        )
        return None if row is None else PhotoRecord(*row)

    def has(self, sha256: str, *, with_pictures: bool) -> bool:
        """Whether there is a report of that content; with `with_pictures`, one that includes pictures."""
        query = "SELECT 1 FROM reports WHERE sha256 = ? AND made_with = ? AND pictured >= ?"
        return self._fetch_row(query, (sha256, self._made_with, with_pictures)) is not None

    def add(self, report: PhotoReport, version: str | None, *, with_pictures: bool) -> None:
        """Store a report in one transaction. If the photo could not be read or checked, it is stored by path only."""
        with self._store_errors(), self._transaction():
            self._insert_measures(report)
            if report.sha256 is None:
                self._update_photo(report.path, None, None, problem=_to_json(report))
            else:
                self._insert_report(report, report.sha256, with_pictures=with_pictures)
                self._update_photo(report.path, version, report.sha256)

    def add_path(self, path: str, version: str | None, sha256: str) -> None:
        """Record that a path has a content whose report is already stored."""
        with self._store_errors():
            self._update_photo(path, version, sha256)

    def report(self, path: str, sha256: str, *, with_pictures: bool) -> PhotoReport | None:
        """Return the report of that content, for the photo at `path`; None if there is none.

        With `with_pictures`, a report without pictures counts as none.
        """
        row = self._fetch_row(
            "SELECT CAST(report AS BLOB), thumbnail, preview, drawn, made_with FROM reports "
            "WHERE sha256 = ? AND made_with = ? AND pictured >= ?",
            (sha256, self._made_with, with_pictures),
        )
        return None if row is None else self._restore(path, *row)

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def reports(self) -> Iterator[PhotoReport]:
        """Yield the latest report of each photo, by any maker, in the order in which photos were first added."""
        query = (
            "SELECT path, problem, CAST(report AS BLOB), thumbnail, preview, drawn, photos.made_with FROM photos "
            "LEFT JOIN reports ON reports.sha256 = photos.sha256 AND reports.made_with = photos.made_with "
            "ORDER BY number"
        )
        with self._store_errors():
            for path, problem, *row in self._db.execute(query):
                if problem:
                    yield self._restore(path, problem, None, None, None, row[-1])
                else:
                    yield self._restore(path, *row)

    def _prepare(self) -> None:
        self._is_new()  # first, so that another program's database is not changed
        self._db.execute("PRAGMA journal_mode = WAL")
        # With WAL, a killed process loses nothing. A power cut may lose the last photos, but leaves no partial rows.
        self._db.execute("PRAGMA synchronous = NORMAL")
        with self._transaction():
            if self._is_new():
                for statement in _TABLES.split(";"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            elif self._fetch_row("PRAGMA user_version", ())[0] == _WITHOUT_NAMES:
                for column in _NAMES:
                    self._db.execute(f"ALTER TABLE measures ADD COLUMN {column}")
            self._db.execute(f"PRAGMA user_version = {_SCHEMA}")

    def _is_new(self) -> bool:
        application, schema = (self._fetch_row(f"PRAGMA {name}", ())[0] for name in ("application_id", "user_version"))
        if (application, schema) == (0, 0) and self._fetch_row("SELECT count(*) FROM sqlite_master", ())[0] == 0:
            return True
        if application != _APPLICATION_ID or schema not in {_WITHOUT_NAMES, _SCHEMA}:
            raise StoreError(f"{self._path} is not a store of this version; use another file.")
        return False

    def _insert_report(self, report: PhotoReport, sha256: str, *, with_pictures: bool) -> None:
        if self.has(sha256, with_pictures=with_pictures):  # another scan was faster
            return
        drawing = _Drawing(report.portrait, {cue.name: cue.evidence for cue in report.cues})
        declares_ai = any(declared.says == "ai_generated" for declared in report.provenance)
        self._db.execute(
            "INSERT OR REPLACE INTO reports VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                sha256,
                self._made_with,
                report.model,
                report.status,
                report.verdict,
                report.p_ai,
                report.p_ai_low,
                report.p_ai_high,
                report.authenticity,
                declares_ai,
                _to_json(report),
                with_pictures,
                report.thumbnail if with_pictures else None,
                report.preview if with_pictures else None,
                zlib.compress(msgspec.json.encode(drawing, enc_hook=float), _COMPRESSION_LEVEL)
                if with_pictures
                else None,
            ),
        )

    def _update_photo(self, path: str, version: str | None, sha256: str | None, *, problem: str | None = None) -> None:
        self._db.execute(
            "INSERT INTO photos (path, version, made_with, sha256, problem) VALUES (CAST(? AS TEXT), ?, ?, ?, ?) "
            "ON CONFLICT (path) DO UPDATE SET version = excluded.version, made_with = excluded.made_with, "
            "sha256 = excluded.sha256, problem = excluded.problem",
            (_encode_path(path), version, self._made_with, sha256, problem),
        )

    def _insert_measures(self, report: PhotoReport) -> None:
        """Store each measure's texts once per maker: they are the same in every report and take most of the space."""
        stored = self._measures_of(self._made_with)
        new = [measure for cue in report.cues for measure in cue.measures if measure.key not in stored]
        self._db.executemany(
            "INSERT OR IGNORE INTO measures VALUES (?, ?, ?, ?, ?, ?)",
            [(self._made_with, m.key, *(getattr(m, text) for text in _TEXTS)) for m in new],
        )
        stored.update({m.key: {text: getattr(m, text) for text in _TEXTS} for m in new})

    def _measures_of(self, made_with: str) -> dict[str, dict[str, str]]:
        if made_with not in self._measures:
            query = "SELECT key, suggests, sentence, name, scale FROM measures WHERE made_with = ?"
            rows = self._db.execute(query, (made_with,))
            self._measures[made_with] = {key: dict(zip(_TEXTS, texts, strict=True)) for key, *texts in rows}
        return self._measures[made_with]

    def _restore(
        self,
        path: str,
        report: str | bytes,
        thumbnail: bytes | None,
        preview: bytes | None,
        drawn: bytes | None,
        made_with: str,
    ) -> PhotoReport:
        try:
            values = msgspec.json.decode(report)
            try:
                _add_texts(values, self._measures_of(made_with))
            except KeyError:  # another scan may have added measures since they were read
                del self._measures[made_with]
                _add_texts(values, self._measures_of(made_with))
            values |= {"path": path, "thumbnail": thumbnail, "preview": preview}
            restored = msgspec.convert(values, PhotoReport)
            return restored if drawn is None else _add_drawing(restored, drawn)
        except (msgspec.MsgspecError, zlib.error, KeyError, TypeError) as error:
            raise StoreError(
                f"{self._path}: the report of {path} is damaged ({type(error).__name__}); scan again into a new store."
            ) from None

    def _fetch_row(self, query: str, values: tuple[object, ...]) -> Any:  # noqa: ANN401 - a row, as sqlite3 types it
        with self._store_errors():
            return self._db.execute(query, values).fetchone()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.rollback()
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def _store_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"{self._path} cannot be used as a store: {error}.") from error


def _add_texts(values: dict[str, Any], measures: Mapping[str, Mapping[str, str]]) -> None:
    for cue in values["cues"]:
        for measure in cue["measures"]:
            measure.update(measures[measure["key"]])


def _encode_path(path: str) -> bytes:
    """Encode a path. Python represents undecodable bytes as lone surrogates, which SQLite's text cannot hold."""
    return path.encode("utf-8", "surrogatepass")


def _to_json(report: PhotoReport) -> str:
    values = replace(report, path="").to_dict()
    for cue in values["cues"]:
        for measure in cue["measures"]:
            del measure["name"]  # stands in the table of measures
    return msgspec.json.encode(values).decode()


def _add_drawing(report: PhotoReport, drawn: bytes) -> PhotoReport:
    drawing = msgspec.json.decode(zlib.decompress(drawn), type=_Drawing)
    cues = tuple(replace(cue, evidence=drawing.evidence[cue.name]) for cue in report.cues)
    return replace(report, portrait=drawing.portrait, cues=cues)
