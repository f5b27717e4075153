"""What scans have found, kept in one SQLite file, so that the next scan does only what is new.

`reports` holds one row for each content (sha256) and maker (model, program version and trust list) with the report as
JSON; `photos` says which path had which content. Each photo is one transaction: whatever ends a scan, every row is
whole. Several scans may write to one store at once.
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

_APPLICATION = 0x41434B53  # "ACKS", by which `file` and we know such a file
_SCHEMA = 2
_TABLES = """
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
    PRIMARY KEY (made_with, key)
);
"""
_FAST = 1  # of zlib's levels
_SECONDS_TO_WAIT = 60  # for another scan's transaction, which takes milliseconds


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of a path: the version and the content that it had, and whether there is a report of that.

    `pictured` says whether the report brings its pictures along; None if there is no report.
    """

    version: str | None
    sha256: str | None
    pictured: bool | None


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What reports with pictures draw on: the part around the face, and each cue's evidence."""

    portrait: Box | None
    evidence: dict[str, tuple[Evidence, ...]]


class Store:
    """The store in a file; what is added to it and looked up is of one maker (see `Setup.fingerprint`).

    Raises:
        StoreError: the file is no store, cannot be opened or written, or a row of it is damaged; from every method.
    """

    def __init__(self, path: Path, made_with: str = "") -> None:
        self._path = path
        self._made_with = made_with
        self._measures: dict[str, dict[str, dict[str, str]]] = {}
        with self._plain_errors():
            self._db = sqlite3.connect(path, timeout=_SECONDS_TO_WAIT, isolation_level=None)
            self._db.text_factory = lambda data: data.decode("utf-8", "surrogatepass")
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def known(self, path: str) -> Known | None:
        """What is known of the path, if it was checked by this maker."""
        row = self._one(
            "SELECT version, sha256, pictured FROM photos LEFT JOIN reports USING (sha256, made_with) "
            "WHERE path = CAST(? AS TEXT) AND made_with = ?",
            (_encoded(path), self._made_with),
        )
        return None if row is None else Known(*row)

    def has(self, sha256: str, *, pictured: bool) -> bool:
        """Whether there is a report of that content; with `pictured`, one that brings its pictures along."""
        query = "SELECT 1 FROM reports WHERE sha256 = ? AND made_with = ? AND pictured >= ?"
        return self._one(query, (sha256, self._made_with, pictured)) is not None

    def add(self, report: PhotoReport, version: str | None, *, pictured: bool) -> None:
        """Keep a report, in one transaction; where a photo could not be read or checked, for its path alone."""
        with self._plain_errors(), self._transaction():
            self._keep_sentences(report)
            if report.sha256 is None:
                self._place(report.path, None, None, problem=_json(report))
            else:
                self._keep(report, report.sha256, pictured=pictured)
                self._place(report.path, version, report.sha256)

    def add_path(self, path: str, version: str | None, sha256: str) -> None:
        """Say that a path has a content of which there is a report."""
        with self._plain_errors():
            self._place(path, version, sha256)

    def report(self, path: str, sha256: str, *, pictured: bool) -> PhotoReport | None:
        """Give the report of that content, as one of the photo at `path`; None if there is none, or no pictures."""
        row = self._one(
            "SELECT CAST(report AS BLOB), thumbnail, preview, drawn, made_with FROM reports "
            "WHERE sha256 = ? AND made_with = ? AND pictured >= ?",
            (sha256, self._made_with, pictured),
        )
        return None if row is None else self._restored(path, *row)

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def reports(self) -> Iterator[PhotoReport]:
        """All photos in the order in which they were first met, with what was found last, by whatever maker."""
        query = (
            "SELECT path, problem, CAST(report AS BLOB), thumbnail, preview, drawn, photos.made_with FROM photos "
            "LEFT JOIN reports ON reports.sha256 = photos.sha256 AND reports.made_with = photos.made_with "
            "ORDER BY number"
        )
        with self._plain_errors():
            for path, problem, *row in self._db.execute(query):
                if problem:
                    yield self._restored(path, problem, None, None, None, row[-1])
                else:
                    yield self._restored(path, *row)

    def _prepare(self) -> None:
        self._is_new()  # before anything is written: another program's database is left as it is
        self._db.execute("PRAGMA journal_mode = WAL")
        # With the log ahead, a killed process loses nothing; a power cut may lose the last photos, never a row's parts.
        self._db.execute("PRAGMA synchronous = NORMAL")
        with self._transaction():
            if self._is_new():
                for statement in _TABLES.split(";"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA application_id = {_APPLICATION}")
                self._db.execute(f"PRAGMA user_version = {_SCHEMA}")

    def _is_new(self) -> bool:
        application, schema = (self._one(f"PRAGMA {name}", ())[0] for name in ("application_id", "user_version"))
        if (application, schema) == (0, 0) and self._one("SELECT count(*) FROM sqlite_master", ())[0] == 0:
            return True
        if (application, schema) != (_APPLICATION, _SCHEMA):
            raise StoreError(f"{self._path} is not a store that this version made; name another file.")
        return False

    def _keep(self, report: PhotoReport, sha256: str, *, pictured: bool) -> None:
        if self.has(sha256, pictured=pictured):  # another scan was quicker
            return
        drawn = _Drawn(report.portrait, {cue.name: cue.evidence for cue in report.cues})
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
                _json(report),
                pictured,
                report.thumbnail if pictured else None,
                report.preview if pictured else None,
                zlib.compress(msgspec.json.encode(drawn, enc_hook=float), _FAST) if pictured else None,
            ),
        )

    def _place(self, path: str, version: str | None, sha256: str | None, *, problem: str | None = None) -> None:
        self._db.execute(
            "INSERT INTO photos (path, version, made_with, sha256, problem) VALUES (CAST(? AS TEXT), ?, ?, ?, ?) "
            "ON CONFLICT (path) DO UPDATE SET version = excluded.version, made_with = excluded.made_with, "
            "sha256 = excluded.sha256, problem = excluded.problem",
            (_encoded(path), version, self._made_with, sha256, problem),
        )

    def _keep_sentences(self, report: PhotoReport) -> None:
        """Keep once what each measure means: it is the same in every report of one maker, and longer than the rest."""
        known = self._measures_of(self._made_with)
        new = [measure for cue in report.cues for measure in cue.measures if measure.key not in known]
        self._db.executemany(
            "INSERT OR IGNORE INTO measures VALUES (?, ?, ?, ?)",
            [(self._made_with, m.key, m.suggests, m.sentence) for m in new],
        )
        known.update({m.key: {"suggests": m.suggests, "sentence": m.sentence} for m in new})

    def _measures_of(self, made_with: str) -> dict[str, dict[str, str]]:
        if made_with not in self._measures:
            rows = self._db.execute("SELECT key, suggests, sentence FROM measures WHERE made_with = ?", (made_with,))
            self._measures[made_with] = {key: {"suggests": s, "sentence": sentence} for key, s, sentence in rows}
        return self._measures[made_with]

    def _restored(
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
                _add_sentences(values, self._measures_of(made_with))
            except KeyError:  # another scan may have kept them since they were read
                del self._measures[made_with]
                _add_sentences(values, self._measures_of(made_with))
            values |= {"path": path, "thumbnail": thumbnail, "preview": preview}
            restored = msgspec.convert(values, PhotoReport)
            return restored if drawn is None else _with_drawn(restored, drawn)
        except (msgspec.MsgspecError, zlib.error, KeyError, TypeError) as error:
            raise StoreError(
                f"{self._path}: the report of {path} is damaged ({type(error).__name__}); scan anew into another store."
            ) from None

    def _one(self, query: str, values: tuple[object, ...]) -> Any:  # noqa: ANN401 - a row, as sqlite3 types it
        with self._plain_errors():
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
    def _plain_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"{self._path} cannot be used as a store: {error}.") from error


def _add_sentences(values: dict[str, Any], measures: Mapping[str, Mapping[str, str]]) -> None:
    for cue in values["cues"]:
        for measure in cue["measures"]:
            measure.update(measures[measure["key"]])


def _encoded(path: str) -> bytes:
    """Encode a path whose undecodable bytes Python keeps as lone surrogates, which SQLite's own texts cannot hold."""
    return path.encode("utf-8", "surrogatepass")


def _json(report: PhotoReport) -> str:
    return msgspec.json.encode(replace(report, path="").to_dict()).decode()


def _with_drawn(report: PhotoReport, drawn: bytes) -> PhotoReport:
    kept = msgspec.json.decode(zlib.decompress(drawn), type=_Drawn)
    cues = tuple(replace(cue, evidence=kept.evidence[cue.name]) for cue in report.cues)
    return replace(report, portrait=kept.portrait, cues=cues)
