"""Stores reports in one SQLite file, so that the next scan checks only new photos.

`reports` has one row per content and maker (model, program version and trust list), with the report as JSON. A content
is the digest of a photo's bytes, followed by that of the Content Credentials beside it, if there are any (`content`).
`photos` records the content of each path, and the last scan that found it. `measures` holds texts that all reports of
one maker share. Each photo is one transaction, so an interrupted scan leaves no partial rows. Several scans may write
to one store at the same time.
"""

from __future__ import annotations

import functools
import hashlib
import os
import sqlite3
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Self, TypeVar

import msgspec

from artifact_check.errors import StoreError
from artifact_check.phrase import Phrase
from artifact_check.results import Box, CueResult, Evidence, MeasureResult, PhotoReport, StoredMeasures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
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
# Columns that version 1.0.0 did not have. It still reads and fills the table: it names its columns.
_ADDED_COLUMNS = "ALTER TABLE photos ADD COLUMN scan INTEGER NOT NULL DEFAULT 0"
_TEXTS = ("suggests", "sentence", "name", "scale")  # of a measure, beside what each report says of it
_T = TypeVar("_T")
_COMPRESSION_LEVEL = 1  # zlib's fastest
_LOCK_TIMEOUT = 60  # seconds to wait for another scan's transaction, which takes milliseconds


@dataclass(frozen=True, slots=True)
class PhotoRecord:
    """What the store holds about a path: its version and content when it was checked.

    `is_found` says whether the present scan has already found it. `has_pictures` says whether the report of that
    content includes pictures; None if there is no report.
    """

    version: str | None
    content: str | None
    is_found: bool
    has_pictures: bool | None


@dataclass(frozen=True, slots=True)
class _StoredCue(CueResult):
    """A cue's result whose measures are still JSON: decoding them takes longer than all the rest."""

    measures: msgspec.Raw  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class _StoredReport(PhotoReport):
    """A report with the templates and fields of its texts, by text; earlier versions kept none."""

    cues: tuple[_StoredCue, ...] = ()
    phrases: dict[str, Any] = field(default_factory=dict)


_DECODER = msgspec.json.Decoder(_StoredReport)


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What pictures in reports are drawn from: the portrait box and each cue's evidence."""

    portrait: Box | None
    evidence: dict[str, tuple[Evidence, ...]]


def content(sha256: str, credentials: bytes) -> str:
    """Name the content of a photo with this digest, and with these Content Credentials beside it."""
    return f"{sha256}+{hashlib.sha256(credentials).hexdigest()}" if credentials else sha256


class Store:
    """A store in a file. Reports are added and looked up for one maker (see `Setup.fingerprint`).

    `unchanged` counts photos of the present scan whose report of an earlier one still holds.

    With `read_only`, the file may be on read-only media; then reports can only be read.

    Raises:
        StoreError: the file is not a store, cannot be opened or written, or a row is damaged. Every method may raise
            this.
    """

    def __init__(self, path: Path, made_with: str = "", *, read_only: bool = False) -> None:
        self._path = path
        self._made_with = made_with
        self._measures: dict[str, dict[str, dict[str, str]]] = {}
        self._scan = 0
        self.unchanged = 0
        can_be_written = _can_be_written(path)
        if not (can_be_written or read_only):
            raise StoreError(
                f"{path} cannot be written: it or its folder is read-only, or the folder does not exist. Name a store "
                "elsewhere; `artifact-check report` can read one where it is."
            )
        with self._store_errors():
            self._db = self._connect() if can_be_written else self._connect_read_only()
            self._db.text_factory = lambda data: data.decode("utf-8", "surrogatepass")
            try:
                if read_only:
                    self._require_filled()
                if can_be_written:
                    self._prepare()
                else:
                    self._prepare_read_only()
            except BaseException:
                self._db.close()
                raise

    def begin_scan(self, paths: Iterable[str]) -> None:
        """Note that a new scan has found these paths. What it adds later is also noted as found by it."""
        with self._store_errors(), self._transaction():
            self._scan = self._last_scan() + 1
            self._db.executemany(
                "UPDATE photos SET scan = ? WHERE path = CAST(? AS TEXT)",
                ((self._scan, _encode_path(path)) for path in paths),
            )

    def record(self, path: str) -> PhotoRecord | None:
        """Look up a path; None if this maker has not checked it."""
        row = self._fetch_row(
            "SELECT version, sha256, scan >= ?, pictured FROM photos LEFT JOIN reports USING (sha256, made_with) "
            "WHERE path = CAST(? AS TEXT) AND made_with = ?",
            (self._scan, _encode_path(path), self._made_with),
        )
        return None if row is None else PhotoRecord(*row)

    def has(self, content: str, *, with_pictures: bool) -> bool:
        """Whether there is a report of that content; with `with_pictures`, one that includes pictures."""
        query = "SELECT 1 FROM reports WHERE sha256 = ? AND made_with = ? AND pictured >= ?"
        return self._fetch_row(query, (content, self._made_with, with_pictures)) is not None

    def add(self, report: PhotoReport, version: str | None, content: str | None, *, with_pictures: bool) -> None:
        """Store a report in one transaction; if there is no `content`, by path only, so that it is tried again."""
        with self._store_errors(), self._transaction():
            self._insert_measures(report)
            if content is None:
                self._update_photo(report.path, None, None, problem=_to_json(report))
            else:
                self._insert_report(report, content, with_pictures=with_pictures)
                self._update_photo(report.path, version, content)

    def add_path(self, path: str, version: str | None, content: str) -> None:
        """Record that a path has a content whose report is already stored."""
        with self._store_errors():
            self._update_photo(path, version, content)

    def report(self, path: str, content: str, *, with_pictures: bool) -> PhotoReport | None:
        """Return the report of that content, for the photo at `path`; None if there is none.

        With `with_pictures`, a report without pictures counts as none.
        """
        row = self._fetch_row(
            "SELECT CAST(report AS BLOB), thumbnail, preview, drawn, made_with FROM reports "
            "WHERE sha256 = ? AND made_with = ? AND pictured >= ?",
            (content, self._made_with, with_pictures),
        )
        return None if row is None else self._restore(path, *row)

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def reports(self, *, all_scans: bool = False) -> Iterator[PhotoReport]:
        """Yield the latest report, by any maker, of each photo that the last scan found; with `all_scans`, of each that
        any scan found. The order is that in which photos were first added.
        """
        query = (
            "SELECT path, problem, CAST(report AS BLOB), thumbnail, preview, drawn, photos.made_with FROM photos "
            "LEFT JOIN reports ON reports.sha256 = photos.sha256 AND reports.made_with = photos.made_with "
            "WHERE scan >= ? ORDER BY number"
        )
        with self._store_errors():
            for path, problem, *row in self._db.execute(query, (0 if all_scans else self._last_scan(),)):
                if problem:
                    yield self._restore(path, problem, None, None, None, row[-1])
                else:
                    yield self._restore(path, *row)

    def gone(self) -> int:
        """Count the photos that only scans before the last one found."""
        return int(self._fetch_row("SELECT count(*) FROM photos WHERE scan < ?", (self._last_scan(),))[0])

    def _last_scan(self) -> int:
        return int(self._fetch_row("SELECT coalesce(max(scan), 0) FROM photos", ())[0])

    def _has_scans(self) -> bool:
        """Whether photos have the column `scan`, which stores of version 1.0.0 get when they are first written to."""
        return self._fetch_row("SELECT 1 FROM pragma_table_info('photos') WHERE name = 'scan'", ()) is not None

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=_LOCK_TIMEOUT, isolation_level=None)

    def _connect_read_only(self) -> sqlite3.Connection:
        """Open a file that cannot be written, or in a folder that cannot: SQLite would put two files beside it."""
        address = self._path.absolute().as_uri()
        try:
            db = sqlite3.connect(f"{address}?mode=ro", uri=True, isolation_level=None)
            db.execute("PRAGMA user_version").fetchone()
        except sqlite3.OperationalError:
            unread = self._path.with_name(f"{self._path.name}-wal")
            if unread.exists() and unread.stat().st_size:
                raise StoreError(
                    f"{self._path} cannot be read where it is: a scan was interrupted and left results in {unread}. "
                    "Copy both files to a folder that can be written."
                ) from None
            db = sqlite3.connect(f"{address}?immutable=1", uri=True, isolation_level=None)
        return db

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
            if not self._has_scans():
                self._db.execute(_ADDED_COLUMNS)

    def _prepare_read_only(self) -> None:
        if not (self._is_new() or self._has_scans()):
            self._db.execute("CREATE TEMP VIEW photos AS SELECT *, 0 AS scan FROM main.photos")
        if self._fetch_row("PRAGMA user_version", ())[0] == _WITHOUT_NAMES:
            self._db.execute("CREATE TEMP VIEW measures AS SELECT *, '' AS name, 'amount' AS scale FROM main.measures")

    def _require_filled(self) -> None:
        if self._is_new():
            raise StoreError(f"{self._path} is empty, not a store; name one that `artifact-check scan --store` wrote.")

    def _is_new(self) -> bool:
        application, schema = (self._fetch_row(f"PRAGMA {name}", ())[0] for name in ("application_id", "user_version"))
        if (application, schema) == (0, 0) and self._fetch_row("SELECT count(*) FROM sqlite_master", ())[0] == 0:
            return True
        if application != _APPLICATION_ID or schema not in {_WITHOUT_NAMES, _SCHEMA}:
            raise StoreError(f"{self._path} is not a store of this version; use another file.")
        return False

    def _insert_report(self, report: PhotoReport, content: str, *, with_pictures: bool) -> None:
        if self.has(content, with_pictures=with_pictures):  # another scan was faster
            return
        drawing = _Drawing(report.portrait, {cue.name: cue.evidence for cue in report.cues})
        declares_ai = any(declared.says == "ai_generated" for declared in report.provenance)
        self._db.execute(
            "INSERT OR REPLACE INTO reports VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                content,
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

    def _update_photo(self, path: str, version: str | None, content: str | None, *, problem: str | None = None) -> None:
        self._db.execute(
            "INSERT INTO photos (path, version, made_with, sha256, problem, scan) "
            "VALUES (CAST(? AS TEXT), ?, ?, ?, ?, ?) "
            "ON CONFLICT (path) DO UPDATE SET version = excluded.version, made_with = excluded.made_with, "
            "sha256 = excluded.sha256, problem = excluded.problem, scan = max(scan, excluded.scan)",
            (_encode_path(path), version, self._made_with, content, problem, self._scan),
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
        if not self._measures.get(made_with):  # another scan may have added the first
            query = "SELECT key, suggests, sentence, name, scale FROM measures WHERE made_with = ?"
            with self._store_errors():
                rows = self._db.execute(query, (made_with,)).fetchall()
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
        with self._damage_told(path):
            stored = _DECODER.decode(report)
            self._measures_of(made_with)  # now, for they may be looked at when the store is closed
            phrases = {text: _unpack(packed) for text, packed in stored.phrases.items()}

            def phrase(text: str) -> str:
                return phrases.get(text, text)

            cues = tuple(
                _as(
                    CueResult,
                    cue,
                    reason=cue.reason and phrase(cue.reason),
                    summary=phrase(cue.summary),
                    title=cue.title or cue.name.capitalize(),  # earlier versions told no titles
                    measures=self._measures_in(cue.measures, path, made_with),
                )
                for cue in stored.cues
            )
            restored = _as(
                PhotoReport,
                stored,
                path=path,
                message=stored.message and phrase(stored.message),
                good_for=stored.good_for and phrase(stored.good_for),
                advice=tuple(map(phrase, stored.advice)),
                platforms=tuple(map(phrase, stored.platforms)),
                provenance=tuple(replace(d, detail=phrase(d.detail)) for d in stored.provenance),
                cues=cues,
                thumbnail=thumbnail,
                preview=preview,
            )
            return restored if drawn is None else _add_drawing(restored, drawn)

    def _measures_in(self, json: msgspec.Raw, path: str, made_with: str) -> Sequence[MeasureResult]:
        decode = functools.partial(self._decode_measures, json, path, made_with)
        # Earlier versions kept the names in the table of measures only.
        return StoredMeasures(json, decode) if b'"name":' in bytes(json) else decode()

    def _decode_measures(self, json: msgspec.Raw, path: str, made_with: str) -> tuple[MeasureResult, ...]:
        with self._damage_told(path):
            values = msgspec.json.decode(json, type=list[dict[str, Any]])
            if any(measure["key"] not in self._measures_of(made_with) for measure in values):
                del self._measures[made_with]  # another scan may have added measures since they were read
            texts = self._measures_of(made_with)
            return msgspec.convert([each | texts[each["key"]] for each in values], tuple[MeasureResult, ...])

    @contextmanager
    def _damage_told(self, path: str) -> Iterator[None]:
        try:
            yield
        except (msgspec.MsgspecError, zlib.error, KeyError, TypeError, ValueError) as error:
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


def _can_be_written(path: Path) -> bool:
    """Whether a store at `path` can be written or made: SQLite also writes beside the file."""
    folder = path.absolute().parent
    return os.access(folder, os.W_OK) and (os.access(path, os.W_OK) or not os.access(path, os.F_OK))


def _encode_path(path: str) -> bytes:
    """Encode a path. Python represents undecodable bytes as lone surrogates, which SQLite's text cannot hold."""
    return path.encode("utf-8", "surrogatepass")


def _to_json(report: PhotoReport) -> str:
    values = replace(report, path="").to_dict()
    values["phrases"] = {str(text): _pack(text) for text in _texts(report) if isinstance(text, Phrase)}
    return msgspec.json.encode(values).decode()


def _texts(report: PhotoReport) -> Iterator[str | None]:
    """Yield the texts of a report that may be phrases."""
    yield from (report.message, report.good_for, *report.advice, *report.platforms)
    yield from (declared.detail for declared in report.provenance)
    for cue in report.cues:
        yield from (cue.reason, cue.summary)


def _pack(text: str) -> Any:  # noqa: ANN401 - a text, or a template and packed fields
    return [text.template, {k: _pack(v) for k, v in text.fields.items()}] if isinstance(text, Phrase) else text


def _unpack(packed: Any) -> str:  # noqa: ANN401
    if isinstance(packed, str):
        return packed
    template, fields = packed
    return Phrase(template, **{name: _unpack(field) for name, field in fields.items()})


def _as(wanted: type[_T], stored: _T, **changes: object) -> _T:
    """Make a result of the wanted class from one of a class below it."""
    values = {field.name: getattr(stored, field.name) for field in fields(wanted)}  # type: ignore[arg-type]
    return wanted(**values | changes)


def _add_drawing(report: PhotoReport, drawn: bytes) -> PhotoReport:
    drawing = msgspec.json.decode(zlib.decompress(drawn), type=_Drawing)
    cues = tuple(replace(cue, evidence=drawing.evidence[cue.name]) for cue in report.cues)
    return replace(report, portrait=drawing.portrait, cues=cues)
