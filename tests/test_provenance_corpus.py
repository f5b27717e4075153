"""Every declaration of the corpus is read as it should be, agrees with exiftool, and survives damage."""

from __future__ import annotations

import io
import json
import random
import shutil
import struct
import subprocess
import sys
import tracemalloc
import zlib

import pytest
from conftest import calls_of, within
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.provenance_corpus import (
    AI,
    CAMERA,
    CORPUS,
    FORMATS,
    GOOGLE,
    MADE,
    XMP_SEGMENT,
    canon,
    chunk,
    exif_block,
    iim,
    itxt,
    jpeg_with,
    packet,
    png_with,
    raw_profile,
    resource,
    samsung_trailer,
    saved,
    segment,
    thumbnail_of,
    with_exif,
    with_xmp,
)

from artifact_check.provenance import container, read, vocabulary
from artifact_check.provenance.container import parse_container
from artifact_check.provenance.packets import parse_packets
from artifact_check.report.text import declaration_summary
from artifact_check.results import PhotoReport

NAMES = [case.name for case in CORPUS]


def ai_generated(declarations):
    return {declaration for declaration in declarations if declaration.says == "ai_generated"}


def test_the_corpus_is_large_and_each_of_its_names_stands_once():
    assert len(CORPUS) >= 60
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("case", CORPUS, ids=NAMES)
def test_each_file_reads_as_it_should(case):
    assert read(case.data) == case.declared


@pytest.mark.parametrize("case", CORPUS, ids=NAMES)
def test_what_is_appended_changes_nothing(case):
    for tail in (packet(Iptc4xmpExt_DigitalSourceType=AI), with_xmp("PNG", packet(Iptc4xmpExt_DigitalSourceType=AI))):
        assert read(case.data + tail) == case.declared


@pytest.mark.parametrize("case", CORPUS, ids=NAMES)
def test_a_file_cut_off_anywhere_declares_no_more_than_the_whole(case):
    for cut in range(0, len(case.data), max(1, len(case.data) // 20)):
        assert ai_generated(read(case.data[:cut])) <= ai_generated(case.declared)


@pytest.mark.parametrize("case", CORPUS, ids=NAMES)
def test_one_changed_byte_makes_no_picture_ai(case):
    chance = random.Random(case.name)  # noqa: S311 - places to damage
    if ai_generated(case.declared) or b"Made with Google AI" in case.data:  # says so even where the rest is damaged
        return
    for _ in range(20):
        data = bytearray(case.data)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        assert not ai_generated(read(bytes(data)))


def test_samsungs_editor_notes_behind_the_picture_whether_it_used_ai():
    """The one thing that is read there, since its directory ends the file."""
    picture = saved("JPEG")
    (declaration,) = read(picture + samsung_trailer(1))
    assert (declaration.says, declaration.generator) == ("ai_edited", "Galaxy AI")
    for trailer in (samsung_trailer(0), samsung_trailer(1, b"Other"), samsung_trailer(1) + b"x", b"SEFT"):
        assert read(picture + trailer) == ()


GENERATORS = {
    "JPEG XMP AI fields": "Some Model",
    "JPEG XMP credit": "Google AI",
    "JPEG XMP generator": "Midjourney",
    "JPEG XMP editor": None,
    "JPEG XMP source type": None,
    "JPEG IIM clean up": "Apple Photos Clean Up",
    "AIGC element": "doubao",
    "AIGC 1 in EXIF": None,
    "Galaxy AI in a HEIC": "Galaxy AI",
    "Grok": "Grok",
    "BigTIFF": "Stable Diffusion",
}


@pytest.mark.parametrize("name", GENERATORS)
def test_the_generator_is_named_where_the_file_names_it(name):
    (case,) = (case for case in CORPUS if case.name == name)
    report = PhotoReport("photo", "ok", None, provenance=read(case.data))
    assert report.generator == report.to_dict()["generator"] == GENERATORS[name]
    assert GENERATORS[name] is None or f"({GENERATORS[name]}; " in declaration_summary(report)


@pytest.mark.parametrize(
    ("name", "by_program", "by_agent"),
    [
        ("Midjourney v6.1", "ai_generated", True),
        ("Stable Diffusion 3.5 Large Turbo", "ai_generated", True),
        ("DALL·E 3", "ai_generated", True),
        ("Ideogram 2.0", "ai_generated", True),
        ("Midjourney/1.0 c2pa-rs/0.36.1", "ai_generated", True),
        ("FLUX.1 [pro]", None, True),
        ("Google Imagen 4", None, True),
        ("Google Generative AI", None, True),
        ("gpt-4o", None, True),
        ("gpt-image-1.5", None, True),
        ("Recraft V3", None, True),
        ("Amazon Titan Image Generator G1 v2", None, True),
        ("Image Creator from Designer", None, True),
        ("Adobe Firefly Image 3", "ai_edited", False),
        ("Imagen AI 1.2", "edited", False),
        ("Midjourney Detector", None, False),
        ("Stable Diffusion watermarker", None, False),
        ("Nightcafe Camera", None, False),
        ("Imagen Estudio", None, False),
        ("Imagen", None, False),
        ("Fluxbox", None, False),
        ("flux photo organizer", None, False),
    ],
)
def test_a_generators_name_counts_with_a_version_and_not_within_another_name(name, by_program, by_agent):
    assert vocabulary.program(name) == by_program
    assert vocabulary.is_ai_agent(name) == by_agent


# --- exiftool reads the same

_FIELDS = {
    "IPTC DigitalSourceType": ("XMP-iptcExt:DigitalSourceType", "XMP-iptcExt:DigitalSourceFileType"),
    "IPTC Credit": ("XMP-photoshop:Credit", "IPTC:Credit"),
    "IPTC Originating Program": ("IPTC:OriginatingProgram",),
    "IPTC AI System Used": ("XMP-iptcExt:AISystemUsed",),
    "IPTC AI System Version Used": ("XMP-iptcExt:AISystemVersionUsed",),
    "IPTC AI Prompt Information": ("XMP-iptcExt:AIPromptInformation",),
    "XMP CreatorTool": ("XMP-xmp:CreatorTool",),
    "EXIF Software": ("IFD0:Software",),
    "Midjourney Job ID": ("XMP-iptcExt:DigImageGUID", "XMP-iptcExt:DigitalImageGUID"),
}


@pytest.fixture(scope="module")
def exiftool(tmp_path_factory):
    """What exiftool reads from each file of the corpus, by name: {group:field: value}."""
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed")
    folder = tmp_path_factory.mktemp("corpus")
    for number, case in enumerate(CORPUS):
        (folder / f"{number:03}.img").write_bytes(case.data)
    run = subprocess.run(
        ["exiftool", "-json", "-n", "-G1", "-a", *sorted(folder.iterdir())],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    rows = sorted(json.loads(run.stdout), key=lambda row: row["SourceFile"])
    return dict(zip(NAMES, rows, strict=True))


# Where exiftool stops, and libjpeg or a rule goes on.
_ONLY_WE_READ = (
    "size of EXIF too small",
    *(f"size of {name} too large by {more}" for name in ("APP0", "a comment", "EXIF") for more in (2, 20, 60)),
    "size of a comment too small",
    "size beyond the file",
    "size of nothing",
    "cut off behind the XMP",
    "XMP with NUL between attributes",
    "a packet cut off before another",
    "XMP cut off",
    "XMP with a description named by its type",
    "XMP with a value without quotes",
)


@pytest.mark.parametrize(
    "case", [case for case in CORPUS if case.name not in _ONLY_WE_READ], ids=lambda case: case.name
)
def test_exiftool_reads_what_we_read(case, exiftool):
    row = exiftool[case.name]
    for declaration in read(case.data):
        title = next((title for title in _FIELDS if declaration.detail.startswith(f"{title} ")), None)
        if title is not None:
            value = declaration.detail.removeprefix(f"{title} ")
            theirs = [str(row[name]) for name in _FIELDS[title] if name in row]
            assert any(text.endswith(value) for text in theirs), row
        elif declaration.says == "camera":
            facts = (f"{row['IFD0:Model']}", row["ExifIFD:LensModel"], f"f/{row['ExifIFD:FNumber']}")
            assert [fact for fact in facts if fact not in declaration.detail] == []


@pytest.mark.parametrize("case", CORPUS, ids=NAMES)
def test_we_read_what_exiftool_reads(case, exiftool):
    row, details = exiftool[case.name], {declaration.detail for declaration in read(case.data)}
    expected = set()
    for title in ("IPTC DigitalSourceType", "IPTC Credit", "XMP CreatorTool", "EXIF Software"):
        values = [str(row[name]) for name in _FIELDS[title] if name in row]
        if title == "IPTC DigitalSourceType":
            expected |= {f"{title} {vocabulary.source_type(value)[1]}" for value in values}
        else:
            meaning = vocabulary.credit if title == "IPTC Credit" else vocabulary.program
            expected |= {f"{title} {value}" for value in values if meaning(value)}
    if case.name not in ("ingredient", "extended XMP of another file"):  # exiftool lists those too, and says whose
        assert expected <= details


# --- hostile bytes: each within two seconds and 300 MB, and none of them AI


def bomb(size):
    return zlib.compress(b" " * size, 9)


_XMP_KEYWORD = b"XML:com.adobe.xmp"
_DEEP = "<a>" * 100_000 + "</a>" * 100_000
_ENTITIES = (
    b"<!DOCTYPE x [<!ENTITY a 'ha'>"
    + b"".join(f"<!ENTITY {chr(98 + i)} '{f'&{chr(97 + i)};' * 10}'>".encode() for i in range(9))
    + b"]>"
    + packet("&j;")
)
HOSTILE = {
    "zTXt bomb": lambda: png_with(chunk(b"zTXt", b"parameters\0\0" + bomb(200_000_000))),
    "many zTXt bombs": lambda: png_with(*[chunk(b"zTXt", b"parameters\0\0" + bomb(4_000_000))] * 300),
    "iTXt bomb": lambda: png_with(chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + bomb(200_000_000))),
    "profile bomb": lambda: png_with(raw_profile("xmp", b" " * 3_000_000)),
    "50 MB of XMP in a PNG": lambda: png_with(itxt(b"XML:com.adobe.xmp", packet("<a/>" * 12_500_000))),
    "50 MB of XMP in a WebP": lambda: with_xmp("WEBP", packet("<a/>" * 12_500_000)),
    "50 MB of XMP in a TIFF": lambda: with_xmp("TIFF", packet("<a/>" * 12_500_000)),
    "wide XMP": lambda: png_with(itxt(b"XML:com.adobe.xmp", packet("<a/>" * 240_000))),
    "deep XMP": lambda: png_with(itxt(b"XML:com.adobe.xmp", packet(_DEEP))),
    "entities": lambda: png_with(itxt(b"XML:com.adobe.xmp", _ENTITIES)),
    "wide XMP to be repaired": lambda: png_with(*4 * [itxt(_XMP_KEYWORD, packet("<a/>" * 240_000 + "&"))]),
    "starts of packets": lambda: png_with(itxt(_XMP_KEYWORD, b"<x:xmpmeta>" * 90_000)),
    "ends of packets": lambda: png_with(itxt(_XMP_KEYWORD, b"<x:xmpmeta>" + b"</x:xmpmet" * 90_000)),
    "many prefixes": lambda: png_with(itxt(_XMP_KEYWORD, packet("".join(f"<a{i}:b/>" for i in range(70_000))))),
    "many declarations": lambda: png_with(itxt(_XMP_KEYWORD, packet("<a:b " + "xmlns:a= " * 100_000))),
    "one long declaration": lambda: png_with(itxt(_XMP_KEYWORD, packet("<a:b xmlns:a" + " " * 900_000))),
    "ampersands": lambda: png_with(*4 * [itxt(_XMP_KEYWORD, packet("&" * 900_000))]),
    "control characters": lambda: png_with(*4 * [itxt(_XMP_KEYWORD, packet("'\x01" * 450_000))]),
    "UTF-16 that is none": lambda: png_with(*4 * [itxt(_XMP_KEYWORD, b"<\0x\0" + b"\xd8" * 900_000)]),
    "attributes to be mended": lambda: png_with(itxt(_XMP_KEYWORD, packet("<a:b " + "c=d " * 200_000 + ">&"))),
    "an attribute of spaces": lambda: png_with(itxt(_XMP_KEYWORD, packet("<a:b c" + " " * 900_000 + "='1'>&"))),
    "quotes in a tag": lambda: png_with(*4 * [itxt(_XMP_KEYWORD, packet("<a:b " + "'\"" * 400_000 + ">&"))]),
    "starts of tags": lambda: png_with(*4 * [itxt(_XMP_KEYWORD, packet("<a b='" * 150_000))]),
    "slashes in names": lambda: png_with(itxt(_XMP_KEYWORD, packet("<a:b/c" * 140_000))),
    "XMP that is nearly empty": lambda: png_with(*4 * [itxt(_XMP_KEYWORD, b"<?xpacket ?>" * 80_000 + b"?" * 20_000)]),
    "portions of EXIF": lambda: jpeg_with(
        segment(0xE1, b"Exif\0\0" + canon()), *[segment(0xE1, b"Exif\0\0" + b"x" * 60_000)] * 1200
    ),
    "many comments": lambda: jpeg_with(*[segment(0xFE, b"x" * 60_000)] * 800),
    "many packets": lambda: jpeg_with(*[segment(0xE1, XMP_SEGMENT + packet())] * 20_000),
    "empty comments of a GIF": lambda: saved("GIF")[:-1] + b"\x21\xfe\0" * 13_000_000,
    "comments of a GIF": lambda: saved("GIF")[:-1] + (b"\x21\xfe" + b"\x01x" * 200 + b"\0") * 100_000,
    "short sub-blocks of a GIF": lambda: saved("GIF")[:-1] + b"\x21\xfe" + b"\x01x" * 20_000_000,
    "fill bytes between segments": lambda: jpeg_with(b"\xff" * 60_000_000),
    "escaped bytes between segments": lambda: jpeg_with(b"\xff\0" * 30_000_000),
    "directory that points to itself": lambda: with_exif("JPEG", exif_block({0x8769: (4, 1, b"\x08\0\0\0")})),
    "thumbnail that is none": lambda: with_exif("JPEG", canon(thumbnail=b"\xff\xd8\xff" + b"x" * 2000)),
}


_LARGE = ("bomb", "50 MB", "wide")


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.long) if any(map(name.__contains__, _LARGE)) else name for name in HOSTILE],
)
def test_hostile_bytes_cost_little_and_declare_no_ai(name):
    data = HOSTILE[name]()
    with within(2 if sys.gettrace() is None else 10):  # coverage traces each line of src
        assert not ai_generated(read(data))
    tracemalloc.start()
    read(data)
    assert tracemalloc.get_traced_memory()[1] < 300e6
    tracemalloc.stop()


@given(st.sampled_from(FORMATS), st.binary(max_size=400))
def test_bytes_behind_a_beginning_never_raise(kind, tail):
    assert read(saved(kind)[:40] + tail) is not None


@given(st.binary(max_size=300))
def test_any_exif_block_is_harmless(block):
    declarations = read(jpeg_with(segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0" + block)))
    assert not ai_generated(declarations)


def test_a_thumbnail_of_another_picture_tells_of_a_change():
    declarations = read(with_exif("JPEG", canon(thumbnail=thumbnail_of(other=True))))
    assert [d.says for d in declarations] == ["camera", "edited"]


@pytest.mark.parametrize("size", [(160, 120), (600, 600)], ids=["of one grey", "too large to compare"])
def test_a_thumbnail_that_shows_nothing_to_compare_tells_of_no_change(size):
    buffer = io.BytesIO()
    Image.new("L", size, 128).save(buffer, "JPEG")
    assert read(with_exif("JPEG", canon(thumbnail=buffer.getvalue()))) == (CAMERA,)


def test_a_photo_without_markers_costs_next_to_nothing():
    for kind in FORMATS:
        data = saved(kind)
        read(data)
        assert calls_of(lambda data=data: read(data)) < (1500 if kind == "TIFF" else 600), kind


# --- how far is looked

XMP = packet(Iptc4xmpExt_DigitalSourceType=AI)
CREDIT = resource(iim(((2, 110), b"Made with Google AI")))


def webp_with(chunks):
    """A WebP file with more chunks before its XMP."""
    data = with_xmp("WEBP", XMP)
    body = data[12:30] + chunks + data[30:]  # behind VP8X
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def resources(blocks):
    return saved("TIFF", tiffinfo={34377: blocks})


def box(kind, contents):
    return struct.pack(">I", 8 + len(contents)) + kind + contents


def heif(item=b"mime\0application/rdf+xml\0", pieces=1):
    """A HEIF file whose only item is XMP, in `idat`, told by so many extents of which the first holds all of it."""
    infe = box(b"infe", struct.pack(">IHH", 2 << 24, 1, 0) + item)
    extents = struct.pack(">II", 0, len(XMP)) + (pieces - 1) * struct.pack(">II", len(XMP), 0)
    iloc = box(b"iloc", struct.pack(">IHHHHHH", 1 << 24, 0x4400, 1, 1, 1, 0, pieces) + extents)
    inside = box(b"iinf", struct.pack(">IH", 0, 1) + infe) + iloc + box(b"idat", XMP)
    return box(b"ftyp", b"heic\0\0\0\0mif1") + box(b"meta", bytes(4) + inside)


@pytest.mark.parametrize(
    ("make", "some", "too_many", "declared"),
    [
        (lambda number: webp_with(number * b"none\0\0\0\0"), 9_000, 10_000, MADE),
        (lambda number: resources(number * resource(b"", 1000) + CREDIT), 9_999, 10_000, GOOGLE),
        (lambda number: heif().replace(b"mif1", b"mif1" + number * box(b"free", b""), 1), 0, 4096, MADE),
        (lambda number: heif(pieces=number), 64, 65, MADE),
    ],
    ids=["WebP chunks", "image resources", "HEIF boxes", "pieces of a HEIF item"],
)
def test_metadata_behind_more_pieces_than_any_photo_has_are_not_looked_for(make, some, too_many, declared):
    assert read(make(some)) == (declared,)
    assert read(make(too_many)) == ()


def test_an_image_resource_that_is_too_large_is_passed_over():
    assert read(resources(resource(bytes(1_000_001)) + CREDIT)) == (GOOGLE,)


def test_a_record_that_leaves_its_block_ends_the_records():
    credit, program = ((2, 110), b"Made with Google AI"), ((2, 65), b"Adobe Photoshop")
    for broken in (b"\x1c\2\x41\x80\4", b"\x1c\2\x41\x7f\xff"):  # of extended length, and cut off
        found = read(saved("TIFF", tiffinfo={33723: iim(credit) + broken + iim(program)}))
        assert found == (GOOGLE,)


def test_an_xmp_item_that_is_packed_is_passed_over():
    assert read(heif(b"mime\0application/rdf+xml\0")) == (MADE,)
    assert read(heif(b"mime\0application/rdf+xml\0deflate\0")) == ()


def test_a_long_gif_comment_is_read_up_to_its_bound_and_what_follows_too():
    long, short = (b"\x21\xfe" + number * (b"\xff" + 255 * b"x") + b"\0" for number in (20_000, 1))
    data = saved("GIF")
    found = parse_container(data[:-1] + long + short + data[-1:])
    assert [len(text.text) for text in found.texts] == [4_000_000, 255]


@pytest.mark.parametrize("head", [b"II\x29\0\x08\0\0\0", b"II\x2b\0\x08\0\0\0"], ids=["version", "cut off"])
def test_an_exif_block_without_a_whole_header_leaves_the_other_statements(head):
    xmp = segment(0xE1, XMP_SEGMENT + XMP)
    assert read(jpeg_with(segment(0xE1, b"Exif\0\0" + head), xmp)) == (MADE,)


# --- texts for other readers


@pytest.mark.parametrize(("order", "encoding"), [("<", "utf-16-le"), (">", "utf-16-be")])
def test_a_user_comment_without_latin_letters_is_read_in_the_byte_order_of_its_block(order, encoding):
    comment = b"UNICODE\0" + "肖像写真".encode(encoding)
    block = exif_block({}, {0x9286: (7, len(comment), comment)}, order=order)
    (text,) = parse_container(jpeg_with(segment(0xE1, b"Exif\0\0" + block))).texts
    assert text.text == "肖像写真"


@pytest.mark.parametrize(
    "comment",
    [
        b"ASCII\0\0\0Steps: 20",
        bytes(8) + b"Steps: 20\0\0",
        b"UNICODE\0" + "Steps: 20".encode("utf-16-be"),
        b"UNICODE\0" + "Steps: 20".encode("utf-16-le"),
        b"UNICODE\0" + "Steps: 20".encode("utf-16"),
        b"JIS\0\0\0\0\0Steps: 20",
        b"Steps: 20",
    ],
)
@pytest.mark.parametrize("order", "<>")
def test_every_character_code_of_a_user_comment_is_decoded(comment, order):
    block = exif_block({}, {0x9286: (7, len(comment), comment)}, order=order)
    (text,) = parse_container(jpeg_with(segment(0xE1, b"Exif\0\0" + block))).texts
    assert (text.location, text.text) == ("exif_user_comment", "Steps: 20")


def test_texts_are_found_with_their_places_and_keywords():
    png = png_with(chunk(b"tEXt", b"a\0\xe9"), chunk(b"zTXt", b"b\0\0" + zlib.compress(b"c")), itxt(b"d", "é".encode()))
    assert [(text.keyword, text.text) for text in parse_container(png).texts] == [("a", "é"), ("b", "c"), ("d", "é")]
    behind = png_with(chunk(b"tEXt", b"a\0b"), behind=True)
    assert [text.location for text in parse_container(behind).texts] == ["png_text"]
    assert parse_container(saved("JPEG", comment=b"hello")).texts[0].text == "hello"
    assert parse_container(saved("GIF", comment=b"hello")).texts[0].location == "gif_comment"


@pytest.mark.parametrize("kind", [*FORMATS, "GIF", "BMP"])
def test_the_format_is_told_by_its_name(kind):
    assert parse_container(saved(kind)).format == kind


def test_an_ai_statement_in_the_middle_of_many_is_not_lost():
    others = "".join(f"<Iptc4xmpExt:Person{i}>x</Iptc4xmpExt:Person{i}>" for i in range(500))
    assert read(with_xmp("JPEG", packet(others, Iptc4xmpExt_DigitalSourceType=AI))) == (MADE,)


def test_xmp_is_parsed_once_for_all_readers(monkeypatch):
    parsed = []
    monkeypatch.setattr(container, "parse_packets", lambda xmp: parsed.append(xmp) or parse_packets(xmp))
    inside = "<dcterms:provenance>https://a.example</dcterms:provenance><tiff:Artist>x</tiff:Artist>"
    records = segment(0xED, b"Photoshop 3.0\0" + CREDIT)
    found = read(jpeg_with(records, segment(0xE1, XMP_SEGMENT + packet(inside, Iptc4xmpExt_DigitalSourceType=AI))))
    assert {declaration.kind for declaration in found} == {"c2pa", "iptc"}
    assert len(parsed) == 1
