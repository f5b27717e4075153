"""Pictures that declare something, made here: each with its bytes and what is to be read from it."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass

import pillow_heif
from PIL import Image, PngImagePlugin

from artifact_check.results import Declaration

pillow_heif.register_heif_opener(thumbnails=False)

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF")
SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
AI = SOURCE_TYPES + "trainedAlgorithmicMedia"
JOB = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
XMP_SEGMENT = b"http://ns.adobe.com/xap/1.0/\0"
_NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpNote": "http://ns.adobe.com/xmp/note/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}


_RDF_NAMES = " ".join(f"xmlns:{prefix}='{address}'" for prefix, address in _NAMESPACES.items()).encode()


@dataclass(frozen=True)
class Case:
    name: str
    data: bytes
    declared: tuple[Declaration, ...]


def says(kind, what, detail):
    return Declaration(kind=kind, says=what, trust="declared", detail=detail)


def packet(inside="", **attributes):
    """An XMP packet with one description; `Iptc4xmpExt_Credit="x"` is an attribute, `inside` is put into it."""
    names = " ".join(f"xmlns:{prefix}='{address}'" for prefix, address in _NAMESPACES.items())
    values = " ".join(f"{name.replace('_', ':', 1)}='{value}'" for name, value in attributes.items())
    return (
        "<?xpacket begin='\ufeff' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'>"
        f"<rdf:RDF {names}><rdf:Description rdf:about='' {values}>{inside}</rdf:Description></rdf:RDF></x:xmpmeta>"
        "<?xpacket end='w'?>"
    ).encode()


def pixels(size=(64, 48), *, other=False):
    image = Image.radial_gradient("L") if other else Image.linear_gradient("L")
    return image.resize(size).convert("RGB")


def saved(kind, **options):
    buffer = io.BytesIO()
    pixels().save(buffer, kind, **options)
    return buffer.getvalue()


def with_xmp(kind, xmp):
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", xmp.decode())
        return saved(kind, pnginfo=text)
    return saved(kind, tiffinfo={700: xmp}) if kind == "TIFF" else saved(kind, xmp=xmp)


def with_exif(kind, block):
    if kind == "TIFF":
        exif = Image.Exif()
        exif.load(b"Exif\0\0" + block)
        return saved(kind, exif=exif)
    return saved(kind, exif=b"Exif\0\0" + block)


# --- blocks by hand, where Pillow can't write them


def segment(marker, contents):
    return struct.pack(">BBH", 0xFF, marker, len(contents) + 2) + contents


def jpeg_with(*segments):
    data = saved("JPEG")
    return data[:2] + b"".join(segments) + data[2:]


def chunk(kind, contents):
    return struct.pack(">I", len(contents)) + kind + contents + struct.pack(">I", zlib.crc32(kind + contents))


def png_with(*chunks, behind=False):
    """A PNG file with more chunks, before its pixels or behind them."""
    data = saved("PNG")
    place = data.index(b"IEND") - 4 if behind else 33
    return data[:place] + b"".join(chunks) + data[place:]


def itxt(keyword, text, *, packed=False):
    contents = zlib.compress(text) if packed else text
    return chunk(b"iTXt", keyword + bytes((0, packed, 0, 0, 0)) + contents)


def iim(*records):
    return b"".join(struct.pack(">BBBH", 0x1C, *dataset, len(text)) + text for dataset, text in records)


def resource(block, number=0x0404, name=b"\0\0"):
    return b"8BIM" + struct.pack(">H", number) + name + struct.pack(">I", len(block)) + block + b"\0" * (len(block) % 2)


def with_iptc(kind, records):
    if kind == "TIFF":
        return saved(kind, tiffinfo={33723: records})
    return jpeg_with(segment(0xED, b"Photoshop 3.0\0" + resource(b"x", 0x03F3, b"\3abc") + resource(records)))


def directory(order, start, fields, following=0):
    """A TIFF directory at `start`: {tag: (type, count, bytes)}, its entries, then what did not fit into them."""
    entries, more = b"", b""
    room = start + 2 + 12 * len(fields) + 4
    for tag, (kind, count, value) in sorted(fields.items()):
        if len(value) > 4:
            entries += struct.pack(f"{order}HHII", tag, kind, count, room + len(more))
            more += value + b"\0" * (len(value) % 2)
        else:
            entries += struct.pack(f"{order}HHI", tag, kind, count) + value.ljust(4, b"\0")
    return struct.pack(f"{order}H", len(fields)) + entries + struct.pack(f"{order}I", following) + more


def ascii_field(text):
    return 2, len(text) + 1, text.encode() + b"\0"


def exif_block(fields, shot=None, thumbnail=None, order="<"):
    """A TIFF structure: IFD0 with `fields`, the EXIF directory with `shot`, and IFD1 with the thumbnail."""
    pointer = {0x8769: (4, 1, struct.pack(f"{order}I", 0))} if shot else {}
    after = 8 + len(directory(order, 8, {**fields, **pointer}))
    shot_block = directory(order, after, shot) if shot else b""
    if shot:
        pointer[0x8769] = (4, 1, struct.pack(f"{order}I", after))
    second = after + len(shot_block) if thumbnail else 0
    block = directory(order, 8, {**fields, **pointer}, second) + shot_block
    if thumbnail:
        place, size = (struct.pack(f"{order}I", number) for number in (second + 2 + 24 + 4, len(thumbnail)))
        block += directory(order, second, {0x0201: (4, 1, place), 0x0202: (4, 1, size)}) + thumbnail
    return struct.pack(f"{order}2sHI", b"II" if order == "<" else b"MM", 42, 8) + block


def canon(order="<", thumbnail=None, **more):
    def rational(above, below):
        return 5, 1, struct.pack(f"{order}II", above, below)

    shot = {
        0x829A: rational(1, 200),
        0x829D: rational(28, 10),
        0x8827: (3, 1, struct.pack(f"{order}H", 400)),
        0x9003: ascii_field("2024:05:06 07:08:09"),
        0xA434: ascii_field("RF85mm F1.2 L USM"),
    }
    fields = {0x010F: ascii_field("Canon"), 0x0110: ascii_field("Canon EOS R5")}
    if "software" in more:
        fields[0x0131] = ascii_field(more["software"])
    return exif_block(fields, shot, thumbnail, order)


def thumbnail_of(*, other=False):
    buffer = io.BytesIO()
    pixels((160, 120), other=other).save(buffer, "JPEG")
    return buffer.getvalue()


def extended_jpeg(inside, guid=b"0123456789ABCDEF0123456789ABCDEF", *, named=True, portions=2):
    """A JPEG whose extended packet runs over two segments, the second one first; only so many of them are there."""
    main = packet(xmpNote_HasExtendedXMP=guid.decode()) if named else packet()
    half = len(inside) // 2
    both = [(half, inside[half:]), (0, inside[:half])]
    return jpeg_with(
        segment(0xE1, XMP_SEGMENT + main),
        *(
            segment(
                0xE1,
                b"http://ns.adobe.com/xmp/extension/\0" + guid + struct.pack(">II", len(inside), offset) + portion,
            )
            for offset, portion in both[:portions]
        ),
    )


def raw_profile(name, block, inside=None):
    digits = block.hex("\n", -36)  # lines of 72 digits
    text = f"\n{inside or name}\n{len(block):8}\n{digits}\n".encode()
    return chunk(b"zTXt", b"Raw profile type " + name.encode() + b"\0\0" + zlib.compress(text))


def with_gif_xmp(xmp):
    data = saved("GIF")
    trailer = b"\1" + bytes(range(255, -1, -1)) + b"\0"
    return data[:-1] + b"\x21\xff\x0bXMP DataXMP" + xmp + trailer + data[-1:]


MADE = says("iptc", "ai_generated", "IPTC DigitalSourceType trainedAlgorithmicMedia")
PLAYGROUND = says("iptc", "ai_generated", "IPTC Credit Apple Image Playground")
GOOGLE = says("iptc", "ai_generated", "IPTC Credit Made with Google AI")
PART_READ = says("xmp", "unknown", "XMP that can be read only in part")
CAMERA = says("exif", "camera", "Canon EOS R5, RF85mm F1.2 L USM, 1/200 s, f/2.8, ISO 400, 2024:05:06 07:08:09")

_TERMS = {
    "ai_generated": ("trainedAlgorithmicMedia",),
    "ai_edited": ("compositeWithTrainedAlgorithmicMedia", "compositeSynthetic"),
    "camera": ("digitalCapture", "computationalCapture", "negativeFilm", "positiveFilm", "print"),
    "edited": ("compositeCapture", "composite", "humanEdits", "minorHumanEdits", "algorithmicallyEnhanced"),
    "unknown": (
        "digitalCreation", "digitalArt", "dataDrivenMedia", "algorithmicMedia", "virtualRecording", "screenCapture",
        "softwareImage",
    ),
}  # fmt: skip

_XMP_MARKERS = {
    "source type": (packet(Iptc4xmpExt_DigitalSourceType=AI), (MADE,)),
    "credit": (
        packet(photoshop_Credit="Made with Google AI", Iptc4xmpExt_DigitalSourceType=AI),
        (MADE, GOOGLE),
    ),
    "AI edit": (
        packet(photoshop_Credit="Edited with Google AI"),
        (says("iptc", "ai_edited", "IPTC Credit Edited with Google AI"),),
    ),
    "AI fields": (
        packet(Iptc4xmpExt_AISystemUsed="Some Model", Iptc4xmpExt_AIPromptInformation="a face"),
        (
            says("iptc", "ai_edited", "IPTC AI System Used Some Model"),
            says("iptc", "ai_edited", "IPTC AI Prompt Information a face"),
        ),
    ),
    "generator": (
        packet(xmp_CreatorTool="Midjourney"),
        (says("xmp", "ai_generated", "XMP CreatorTool Midjourney"),),
    ),
    "editor": (
        packet(xmp_CreatorTool="Adobe Photoshop Lightroom Classic 13.0 (Windows)"),
        (says("xmp", "edited", "XMP CreatorTool Adobe Photoshop Lightroom Classic 13.0 (Windows)"),),
    ),
}
_IIM_MARKERS = {
    "credit": (iim(((2, 0), b"\0\4"), ((2, 110), b"Made with Google AI")), (GOOGLE,)),
    "clean up": (
        iim(((1, 90), b"\x1b%G"), ((2, 110), b"Apple Photos Clean Up")),
        (says("iptc", "ai_edited", "IPTC Credit Apple Photos Clean Up"),),
    ),
    "program": (
        iim(((2, 65), b"Adobe Photoshop")),
        (says("iptc", "edited", "IPTC Originating Program Adobe Photoshop"),),
    ),
    "agency": (iim(((2, 110), b"Agence France-Presse"), ((2, 120), b"Made with Google AI")), ()),
}


def _of_every_format():
    for kind in FORMATS:
        yield Case(f"{kind} plain", saved(kind), ())
        for name, (xmp, declared) in _XMP_MARKERS.items():
            yield Case(f"{kind} XMP {name}", with_xmp(kind, xmp), declared)
        edited = says("exif", "edited", "EXIF Software Facetune")
        yield Case(f"{kind} EXIF camera", with_exif(kind, canon()), (CAMERA,))
        yield Case(f"{kind} EXIF editor", with_exif(kind, canon(">", software="Facetune")), (CAMERA, edited))
    for kind in ("JPEG", "TIFF"):
        for name, (records, declared) in _IIM_MARKERS.items():
            yield Case(f"{kind} IIM {name}", with_iptc(kind, records), declared)


def _source_types():
    for meaning, terms in _TERMS.items():
        for term in terms:
            data = with_xmp("JPEG", packet(Iptc4xmpExt_DigitalSourceType=SOURCE_TYPES + term))
            yield Case(f"source type {term}", data, (says("iptc", meaning, f"IPTC DigitalSourceType {term}"),))
    data_term = packet(Iptc4xmpExt_DigitalSourceType="http://c2pa.org/digitalsourcetype/trainedAlgorithmicData")
    declared = says("iptc", "ai_generated", "IPTC DigitalSourceType trainedAlgorithmicData")
    yield Case("source type of C2PA", with_xmp("PNG", data_term), (declared,))
    old = packet(Iptc4xmpExt_DigitalSourcefileType=SOURCE_TYPES + "digitalCapture")
    yield Case(
        "old property", with_xmp("JPEG", old), (says("iptc", "camera", "IPTC DigitalSourceType digitalCapture"),)
    )
    new = SOURCE_TYPES + "somethingNew2031"
    declared = says("iptc", "unknown", f"IPTC DigitalSourceType {new}")
    yield Case("new term", with_xmp("WEBP", packet(Iptc4xmpExt_DigitalSourceType=new)), (declared,))


def _places():
    xmp = packet(Iptc4xmpExt_DigitalSourceType=AI)
    yield Case("extended XMP", extended_jpeg(xmp), (MADE,))
    yield Case("packed iTXt", png_with(itxt(b"XML:com.adobe.xmp", xmp, packed=True)), (MADE,))
    yield Case("iTXt behind the pixels", png_with(itxt(b"XML:com.adobe.xmp", xmp), behind=True), (MADE,))
    yield Case("GIF", with_gif_xmp(xmp), (MADE,))
    sequence = saved("AVIF", save_all=True, append_images=[pixels(other=True)], xmp=xmp)
    yield Case("AVIF of two pictures", sequence, (MADE,))
    painter = says("exif", "ai_generated", "EXIF Software Stable Diffusion")
    yield Case("BigTIFF", saved("TIFF", big_tiff=True, tiffinfo={305: "Stable Diffusion", 700: xmp}), (MADE, painter))
    yield Case("profile of another program: XMP", png_with(raw_profile("xmp", xmp)), (MADE,))
    records = _IIM_MARKERS["credit"][0]
    yield Case("profile of another program: IIM", png_with(raw_profile("iptc", resource(records))), (GOOGLE,))
    yield Case("profile named after the segment", png_with(raw_profile("APP1", XMP_SEGMENT + xmp)), (MADE,))
    yield Case("profile of another program: EXIF", png_with(raw_profile("exif", b"Exif\0\0" + canon())), (CAMERA,))
    resources = resource(records, name=b"\4abcd\0")
    two = (segment(0xED, b"Photoshop 3.0\0" + half) for half in (resources[:20], resources[20:]))
    renamed = raw_profile("iptc", resource(records), inside="IPTC profile")
    yield Case("profile with another name inside", png_with(renamed), (GOOGLE,))
    yield Case("profile of EXIF without a header", png_with(raw_profile("exif", canon())), (CAMERA,))
    yield Case("profile of digiKam: records without their resource", png_with(raw_profile("iptc", records)), (GOOGLE,))
    yield Case("resources over two segments", jpeg_with(*two), (GOOGLE,))


def _combinations():
    job = says("xmp", "ai_generated", f"Midjourney Job ID {JOB}")
    description = f"<dc:description><rdf:Alt><rdf:li xml:lang='x-default'>a face --v 6 Job ID: {JOB}</rdf:li></rdf:Alt>"
    description += "</dc:description>"
    yield Case("job", with_xmp("PNG", packet(description, Iptc4xmpExt_DigImageGUID=JOB)), (job,))
    text = chunk(b"tEXt", b"Description\0a face --ar 2:3 Job ID: " + JOB.encode())
    both = png_with(text, itxt(b"XML:com.adobe.xmp", packet(Iptc4xmpExt_DigImageGUID=JOB)))
    made = says("generator_text", "ai_generated", "made with Midjourney, from text")
    yield Case("job in a PNG text", both, (job, made))
    yield Case("job number alone", with_xmp("PNG", packet(Iptc4xmpExt_DigImageGUID=JOB)), ())
    yield Case("job in a caption alone", with_xmp("JPEG", packet(description)), ())
    edit = SOURCE_TYPES + "compositeWithTrainedAlgorithmicMedia"
    declared = (
        says("iptc", "ai_edited", "IPTC DigitalSourceType compositeWithTrainedAlgorithmicMedia"),
        says("iptc", "ai_edited", "IPTC Credit Made with Google AI"),
    )
    google = packet(photoshop_Credit="Made with Google AI", Iptc4xmpExt_DigitalSourceType=edit)
    yield Case("an edit with the maker's credit", with_xmp("JPEG", google), declared)
    full = packet(Iptc4xmpExt_DigitalSourceType=AI, Iptc4xmpExt_AISystemUsed="M", Iptc4xmpExt_AISystemVersionUsed="2")
    fields = (
        says("iptc", "ai_generated", "IPTC AI System Used M"),
        says("iptc", "ai_generated", "IPTC AI System Version Used 2"),
    )
    yield Case("AI fields of a generated picture", with_xmp("JPEG", full), (MADE, *fields))
    same = says("exif", "camera", f"{CAMERA.detail}, thumbnail agrees")
    yield Case("thumbnail of the photo", with_exif("JPEG", canon(thumbnail=thumbnail_of())), (same,))
    yield Case("phone", with_exif("JPEG", canon(software="17.4.1")), (CAMERA,))
    yield Case("scanner", with_exif("JPEG", exif_block({0x010F: ascii_field("E"), 0x0110: ascii_field("V600")})), ())


def _elsewhere():
    """The words where they mean nothing."""
    ingredient = (
        "<xmpMM:Pantry><rdf:Bag><rdf:li><rdf:Description "
        f"Iptc4xmpExt:DigitalSourceType='{AI}' xmp:CreatorTool='Midjourney'/></rdf:li></rdf:Bag></xmpMM:Pantry>"
    )
    xmp = packet(Iptc4xmpExt_DigitalSourceType=AI)
    yield Case("ingredient", with_xmp("JPEG", packet(ingredient)), ())
    yield Case("caption", with_xmp("JPEG", packet(dc_title="trainedAlgorithmicMedia, Made with Google AI")), ())
    yield Case("credit in a sentence", with_xmp("JPEG", packet(photoshop_Credit="Not Made with Google AI")), ())
    yield Case("program in a sentence", with_xmp("JPEG", packet(xmp_CreatorTool="No Midjourney")), ())
    yield Case("extended XMP of another file", extended_jpeg(xmp, named=False), ())
    yield Case("extended XMP of which a part is missing", extended_jpeg(xmp, portions=1), (PART_READ,))
    broken = zlib.compress(b"\nxmp\n 5\nno digits")
    yield Case("profile that is none", png_with(chunk(b"zTXt", b"Raw profile type xmp\0\0" + broken)), ())
    yield Case("profile of colours", png_with(raw_profile("icc", xmp)), ())
    yield Case("PNG text under another keyword", png_with(itxt(b"Comment", xmp)), ())
    yield Case("JPEG comment", jpeg_with(segment(0xFE, xmp)), ())
    yield Case("EXIF in another segment", jpeg_with(segment(0xE2, b"Exif\0\0" + canon())), ())
    yield Case("another resource", jpeg_with(segment(0xED, b"Photoshop 3.0\0" + resource(b"x", 0x0405))), ())


def _wrong_sizes():
    """Segments of a JPEG and files of WebP that state another size than they have."""
    xmp = packet(Iptc4xmpExt_DigitalSourceType=AI)
    ready = segment(0xE1, XMP_SEGMENT + xmp)
    for name, swallowing in (
        ("APP0", segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")),
        ("a comment", segment(0xFE, b"hello")),
        ("EXIF", segment(0xE1, b"Exif\0\0" + exif_block({0x0131: ascii_field("x")}))),
    ):
        for more in (2, 20, 60):
            length = struct.pack(">H", len(swallowing) - 2 + more)
            data = jpeg_with(swallowing[:2] + length + swallowing[4:], ready)
            yield Case(f"size of {name} too large by {more}", data, (MADE,))
    settings = b"a face\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512, Model: x"
    comment = jpeg_with(b"\xff\xfe\0\x14" + settings, ready)
    webui = says("generator_text", "ai_generated", "made with Stable Diffusion WebUI, from text")
    yield Case("size of a comment too small", comment, (MADE, webui))
    webp = with_xmp("WEBP", xmp)
    for size in (0, 100):
        yield Case(f"a WebP that states {size} bytes", webp[:4] + struct.pack("<I", size) + webp[8:], (MADE,))


def _flawed():
    """Flaws that exiftool and libjpeg forgive, too."""
    xmp = packet(Iptc4xmpExt_DigitalSourceType=AI)
    ready = segment(0xE1, XMP_SEGMENT + xmp)
    first = segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
    for count in (1, 2, 16):
        yield Case(f"{count} bytes between segments", jpeg_with(first, b"junkjunkjunkjunk"[:count], ready), (MADE,))
        yield Case(f"{count} bytes behind the segment", jpeg_with(ready, b"junkjunkjunkjunk"[:count]), (MADE,))
    whole = canon(">")
    for cut in (100, len(whole) - 10):
        halves = (segment(0xE1, b"Exif\0\0" + half) for half in (whole[:cut], whole[cut:]))
        yield Case(f"EXIF over two segments, cut at {cut}", jpeg_with(*halves, ready), (MADE, CAMERA))
    other = segment(0xE1, b"Exif\0\0" + exif_block({0x010F: ascii_field("Other")}))
    yield Case("another EXIF behind the first", jpeg_with(segment(0xE1, b"Exif\0\0" + whole), other), (CAMERA,))
    turned = whole.replace(b"MM\0*", b"MM*\0", 1)
    yield Case("EXIF whose header has the other order", png_with(chunk(b"eXIf", turned)), (CAMERA,))
    empty = b"<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?> <?xpacket end='w'?>"
    yield Case("XMP that is empty", jpeg_with(segment(0xE1, XMP_SEGMENT + empty)), ())
    for wrong in (-12, 2):
        length = struct.pack(">H", len(ready) - 2 + wrong)
        yield Case(f"size of XMP wrong by {wrong}", jpeg_with(ready[:2] + length + ready[4:]), (MADE,))
    camera = segment(0xE1, b"Exif\0\0" + canon())
    length = struct.pack(">H", len(camera) - 20)
    yield Case("size of EXIF too small", jpeg_with(camera[:2] + length + camera[4:], ready), (MADE, CAMERA))
    yield Case("size beyond the file", jpeg_with(b"\xff\xe0\xff\xf0JFIF", ready), (MADE,))
    yield Case("size of nothing", jpeg_with(b"\xff\xe5\0\0", ready), (MADE,))
    yield Case("cut off behind the XMP", jpeg_with(ready)[: 2 + len(ready)], (MADE,))
    spoilt_header = b"XMP\0://ns.adobe.com/xap/1.0/\0"
    yield Case("a header that was spoilt", jpeg_with(segment(0xE1, spoilt_header + xmp)), (MADE,))
    whole = xmp.decode()
    for encoding in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        yield Case(encoding, jpeg_with(segment(0xE1, XMP_SEGMENT + whole.encode(encoding))), (MADE,))
    yield Case("UTF-16 in a PNG", png_with(itxt(b"XML:com.adobe.xmp", whole.encode("utf-16"))), (MADE,))
    declared = b"<?xml version='1.0' encoding='UTF-16'?>" + xmp
    spoilt = {
        "line break before the XML declaration": b"\r\n" + declared,
        "mark before the XML declaration": "\ufeff".encode() + declared,
        "letters before the XML": b"xyz" + xmp,
        "NUL between attributes": xmp.replace(b" Iptc4xmpExt:D", b"\0Iptc4xmpExt:D"),
        "NUL inside a value": xmp.replace(b"trained", b"trai\0ned"),
        "control characters": xmp.replace(b"</rdf:Desc", b"\x01\x1f</rdf:Desc"),
        "a reference to a control character": xmp.replace(b"Media'", b"Media' dc:title='&#0;&#x1F;'"),
        "bare ampersand and bracket": xmp.replace(b"</rdf:Desc", b"<dc:title>A & B &c; < 3</dc:title></rdf:Desc"),
        "letters of Latin-1": xmp.replace(b"</rdf:Desc", b"<dc:title>\xe9t\xe9</dc:title></rdf:Desc"),
        "undeclared prefix of another property": xmp.replace(b"Media'", b"Media' ex:a='1'"),
        "a slash in a name": xmp.replace(
            b"</rdf:Desc", b"<exif:TIFF/EPStandardID>1</exif:TIFF/EPStandardID></rdf:Desc"
        ),
        "undeclared prefix of the property": xmp.replace(b"xmlns:Iptc4xmpExt", b"xmlns:other"),
        "prefix declared for another element": xmp.replace(b"Media'", b"Media' ex:a='1'").replace(
            b"</rdf:Desc", b"<ex:b xmlns:ex='urn:ex'/></rdf:Desc"
        ),
        "the end of a longer packet": xmp + b"   <dc:rights>old</dc:rights></rdf:Description></rdf:RDF></x:xmpmeta>",
        "two packets": packet() + xmp,
        "the JPEG's header twice": XMP_SEGMENT + xmp,
        "two RDF elements": xmp.replace(
            b"<rdf:Desc", b"<rdf:Description/></rdf:RDF><rdf:RDF %s><rdf:Desc" % _RDF_NAMES
        ),
        "a description named by its type": xmp.replace(b"rdf:Description", b"dc:Image"),
        "an attribute twice": xmp.replace(b"rdf:about=''", b"rdf:about='' rdf:about=''"),
        "an attribute without a value": xmp.replace(b"rdf:about=''", b"rdf:about="),
        "a value without quotes": xmp.replace(f"'{AI}'".encode(), AI.encode()),
        "no wrapper": xmp[xmp.index(b"<rdf:RDF") : xmp.index(b"</x:")],
    }
    for name, flawed in spoilt.items():
        yield Case(f"XMP with {name}", jpeg_with(segment(0xE1, XMP_SEGMENT + flawed)), (MADE,))
    yield Case("WebP that kept the JPEG's header", with_xmp("WEBP", XMP_SEGMENT + xmp), (MADE,))
    cut = xmp[: xmp.index(b"</rdf:RDF")]
    yield Case("a packet cut off before another", jpeg_with(segment(0xE1, XMP_SEGMENT + cut + xmp)), (MADE, PART_READ))
    five = (segment(0xE1, XMP_SEGMENT + part) for part in (*4 * [packet()], xmp))
    yield Case("five packets", jpeg_with(*five), (MADE,))
    yield Case("extended XMP that is missing", extended_jpeg(xmp, portions=0), (PART_READ,))
    yield Case("XMP cut off", jpeg_with(segment(0xE1, XMP_SEGMENT + cut)), (MADE, PART_READ))
    unread = says("xmp", "unknown", "XMP that cannot be read")
    yield Case("XMP that is none", jpeg_with(segment(0xE1, XMP_SEGMENT + b"none")), (unread,))
    for inside in (
        f" rdf:parseType='Resource'><rdf:value>{AI}</rdf:value><dc:type>x</dc:type>",
        f" rdf:parseType='Resource'><rdf:value rdf:resource='{AI}'/>",
        f"><rdf:Description><rdf:value>{AI}</rdf:value></rdf:Description>",
        f"><rdf:Description rdf:value='{AI}' dc:type='x'/>",
        f"><rdf:Bag><rdf:li rdf:parseType='Resource'><rdf:value>{AI}</rdf:value></rdf:li></rdf:Bag>",
    ):
        data = packet(f"<Iptc4xmpExt:DigitalSourceType{inside}</Iptc4xmpExt:DigitalSourceType>")
        yield Case(f"a value with qualifiers {len(inside)}", jpeg_with(segment(0xE1, XMP_SEGMENT + data)), (MADE,))


def samsung_trailer(gen_ai_type, name=b"PhotoEditor_Re_Edit_Data"):
    """What Samsung's editor leaves behind a picture."""
    noted = b'{"originalPath":"/data/x","genAIType":%d}' % gen_ai_type
    block = struct.pack("<HHI", 0, 0x0BA1, len(name)) + name + noted
    directory = b"SEFH" + struct.pack("<IIHHII", 106, 1, 0, 0x0BA1, len(block), len(block))
    return block + directory + struct.pack("<I", len(directory)) + b"SEFT"


def _labels():
    """Labels that a law prescribes, or that a maker writes in a way of its own."""
    aigc = '{"Label":"%s","ContentProducer":"%s","ProduceID":"1","ReservedCode1":""}'
    escaped = (aigc % ("1", "doubao")).replace('"', "&quot;")
    namespace = "xmlns:TC260='http://www.tc260.org.cn/ns/AIGC/1.0/'"
    made = says("xmp", "ai_generated", "GB 45438-2025 AIGC Label 1")
    yield Case("AIGC element", with_xmp("JPEG", packet(f"<TC260:AIGC {namespace}>{escaped}</TC260:AIGC>")), (made,))
    attribute = packet().replace(b"rdf:about=''", f"rdf:about='' {namespace} TC260:AIGC='{escaped}'".encode())
    yield Case("AIGC attribute", with_xmp("PNG", attribute), (made,))
    secure = packet(f"<TC260:AIGC {namespace.replace('http:', 'https:')}>{escaped}</TC260:AIGC>")
    yield Case("AIGC in a namespace of https", with_xmp("JPEG", secure), (made,))
    unread = says("xmp", "unknown", "GB 45438-2025 AIGC label that cannot be read")
    for text in ("1", "{'Label':'1'}"):
        data = packet(f"<TC260:AIGC {namespace}>{text}</TC260:AIGC>")
        yield Case(f"AIGC that is no JSON {len(text)}", with_xmp("JPEG", data), (unread,))
    undeclared = packet(f"<TC260:AIGC>{escaped}</TC260:AIGC>")
    yield Case("AIGC without its namespace", with_xmp("WEBP", undeclared), (made,))
    for label, meaning, meant in (
        ("1", "ai_generated", ""),
        ("2", "unknown", ": perhaps made by AI, says the person who posted it"),
        ("3", "unknown", ": suspected to be made by AI, says a platform"),
    ):
        text = aigc % (label, "00119144030071526726XG")
        detail = f"GB 45438-2025 AIGC Label {label}{meant}"
        declared = (says("generator_text", meaning, detail),)
        yield Case(f"AIGC {label} in a PNG text", png_with(chunk(b"tEXt", b"AIGC\0" + text.encode())), declared)
        comment = b"ASCII\0\0\0" + f'{{"AIGC": {text}}}'.encode()
        block = exif_block({}, {0x9286: (7, len(comment), comment)})
        yield Case(f"AIGC {label} in EXIF", with_exif("JPEG", block), (says("exif", meaning, detail),))
    for name, text, declared in (
        ("a label of another kind in EXIF", b'{"label": 1, "width": 3}', ()),
        ("AIGC in EXIF behind its name", b'AIGC={"Label": "1"}', (says("exif", "ai_generated", made.detail),)),
        (
            "AIGC in EXIF without its wrapper",
            (aigc % ("1", "doubao")).encode(),
            (says("exif", "ai_generated", made.detail),),
        ),
    ):
        comment = b"ASCII\0\0\0" + text
        yield Case(name, with_exif("JPEG", exif_block({}, {0x9286: (7, len(comment), comment)})), declared)
    yield Case("AIGC of another kind", png_with(chunk(b"tEXt", b'AIGC\0{"Label2": "1"}')), ())
    yield Case("AIGC with another label", png_with(chunk(b"tEXt", b'AIGC\0{"Label": "0"}')), ())
    galaxy = says("exif", "ai_edited", "Samsung PhotoEditor_Re_Edit_Data genAIType 1")
    sefd = struct.pack(">I", 8 + len(samsung_trailer(1))) + b"sefd" + samsung_trailer(1)
    yield Case("Galaxy AI in a HEIC", saved("HEIF") + sefd, (galaxy,))
    artist = ascii_field("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0")
    grok = exif_block({0x010E: ascii_field("Signature: " + "Ab3+" * 20), 0x013B: artist})
    xai = says("exif", "ai_generated", "EXIF Signature of xAI, 0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0")
    yield Case("Grok", with_exif("JPEG", grok), (xai,))
    yield Case("a signature of a painter", with_exif("JPEG", exif_block({0x010E: ascii_field("Signature: AB")})), ())
    yield Case("Image Playground", with_xmp("JPEG", packet(photoshop_Credit="Apple Image Playground")), (PLAYGROUND,))


CORPUS = tuple(
    case
    for cases in (_of_every_format, _source_types, _places, _combinations, _elsewhere, _flawed, _wrong_sizes, _labels)
    for case in cases()
)
