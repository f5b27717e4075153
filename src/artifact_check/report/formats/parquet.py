"""Parquet: one row per photo in typed columns, written in groups so that memory stays bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from artifact_check.errors import OutputError
from artifact_check.report.format import PLAIN, Context, Format
from artifact_check.report.summary import Summary
from artifact_check.report.text import is_known

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from artifact_check.results import PhotoReport

_ROWS = 1000  # per row group, which is held in memory
_PATHS = ("path", "copy_of", "similar_to")
_TEXTS = (*_PATHS, "sha256", "phash", "model", "status", "message", "verdict", "generator")
_NUMBERS = ("p_ai", "p_ai_low", "p_ai_high")


def write(reports: Iterable[PhotoReport], out: TextIO, _context: Context = PLAIN) -> Summary:
    """Write to the binary buffer of `out`.

    Raises:
        OutputError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ModuleNotFoundError:
        raise OutputError("Parquet needs pyarrow. Install artifact-check[cluster].") from None
    schema = _schema(pa)
    summary, rows = Summary(), []
    with parquet.ParquetWriter(out.buffer, schema, compression="zstd") as writer:
        for report in reports:
            rows.append(_row(report))
            summary = summary.plus(report)
            if len(rows) == _ROWS:
                writer.write_table(pa.Table.from_pylist(rows, schema))
                rows = []
        if rows:
            writer.write_table(pa.Table.from_pylist(rows, schema))
    return summary


def _schema(pa: Any) -> Any:  # noqa: ANN401 - a module imported late
    text, number, whole = pa.string(), pa.float64(), pa.int32()
    declaration = pa.struct({"kind": text, "says": text, "trust": text, "detail": text, "generator": text})
    cue = pa.struct({"status": text, "reason": text, "score": number, "contribution": number, "summary": text})
    facts = {"width": whole, "height": whole, "format": text, "faces": whole, "face_width": number, "iod": number}
    return pa.schema(
        {
            **dict.fromkeys(_TEXTS, text),
            **dict.fromkeys(_NUMBERS, number),
            "authenticity": whole,
            "provenance": pa.list_(declaration),
            "platforms": pa.list_(text),
            "advice": pa.list_(text),
            "photo": pa.struct({**facts, "jpeg_quality": whole, "megapixels": number}),
            "cues": pa.map_(text, cue),
            "measures": pa.map_(text, number),
        }
    )


def _row(report: PhotoReport) -> dict[str, Any]:
    values = report.to_dict(pass_on=True)
    # File names may contain bytes that are not valid text, which Parquet strings cannot hold.
    values |= {key: values[key] and values[key].encode("utf-8", "backslashreplace").decode() for key in _PATHS}
    # As tuples instead of dicts, because a thousand rows would otherwise hold a million objects.
    values["measures"] = [(m.key, m.value if is_known(m.value) else None) for cue in report.cues for m in cue.measures]
    values["cues"] = [(cue["name"], {**cue, "measures": None}) for cue in values["cues"]]
    return values


FORMAT = Format("parquet", write, binary=True)
