"""Coverage-guided fuzzing of each parser that reads strangers' metadata, with atheris (`pip install atheris`).

    python -m tests.fuzz.parsers PARSER [libFuzzer's options, such as -max_total_time=600]

A parser may refuse bytes with an error that it is known to raise (`REFUSALS`); anything else is a finding, and so are
more than 5 seconds or 1 GB for one input. Without a name the parsers are listed.
"""

from __future__ import annotations

import sys
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["artifact_check.provenance", "artifact_check.results", "defusedxml"]):
    from artifact_check.provenance import bounded_json, comfyui_graph, container, stealth_alpha, tiff
    from artifact_check.provenance.readers import content_credentials, exif, generator_text, iptc, xmp

from tests.fuzz.seeds import GRAPH, SETTINGS, seeds

# What says "this is none of mine": ValueError covers Unicode, JSON and a picture that Pillow knows to be damaged.
REFUSALS = (ValueError, SyntaxError, zlib.error, OSError)
EMPTY = container.Container(b"", "JPEG", (), None, None, ())
ADDRESS = (
    b"<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:t='http://purl.org/dc/terms/'>"
    b"<r:Description t:provenance='https://b.example/c'><t:provenance>http://d</t:provenance></r:Description></r:RDF>"
)
LIMITS = ("-timeout=5", "-rss_limit_mb=1024", "-max_len=65536")


def _of_format(name: str) -> Callable[[bytes], object]:
    def parse(data: bytes) -> None:
        found = container.parse_container(data)
        if found.format == name:
            exif.read(found)
            xmp.read(found)

    return parse


def _texts(data: bytes) -> None:
    """Keyword and text by turns, as PNG has them."""
    parts = data.decode("utf-8", "replace").split("\0")
    pairs = zip(parts[::2], parts[1::2], strict=False)
    texts = tuple(container.Text("png_text", keyword, text) for keyword, text in pairs)
    generator_text.read(replace(EMPTY, texts=texts))


def _graph(data: bytes) -> None:
    graph = bounded_json.json_object(data.decode("utf-8", "replace"))
    comfyui_graph.trace(graph, {})
    comfyui_graph.trace({}, graph)


def _hidden(data: bytes) -> None:
    stealth_alpha.texts(container.parse_container(data))


def _declared(data: bytes) -> None:
    """The readers one by one, as `provenance.read` runs them, but for C2PA's own library."""
    found = container.parse_container(data)
    for reader in (xmp.read, iptc.read, exif.read, generator_text.read):
        reader(found)


PARSERS: dict[str, tuple[Callable[[bytes], object], str]] = {
    **{
        kind.lower(): (_of_format(kind), kind.lower())
        for kind in ("JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF", "GIF")
    },
    "exif": (lambda data: exif.read(replace(EMPTY, exif=tiff.Tiff(data))), ""),
    "iptc": (lambda data: iptc.read(replace(EMPTY, iptc=data)), ""),
    "xmp": (lambda data: xmp.read(replace(EMPTY, xmp=(data,))), ""),
    "addresses": (lambda data: content_credentials.read(replace(EMPTY, xmp=(data,))), ""),
    "texts": (_texts, ""),
    "graph": (_graph, ""),
    "hidden": (_hidden, "png"),
    "declared": (_declared, ""),
}


def _seeds_of(name: str) -> list[bytes]:
    kind = PARSERS[name][1]
    pictures = [data for key, data in seeds().items() if key.startswith(kind) and len(data) < 40_000]
    parts: dict[str, Callable[[container.Container], list[bytes | None]]] = {
        "exif": lambda found: [found.exif and found.exif.data],
        "iptc": lambda found: [found.iptc],
        "xmp": lambda found: list(found.xmp),
        "addresses": lambda found: [*found.xmp, ADDRESS],
    }
    if name in ("texts", "graph"):
        return [GRAPH, b"prompt\0" + GRAPH, b"parameters\0" + SETTINGS]
    if name not in parts:
        return pictures
    blocks = [block for data in pictures for block in parts[name](container.parse_container(data))]
    return list({block for block in blocks if block})


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] not in PARSERS:
        raise SystemExit(f"Name one of: {', '.join(PARSERS)}.")
    name, options = sys.argv[1], sys.argv[2:]

    def one(data: bytes) -> None:
        try:
            PARSERS[name][0](data)
        except REFUSALS:
            return

    with tempfile.TemporaryDirectory() as corpus:
        for number, data in enumerate(_seeds_of(name)):
            (Path(corpus) / str(number)).write_bytes(data)
        atheris.Setup([sys.argv[0], *LIMITS, *options, corpus], one)
        atheris.Fuzz()  # leaves the process by itself


if __name__ == "__main__":
    main()
