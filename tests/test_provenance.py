"""What a file declares about its own origin is read where its format puts it, and nowhere else."""

from __future__ import annotations

import io
import struct
import warnings
import zlib

import msgspec
import pillow_heif
import pytest
from conftest import within
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from artifact_check import check
from artifact_check.checking.declarations import declarations_only
from artifact_check.provenance import read
from artifact_check.provenance.limits import MAX_XMP
from artifact_check.provenance.platforms import forecast_labels
from artifact_check.report import words
from artifact_check.report.declaration_writers import write_table
from artifact_check.report.explain.writers import write_text
from artifact_check.report.formats import html
from artifact_check.results import Declaration, PhotoReport
from artifact_check.sources.local import LocalFile

pillow_heif.register_heif_opener(thumbnails=False)

PREFIX = "http://cv.iptc.org/newscodes/digitalsourcetype/"
AI = PREFIX + "trainedAlgorithmicMedia"
FORMATS = ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"]


def packet(description: str, *, before: str = "") -> bytes:
    """An XMP packet as files carry it, around the inside of one rdf:RDF element."""
    return (
        f"{before}<?xpacket begin='\ufeff' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'>"
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:dc='http://purl.org/dc/elements/1.1/'"
        " xmlns:Iptc4xmpExt='http://iptc.org/std/Iptc4xmpExt/2008-02-29/'>"
        f"{description}</rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
    ).encode()


def attribute(value: str) -> bytes:
    return packet(f"<rdf:Description rdf:about='' Iptc4xmpExt:DigitalSourceType='{value}'/>")


def element(inside: str) -> bytes:
    return packet(f"<rdf:Description rdf:about=''><Iptc4xmpExt:DigitalSourceType{inside}</rdf:Description>")


def file(xmp: bytes | None, kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    image = Image.new("RGB", (16, 16), (200, 120, 90))
    if xmp is None:
        image.save(buffer, kind)
    elif kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", xmp.decode())
        image.save(buffer, kind, pnginfo=text)
    elif kind == "TIFF":
        image.save(buffer, kind, tiffinfo={700: xmp})
    else:
        image.save(buffer, kind, xmp=xmp)
    return buffer.getvalue()


UNREAD = (Declaration(kind="xmp", says="unknown", trust="declared", detail="XMP that cannot be read"),)


def declared(says: str, detail: str) -> tuple[Declaration, ...]:
    return (Declaration(kind="iptc", says=says, trust="declared", detail=f"IPTC DigitalSourceType {detail}"),)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_declaration_is_read_in_every_format_that_carries_xmp(kind):
    assert read(file(attribute(AI), kind)) == declared("ai_generated", "trainedAlgorithmicMedia")


@pytest.mark.parametrize("kind", [*FORMATS, "GIF", "BMP"])
def test_a_file_without_metadata_declares_nothing(kind):
    assert read(file(None, kind)) == ()


@pytest.mark.parametrize(
    "xmp",
    [
        attribute(AI),
        attribute("trainedAlgorithmicMedia"),
        attribute(AI.replace("http:", "https:")),
        attribute(f"  {AI}\n"),
        attribute(PREFIX + " trainedAlgorithmicMedia"),
        attribute(AI + "/"),
        attribute(AI + "?lang=en-GB"),
        attribute(AI + "#"),
        attribute(AI.replace("cv.iptc.org", "cv.iptc.org:80")),
        attribute(AI.replace("/trained", "//trained")),
        attribute(AI.lower()),
        attribute("HTTP://CV.IPTC.ORG/newscodes/DigitalSourceType/TrainedAlgorithmicMedia"),
        attribute(AI.removeprefix("http://")),
        attribute(AI.replace("cv.iptc.org/newscodes", "c2pa.org")),
        attribute("digsrctype:trainedAlgorithmicMedia"),
        attribute("digsrctype:trainedalgorithmicmedia/"),
        element(f">{AI}</Iptc4xmpExt:DigitalSourceType>"),
        element(f">\n  {AI}\n</Iptc4xmpExt:DigitalSourceType>"),
        element(f" rdf:resource='{AI}'/>"),
        packet(f"<rdf:Description/><rdf:Description Iptc4xmpExt:DigitalSourceType='{AI}'/>"),
        packet(2 * f"<rdf:Description Iptc4xmpExt:DigitalSourceType='{AI}'/>"),
        attribute(AI) + 50 * b"\0",
    ],
    ids=[
        "attribute",
        "without the vocabulary's address",
        "https",
        "spaces around",
        "space behind the address",
        "slash",
        "query",
        "fragment",
        "port",
        "two slashes",
        "lower case",
        "other case",
        "without a scheme",
        "C2PA's address",
        "prefix",
        "prefix and slash",
        "element",
        "element over several lines",
        "resource",
        "second description",
        "said twice",
        "padded with zeros",
    ],
)
def test_every_way_of_writing_the_property_reads_the_same(xmp):
    assert read(file(xmp)) == declared("ai_generated", "trainedAlgorithmicMedia")


@pytest.mark.parametrize(
    ("term", "says"),
    [
        ("trainedAlgorithmicMedia", "ai_generated"),
        ("compositeWithTrainedAlgorithmicMedia", "ai_edited"),
        ("compositeSynthetic", "ai_edited"),
        ("digitalCapture", "camera"),
        ("computationalCapture", "camera"),
        ("negativeFilm", "camera"),
        ("positiveFilm", "camera"),
        ("print", "camera"),
        ("compositeCapture", "edited"),
        ("composite", "edited"),
        ("humanEdits", "edited"),
        ("minorHumanEdits", "edited"),
        ("algorithmicallyEnhanced", "edited"),
    ],
)
def test_each_term_of_the_vocabulary_has_its_meaning(term, says):
    assert read(file(attribute(PREFIX + term))) == declared(says, term)


@pytest.mark.parametrize(
    "value",
    [
        PREFIX + "somethingNew2031",
        "http://example.org/trainedAlgorithmicMedia",
        "AI",
        PREFIX,
        PREFIX + "trainedAlgorithmicMedia/x",
        PREFIX + "not/trainedAlgorithmicMedia",
        "ftp://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
        "http://cv.iptc.org.example/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
        "x" + AI,
    ],
)
def test_an_unknown_term_is_reported_as_written(value):
    assert read(file(attribute(value))) == declared("unknown", value)


def test_different_statements_are_all_reported_in_their_order():
    terms = ("digitalCapture", "humanEdits", "trainedAlgorithmicMedia")
    xmp = packet("".join(f"<rdf:Description Iptc4xmpExt:DigitalSourceType='{PREFIX}{term}'/>" for term in terms))
    assert [declaration.says for declaration in read(file(xmp))] == ["camera", "edited", "ai_generated"]


def test_a_file_cannot_flood_the_report():
    many = "".join(f"<rdf:Description Iptc4xmpExt:DigitalSourceType='{i}{'x' * 500}'/>" for i in range(500))
    declarations = read(file(packet(many), "PNG"))
    assert 0 < len(declarations) < 10
    assert max(len(declaration.detail) for declaration in declarations) < 200


@pytest.mark.parametrize(
    "pattern", ["<dcterms:provenance>https://a.example/{}</dcterms:provenance>", "<dc:x>{}</dc:x>"]
)
def test_very_many_values_of_one_property_cost_little_and_do_not_flood_the_report(pattern):
    many = "".join(pattern.format(number) for number in range(14_000))
    start = "<rdf:Description rdf:about='' xmlns:dcterms='http://purl.org/dc/terms/'>"
    data = file(packet(f"{start}{many}</rdf:Description>"), "WEBP")
    with within(1):
        assert len(read(data)) <= 16


def test_control_characters_do_not_reach_the_report():
    (declaration,) = read(file(attribute("\u009b31mred&#10;line\u202e")))
    assert declaration.detail.isprintable()


@pytest.mark.parametrize("field", ["AISystemUsed", "AIPromptWriterName"])
@pytest.mark.parametrize(
    ("value", "denies"),
    [
        *(
            (value, True)
            for value in ("None", "none.", "no AI used", "No generative AI", "n/a", "N/A", "-", "AI not used")
        ),
        *((value, False) for value in ("Midjourney", "Nano Banana", "Nil Ai", "No. 9", "Noor")),
    ],
)
def test_a_field_about_ai_that_denies_it_declares_nothing(field, value, denies):
    xmp = packet(f"<rdf:Description rdf:about='' Iptc4xmpExt:{field}='{value}'/>")
    assert [declaration.says for declaration in read(file(xmp))] == ([] if denies else ["ai_edited"])


@pytest.mark.parametrize("value", ["", "   "])
def test_an_empty_value_declares_nothing(value):
    assert read(file(attribute(value))) == ()


@pytest.mark.parametrize(
    "xmp",
    [
        packet("<rdf:Description xmlns:o='http://example.org/' o:DigitalSourceType='trainedAlgorithmicMedia'/>"),
        packet("<rdf:Description dc:title='DigitalSourceType trainedAlgorithmicMedia'/>"),
        packet(f"<!-- <rdf:Description Iptc4xmpExt:DigitalSourceType='{AI}'/> -->"),
    ],
    ids=["another namespace", "in a title", "in a comment"],
)
def test_the_words_alone_declare_nothing(xmp):
    assert read(file(xmp)) == ()


# --- only in the place that the format gives to metadata


@pytest.mark.parametrize("kind", [*FORMATS, "GIF", "BMP"])
def test_bytes_behind_the_picture_change_nothing(kind):
    assert read(file(None, kind) + attribute(AI)) == ()
    assert read(file(None, kind) + file(attribute(AI), "JPEG")) == ()
    assert read(file(attribute(PREFIX + "digitalCapture"), kind) + attribute(AI)) == read(
        file(attribute(PREFIX + "digitalCapture"), kind)
    )


def test_a_packet_in_a_jpeg_comment_declares_nothing():
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16)).save(buffer, "JPEG", comment=attribute(AI))
    assert read(buffer.getvalue()) == ()


def test_a_packet_under_another_png_keyword_declares_nothing():
    text = PngImagePlugin.PngInfo()
    text.add_itxt("Comment", attribute(AI).decode())
    text.add_text("xmp", attribute(AI).decode(errors="replace"))
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16)).save(buffer, "PNG", pnginfo=text)
    assert read(buffer.getvalue()) == ()


# --- hostile bytes


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", b"text", attribute(AI), file(attribute(AI))[:40]])
def test_bytes_that_are_no_picture_declare_nothing(data):
    assert read(data) == ()


def test_an_entity_bomb_does_nothing():
    lines = "".join(f"<!ENTITY l{i} '{10 * f'&l{i - 1};'}'>" for i in range(1, 10))
    bomb = packet(
        "<rdf:Description Iptc4xmpExt:DigitalSourceType='&l9;'/>", before=f"<!DOCTYPE x [<!ENTITY l0 'ha'>{lines}]>"
    )
    with within(1):
        assert read(file(bomb)) == UNREAD


def test_an_external_entity_is_not_fetched(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("trainedAlgorithmicMedia")
    xmp = packet(
        "<rdf:Description><Iptc4xmpExt:DigitalSourceType>&file;</Iptc4xmpExt:DigitalSourceType></rdf:Description>",
        before=f"<!DOCTYPE x [<!ENTITY file SYSTEM '{secret.as_uri()}'>]>",
    )
    assert read(file(xmp)) == UNREAD


@pytest.mark.parametrize("xmp", [b"<", b"\xff\xfe\0x", packet("<rdf:Description>"), b"<a>" * 15_000])
def test_a_packet_that_is_not_xml_is_reported_as_unreadable(xmp):
    assert read(file(xmp)) == UNREAD


@pytest.mark.parametrize("xmp", [b"", b"\xef\xbb\xbf", b" \n", bytes(40)])
def test_an_empty_packet_declares_nothing(xmp):
    assert read(file(xmp)) == ()


def test_a_packet_nested_very_deep_does_no_harm():
    deep = 200_000
    assert read(file(packet("<a>" * deep + "</a>" * deep), "WEBP")) == UNREAD


def test_a_packet_above_the_cap_is_not_read():
    bare = len(attribute(AI) + b"<!---->")
    largest, larger = (attribute(AI) + b"<!--" + b" " * (size - bare) + b"-->" for size in (MAX_XMP, MAX_XMP + 1))
    assert read(file(largest, "WEBP")) != ()
    assert read(file(larger, "WEBP")) == UNREAD


@settings(max_examples=80)
@given(
    kind=st.sampled_from(FORMATS),
    places=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_damaged_bytes_never_raise_nor_warn(kind, places):
    data = bytearray(file(attribute(AI), kind))
    for place, value in places:
        data[int(place * len(data))] = value
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read(bytes(data))


# --- platforms


@pytest.mark.parametrize("term", ["trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"])
def test_each_platform_is_named_once_with_a_date(term):
    assert forecast_labels(2 * read(file(attribute(PREFIX + term)))) == (
        "Meta may label it (2024-02)",
        "Pinterest may label it (2025-03)",
        "Google labels it (2024-10)",
        "LinkedIn, TikTok: nothing here to read (2026-11)",
        "X never said what it reads (2026-11)",
    )


def credential(says, trust, detail=""):
    return (Declaration("c2pa", says, trust, detail),)


@pytest.mark.parametrize(
    ("declarations", "lines"),
    [
        (credential("ai_generated", "trusted"), ["LinkedIn labels it", "Meta labels it", "TikTok labels it"]),
        (credential("ai_generated", "valid_untrusted"), ["LinkedIn labels it", "Google may label it"]),
        (credential("ai_edited", "damaged"), ["LinkedIn may label it", "Meta may label it", "Google may label it"]),
        (
            credential("camera", "trusted"),
            ["LinkedIn shows its Content", "Meta, TikTok, Pinterest, Google:"],
        ),
    ],
)
def test_the_forecast_follows_from_what_is_signed(declarations, lines):
    forecast = forecast_labels(declarations)
    assert all(any(line.startswith(start) for line in forecast) for start in lines)
    assert len(set(forecast)) == len(forecast) <= 6


@pytest.mark.parametrize(
    ("label", "line"),
    [(1, "Platforms in China must label it (2025-09)"), (3, "Platforms in China may label it (2025-09)")],
)
def test_platforms_in_china_are_named_where_their_label_is(label, line):
    declared = Declaration("xmp", "ai_generated" if label == 1 else "unknown", "declared", f"... AIGC Label {label}")
    assert forecast_labels([declared]) == (
        line,
        "LinkedIn, Meta, TikTok, Pinterest, Google: nothing here to read (2026-11)",
        "X never said what it reads (2026-11)",
    )


@pytest.mark.parametrize("term", ["digitalCapture", "humanEdits", "somethingNew"])
def test_no_platform_is_named_for_other_declarations(term):
    assert forecast_labels(read(file(attribute(PREFIX + term)))) == ()
    assert forecast_labels(credential("ai_generated", "invalid")) == ()


def test_a_mark_that_cannot_be_checked_offline_is_told_once():
    named = credential("ai_generated", "trusted", "c2pa.created with GPT-4o; signed by OpenAI")
    assert sum("SynthID" in line for line in forecast_labels(2 * named)) == 1
    text = (Declaration("generator_text", "ai_generated", "declared", "made with ComfyUI (OpenAI), from text"),)
    assert [line.split()[0] for line in forecast_labels(text)] == ["Google"]
    assert not any("SynthID" in line for line in forecast_labels(credential("camera", "trusted", "Google Pixel")))


# --- what needs no pixels


def large(width=12_000, height=9000):
    """A PNG of 108 megapixels, all of one colour."""

    def chunk(kind, contents):
        return struct.pack(">I", len(contents)) + kind + contents + struct.pack(">I", zlib.crc32(kind + contents))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    xmp = chunk(b"iTXt", b"XML:com.adobe.xmp" + bytes(5) + attribute(AI))
    pixels = chunk(b"IDAT", zlib.compress(height * bytes(1 + width // 8), 9))
    return b"\x89PNG\r\n\x1a\n" + header + xmp + pixels + chunk(b"IEND", b"")


WITHOUT_PIXELS = {
    "108 megapixels": (large(), "not_assessed", "too_large"),
    "200 megapixels": (large(20_000, 10_000), "not_assessed", "too_large"),
    "cut off behind the metadata": (large()[:1100], "not_assessed", "too_large"),
    "damaged header": (large().replace(b"IHDR\0\0\x2e\xe0", b"IHDR\0\0\0\0"), "unreadable", "unreadable"),
    "no pixels": (file(attribute(AI))[:-300], "unreadable", "unreadable"),
}


@pytest.mark.parametrize("name", WITHOUT_PIXELS)
def test_what_a_file_declares_is_told_whatever_its_pixels(name, tmp_path):
    data, alone, with_pixels = WITHOUT_PIXELS[name]
    path = tmp_path / "photo"
    path.write_bytes(data)
    quick, whole = declarations_only(LocalFile(path)), check(path)
    assert (quick.status, whole.status) == (alone, with_pixels)
    for report in (quick, whole):
        assert report.provenance == declared("ai_generated", "trainedAlgorithmicMedia")
        assert report.verdict == "declared_ai"
    out = io.StringIO()
    write_table([quick], out)
    assert "made by AI" in out.getvalue()


def test_the_generators_name_survives_json():
    declared = Declaration("exif", "ai_generated", "declared", "EXIF Software Midjourney", generator="Midjourney")
    report = PhotoReport("photo", "not_assessed", "said", sha256="0" * 64, provenance=(declared,))
    restored = msgspec.convert(msgspec.json.decode(msgspec.json.encode(report.to_dict())), PhotoReport)
    assert restored.generator == restored.provenance[0].generator == "Midjourney"


def test_reports_say_in_one_sentence_where_no_platform_could_label_the_picture(monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    plain = PhotoReport("photo", "no_face", "No face.", provenance=())
    text, page, table = io.StringIO(), io.StringIO(), io.StringIO()
    write_text(plain, text)
    write_table([plain], table)
    html.FORMAT.write([plain], page)
    for written in (text.getvalue(), table.getvalue(), page.getvalue()):
        assert " ".join(written.split()).count(words.NO_PLATFORM) == 1
