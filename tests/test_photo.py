"""Any image file becomes the same upright 8-bit sRGB picture, or is refused in one plain sentence."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import struct
import sys
import warnings
import zlib

import cv2
import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps, TiffImagePlugin
from tests import odd_pictures

from artifact_check.errors import HighDynamicRangeError, TooLargeError, UnreadableError
from artifact_check.photo import Photo, decode, decoding, from_array
from artifact_check.photo.silence import silent_stderr
from artifact_check.photo.transfer import require_ordinary_range
from artifact_check.sources import source

pillow_heif.register_heif_opener(thumbnails=False)

WIDTH, HEIGHT = 96, 64
# How a camera stores an upright picture under each EXIF orientation.
STORED_AS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
LOSSLESS = {"PNG": {}, "WEBP": {"lossless": True}, "TIFF": {}, "BMP": {}}
LOSSY = {"JPEG": {"quality": 95}, "HEIF": {"quality": 90}, "AVIF": {"quality": 90}}


def picture() -> Image.Image:
    """Four corners of different colours, so that no turn or mirror image looks like another."""
    pixels = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    pixels[:32, :48] = (200, 40, 40)
    pixels[:32, 48:] = (40, 200, 40)
    pixels[32:, :48] = (40, 40, 200)
    return Image.fromarray(pixels)


def noise() -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8))


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def exif(orientation: int) -> bytes:
    block = Image.Exif()
    block[0x0112] = orientation
    return block.tobytes()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_header(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"x\x9c")


def assert_pixels(taken: Photo, expected: object, tolerance: int = 0) -> None:
    """`expected` is a picture, or one colour that all pixels have."""
    difference = np.abs(taken.pixels.astype(int) - np.asarray(expected, dtype=int))
    assert difference.max() <= tolerance


# --- what a photo is


@pytest.mark.parametrize("kind", LOSSLESS)
def test_lossless_formats_keep_every_pixel(kind):
    taken = decode(encoded(picture(), kind, **LOSSLESS[kind]))
    assert_pixels(taken, picture())
    assert (taken.format, taken.width, taken.height) == (kind, WIDTH, HEIGHT)


@pytest.mark.parametrize("kind", LOSSY)
def test_lossy_formats_come_close(kind):
    taken = decode(encoded(Image.new("RGB", (WIDTH, HEIGHT), (200, 120, 90)), kind, **LOSSY[kind]))
    assert_pixels(taken, (200, 120, 90), tolerance=4)
    assert (taken.format, taken.width, taken.height) == (kind, WIDTH, HEIGHT)


def test_pixels_are_contiguous_and_read_only():
    pixels = decode(encoded(picture(), "JPEG")).pixels
    assert pixels.flags.c_contiguous
    assert pixels.dtype == np.uint8
    with pytest.raises(ValueError, match="read-only"):
        pixels[0, 0, 0] = 1


def test_the_hash_is_that_of_the_file():
    data = encoded(picture(), "PNG")
    assert decode(data).sha256 == hashlib.sha256(data).hexdigest()


def test_a_jpeg_with_a_second_picture_behind_it_is_a_jpeg():
    data = encoded(picture(), "MPO", save_all=True, append_images=[noise()], quality=90)
    taken = decode(data)
    assert (taken.format, taken.jpeg_quality) == ("JPEG", 90)
    assert_pixels(taken, decode(encoded(picture(), "JPEG", quality=90)).pixels)


def test_a_gain_map_does_not_change_the_picture_beside_it():
    """As Ultra HDR and ISO 21496-1 keep it: announced in XMP and APP2, and stored as the second picture."""
    plain = encoded(picture(), "JPEG", quality=90)
    says = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r hdrgm:Version="1.0" hdrgm:GainMapMax="3"/></x:xmpmeta>'
    announced = encoded(picture(), "MPO", save_all=True, append_images=[noise()], quality=90, xmp=says)
    standard = b"urn:iso:std:iso:ts:21496:-1\0" + bytes(4)
    announced = announced[:2] + b"\xff\xe2" + struct.pack(">H", 2 + len(standard)) + standard + announced[2:]
    assert b"hdrgm" in announced
    assert_pixels(decode(announced), decode(plain).pixels)


# --- upright


@pytest.mark.parametrize("orientation", STORED_AS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_the_picture_is_upright_whatever_way_it_was_stored(kind, orientation):
    turn = STORED_AS[orientation]
    stored = picture() if turn is None else picture().transpose(turn)
    taken = decode(encoded(stored, kind, exif=exif(orientation), **(LOSSLESS | LOSSY)[kind]))
    assert (taken.width, taken.height) == (WIDTH, HEIGHT)
    # Away from the edges between the colours, where lossy formats blur.
    for y, x in [(16, 24), (16, 72), (48, 24), (48, 72)]:
        assert np.abs(taken.pixels[y, x].astype(int) - picture().getpixel((x, y))).max() < 12


@pytest.mark.parametrize("orientation", STORED_AS)
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"quality": 30}])
def test_a_jpeg_gives_the_very_pixels_that_pillow_decodes(orientation, options):
    data = encoded(noise(), "JPEG", exif=exif(orientation), **options)
    with Image.open(io.BytesIO(data)) as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    assert np.array_equal(decode(data).pixels, expected)


def test_png_orientation_counts_behind_the_pixels_too():
    data = encoded(picture().transpose(Image.Transpose.ROTATE_90), "PNG")
    end = chunk(b"IEND", b"")
    data = data.removesuffix(end) + chunk(b"eXIf", exif(6).removeprefix(b"Exif\0\0")) + end
    assert_pixels(decode(data), picture())


@pytest.mark.parametrize("orientation", [0, 9, 4711])
def test_an_orientation_that_does_not_exist_is_ignored(orientation):
    assert_pixels(decode(encoded(picture(), "PNG", exif=exif(orientation))), picture())


@pytest.mark.parametrize(
    "damaged", [b"Exif\0\0", b"Exif\0\0MM\0*\0\0\0\x08\0\xff", b"Exif\0\0II*\0\xff\xff\xff\x7f", b"Exif"]
)
def test_damaged_exif_costs_nothing_but_the_orientation(damaged):
    assert decode(encoded(picture(), "JPEG", exif=damaged)).width == WIDTH


def orientation_stored_as(kind: int, order: str, value: int) -> bytes:
    """EXIF whose orientation has one of TIFF's types."""
    stored = {
        1: "B", 3: "H", 4: "I", 5: "II", 6: "b", 7: "B", 8: "h", 9: "i", 10: "ii", 11: "f", 12: "d", 13: "I",
    }  # fmt: skip
    if kind == 2:
        content, count = b"%d\0" % value, 2
    else:
        content, count = struct.pack(order + stored[kind], *(value, 1)[: len(stored[kind])]), 1
    place = content.ljust(4, b"\0") if len(content) <= 4 else struct.pack(f"{order}I", 26)
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HIHHHI", 42, 8, 1, 0x0112, kind, count)
    return b"Exif\0\0" + head + place + bytes(4) + content


@pytest.mark.parametrize("value", [3, 6])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", range(1, 14))
def test_an_orientation_of_any_type_counts(kind, order, value):
    """As for exiftool, which reads each of them."""
    stored = picture().transpose(STORED_AS[value])
    for container in ("JPEG", "PNG", "WEBP"):
        options = LOSSLESS.get(container, {"quality": 95, "subsampling": 0})
        taken = decode(encoded(stored, container, exif=orientation_stored_as(kind, order, value), **options))
        assert (taken.width, taken.height) == (WIDTH, HEIGHT)
        assert_pixels(taken_corners(taken), picture_corners(), tolerance=12)


def taken_corners(photo: Photo) -> Photo:
    return from_array(photo.pixels[16::32, 24::48])


def picture_corners() -> np.ndarray:
    return np.asarray(picture())[16::32, 24::48]


# --- TIFF


def ramps(channels: int, dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """Channels that differ, and their values from 0 to 1."""
    y, x = np.mgrid[0:70, 0:90]
    values = np.stack([x / 89, y / 69, (x + y) / 158, 0.25 + x / 178, 0.5 + y / 138][:channels], axis=-1)
    return (values * np.iinfo(dtype).max).round().astype(dtype), values


LAYOUTS = [{}, {"tiles": True}, {"packed": True, "predictor": True}, {"packed": True, "tiles": True}]


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("planes", [True, False])
def test_a_tiff_gives_its_pixels_however_they_are_laid_out(planes, dtype, order, layout):
    colours, values = ramps(3, dtype)
    taken = decode(odd_pictures.tiff(colours, planes=planes, order=order, **layout))
    assert_pixels(taken, 255 * values, tolerance=1)

    inks, values = ramps(4, dtype)
    taken = decode(odd_pictures.tiff(inks, photometric=odd_pictures.INKS, planes=planes, order=order, **layout))
    assert_pixels(taken, 255 * (1 - values[..., :3]) * (1 - values[..., 3:]), tolerance=2)

    clear, values = ramps(4, dtype)
    taken = decode(odd_pictures.tiff(clear, extra=odd_pictures.ALPHA, planes=planes, order=order, **layout))
    alpha = values[..., 3:]
    assert_pixels(taken, 255 * (values[..., :3] * alpha + 1 - alpha), tolerance=2)

    clear[..., :3] = clear[..., :3] * alpha
    taken = decode(odd_pictures.tiff(clear, extra=odd_pictures.PREMULTIPLIED, planes=planes, order=order, **layout))
    assert_pixels(taken, 255 * (values[..., :3] * alpha + 1 - alpha), tolerance=3)


def test_a_plane_that_means_nothing_is_left_aside():
    colours, values = ramps(4, np.uint16)
    assert_pixels(decode(odd_pictures.tiff(colours, extra=odd_pictures.NO_MEANING)), 255 * values[..., :3], tolerance=1)


@pytest.mark.parametrize("orientation", STORED_AS)
def test_a_tiff_in_planes_is_upright(orientation):
    turn = STORED_AS[orientation]
    stored = np.asarray(picture() if turn is None else picture().transpose(turn)).astype(np.uint16) * 257
    assert_pixels(decode(odd_pictures.tiff(stored, orientation=orientation)), picture())


@pytest.mark.parametrize(
    "data",
    [
        odd_pictures.tiff(ramps(3, np.uint32)[0]),
        odd_pictures.tiff(ramps(3, np.uint32)[0], planes=False),
        odd_pictures.tiff(ramps(2, np.uint8)[0], photometric=odd_pictures.GREY, extra=odd_pictures.ALPHA),
        odd_pictures.tiff(ramps(2, np.uint16)[0], photometric=odd_pictures.GREY, extra=odd_pictures.ALPHA),
        odd_pictures.tiff(ramps(1, np.uint16)[0], photometric=odd_pictures.WHITE_AT_ZERO, planes=False),
    ],
    ids=["32 bits in planes", "32 bits", "transparent grey", "transparent deep grey", "white at 0"],
)
def test_a_tiff_that_would_be_misread_is_refused_with_advice(data):
    with pytest.raises(UnreadableError, match="export it as 8-bit JPEG or PNG"):
        decode(data)


# --- HDR


@pytest.mark.parametrize("make", [odd_pictures.heif_of, odd_pictures.avif_of, odd_pictures.png_of])
@pytest.mark.parametrize(
    ("transfer", "name"), [(odd_pictures.PQ, r"PQ \(HDR\)"), (odd_pictures.HLG, r"HLG \(HDR\)"), (8, "linear light")]
)
def test_a_picture_for_another_screen_is_not_judged_and_says_why(make, transfer, name):
    with pytest.raises(HighDynamicRangeError, match=f"{name}.*export it as SDR") as refusal:
        decode(make(transfer, picture()))
    assert refusal.value.status == "not_assessed"


@pytest.mark.parametrize("make", [odd_pictures.heif_of, odd_pictures.avif_of, odd_pictures.png_of])
def test_a_picture_that_says_its_curve_is_srgbs_is_read(make):
    assert decode(make(odd_pictures.SRGB, Image.new("RGB", (WIDTH, HEIGHT), (128, 128, 128)))).width == WIDTH


def test_a_png_whose_gamma_is_one_is_linear_unless_another_chunk_says_its_curve():
    linear, usual = (b"gAMA" + struct.pack(">I", gamma) for gamma in (100_000, 45_455))
    with pytest.raises(HighDynamicRangeError, match=r"linear light.*export it as SDR"):
        decode(odd_pictures.png_with(picture(), linear))
    for chunks in ((usual,), (linear, b"sRGB\0"), (linear, b"cICP" + bytes([1, odd_pictures.SRGB, 0, 1]))):
        assert decode(odd_pictures.png_with(picture(), *chunks)).width == WIDTH


@pytest.mark.parametrize(
    ("tags", "refused"),
    [
        ({b"cicp": b"cicp\0\0\0\0" + bytes([9, odd_pictures.PQ, 0, 1])}, True),
        ({b"cicp": b"cicp\0\0\0\0" + bytes([12, odd_pictures.SRGB, 0, 1])}, False),
        ({b"desc": b"desc\0\0\0\0\0\0\0\x11Rec.2100 HLG\0"}, True),
        ({b"desc": b"mluc" + bytes(24) + "Display P3 PQ".encode("utf-16-be")}, True),
        ({b"desc": b"mluc" + bytes(24) + "Display P3".encode("utf-16-be")}, False),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_a_profile_for_another_screen_counts_in_any_format(kind, tags, refused):
    data = encoded(picture(), kind, icc_profile=icc_profile(b"RGB ", b"XYZ ", tags))
    with pytest.raises(HighDynamicRangeError) if refused else contextlib.nullcontext():
        assert decode(data).width == WIDTH


def test_only_the_picture_that_is_shown_counts():
    """Another item beside it, such as the one that a gain map makes of it, may be for HDR screens."""
    data = odd_pictures.heif_of(odd_pictures.SRGB, picture())
    place = data.index(b"ipco") - 4
    size = int.from_bytes(data[place : place + 4])
    colour = struct.pack(">I", 19) + b"colrnclx" + struct.pack(">HHHB", 9, odd_pictures.PQ, 9, 128)
    widened = data[: place + size] + colour + data[place + size :]
    for box in (b"meta", b"iprp", b"ipco"):
        at = widened.index(box) - 4
        larger = int.from_bytes(widened[at : at + 4]) + len(colour)
        widened = widened[:at] + struct.pack(">I", larger) + widened[at + 4 :]
    require_ordinary_range(widened, None)
    with pytest.raises(HighDynamicRangeError):
        require_ordinary_range(widened.replace(b"\0\x0d", b"\0\x10"), None)


@pytest.mark.parametrize(("type_", "value"), [(3, 5), (2, "sRGB")])
def test_a_profile_that_is_no_bytes_is_ignored(type_, value):
    fields = TiffImagePlugin.ImageFileDirectory_v2()
    fields.tagtype[34675] = type_
    fields[34675] = value
    assert_pixels(decode(encoded(picture(), "TIFF", tiffinfo=fields)), picture())


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_damaged_boxes_and_profiles_say_nothing(share):
    data = odd_pictures.heif_of(odd_pictures.SRGB, picture())
    require_ordinary_range(data[: int(share * len(data))], wide_profile()[: int(share * 500)])


# --- colours


def icc_profile(space: bytes, pcs: bytes, tags: dict[bytes, bytes]) -> bytes:
    """A version 2 profile: 128 bytes of header, the table of tags, the tags."""
    offset = 128 + 4 + 12 * len(tags)
    table, bodies = struct.pack(">I", len(tags)), b""
    for name, body in tags.items():
        table += name + struct.pack(">II", offset + len(bodies), len(body))
        bodies += body + bytes(-len(body) % 4)
    header = bytearray(128)
    header[0:4] = struct.pack(">I", offset + len(bodies))
    header[8:12] = b"\x02\x40\0\0"
    header[12:24] = (b"prtr" if space == b"CMYK" else b"mntr") + space + pcs
    header[36:40] = b"acsp"
    header[68:80] = xyz(0.9642, 1.0, 0.8249)[8:]
    return bytes(header) + table + bodies


def xyz(*values: float) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *[round(65536 * value) for value in values])


# Colorants relative to D50, one a row.
DISPLAY_P3 = np.array([[0.51512, 0.24120, -0.00105], [0.29198, 0.69225, 0.04189], [0.15710, 0.06657, 0.78407]])
SRGB = np.array([[0.43607, 0.22249, 0.01392], [0.38515, 0.71687, 0.09708], [0.14307, 0.06061, 0.71410]])
GAMMA = 2.0


def curve() -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(256 * GAMMA))


def wide_profile() -> bytes:
    """Display-P3 primaries, with a plain power curve."""
    colorants = {name: xyz(*row) for name, row in zip([b"rXYZ", b"gXYZ", b"bXYZ"], DISPLAY_P3, strict=True)}
    curves = {name: curve() for name in (b"rTRC", b"gTRC", b"bTRC")}
    return icc_profile(b"RGB ", b"XYZ ", {b"wtpt": xyz(0.9642, 1.0, 0.8249), **colorants, **curves})


def grey_profile() -> bytes:
    return icc_profile(b"GRAY", b"XYZ ", {b"wtpt": xyz(0.9642, 1.0, 0.8249), b"kTRC": curve()})


def grey_ink_profile() -> bytes:
    """CMYK whose coloured inks all print as the same grey, CIELAB (50, 0, 0), and whose black is black."""
    straight = bytes(range(256))
    table = struct.pack(">4B9i", 4, 3, 2, 0, *[65536 * (i % 4 == 0) for i in range(9)])
    body = b"mft1\0\0\0\0" + table + 4 * straight + 8 * bytes([128, 128, 128, 0, 128, 128]) + 3 * straight
    return icc_profile(b"CMYK", b"Lab ", {b"wtpt": xyz(0.9642, 1.0, 0.8249), b"A2B0": body})


def srgb_encoded(linear: np.ndarray) -> np.ndarray:
    clipped = np.clip(linear, 0, 1)
    return 255 * np.where(clipped <= 0.0031308, 12.92 * clipped, 1.055 * clipped ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("colour", [(200, 120, 90), (128, 128, 128), (90, 140, 100), (255, 255, 255), (0, 0, 0)])
@pytest.mark.parametrize("kind", sorted(LOSSLESS.keys() - {"BMP"}))
def test_a_wide_gamut_picture_is_brought_to_srgb(kind, colour):
    data = encoded(Image.new("RGB", (8, 8), colour), kind, icc_profile=wide_profile(), **LOSSLESS[kind])
    expected = srgb_encoded((np.array(colour) / 255) ** GAMMA @ DISPLAY_P3 @ np.linalg.inv(SRGB))
    assert_pixels(decode(data), np.round(expected), tolerance=1)


def test_srgb_tagged_pixels_stay_as_they_are():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert_pixels(decode(encoded(noise(), "PNG", icc_profile=srgb)), noise())


@pytest.mark.parametrize("profile", [b"not a profile", wide_profile()[:200], grey_ink_profile(), grey_profile()])
def test_a_profile_that_is_broken_or_for_other_colours_is_ignored(profile):
    assert_pixels(decode(encoded(picture(), "PNG", icc_profile=profile)), picture())


def test_a_grey_profile_is_applied_to_grey():
    data = encoded(Image.new("L", (8, 8), 100), "PNG", icc_profile=grey_profile())
    assert_pixels(decode(data), np.round(srgb_encoded(np.array((100 / 255) ** GAMMA))), tolerance=1)


def test_cmyk_without_a_profile_reads_as_inks_on_white_paper():
    inks = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    assert_pixels(decode(encoded(inks, "JPEG", quality=95)), (255, 0, 0), tolerance=3)
    assert_pixels(decode(encoded(inks, "TIFF")), (255, 0, 0))


def test_cmyk_with_a_profile_reads_as_the_profile_says():
    inks = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    data = encoded(inks, "JPEG", quality=95, icc_profile=grey_ink_profile())
    assert_pixels(decode(data), (119, 119, 119), tolerance=3)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled_not_clipped(kind):
    ramp = np.linspace(0, 65535, 64 * 64).reshape(64, 64)
    data = encoded(Image.fromarray(ramp.astype(np.uint16)), kind)
    assert_pixels(decode(data), np.repeat(ramp[..., None] / 257, 3, axis=2).round(), tolerance=1)


@pytest.mark.parametrize("kind", [".png", ".tiff"])
def test_sixteen_bit_colour_is_scaled_not_clipped(kind):
    colours = np.random.default_rng(2).integers(0, 65536, (32, 32, 3), np.uint16)
    written, data = cv2.imencode(kind, colours[..., ::-1])
    assert written
    assert_pixels(decode(data.tobytes()), np.round(colours / 257), tolerance=1)


def test_thirty_two_bit_integers_that_fit_sixteen_are_read_as_sixteen():
    assert_pixels(decode(encoded(Image.new("I", (4, 4), 32896), "TIFF")), (128, 128, 128))


@pytest.mark.parametrize(
    "image", [Image.new("F", (4, 4), 0.5), Image.new("I", (4, 4), 70_000), Image.new("LAB", (4, 4))]
)
def test_pictures_without_a_known_white_are_refused_with_advice(image):
    with pytest.raises(UnreadableError, match="export it as 8-bit JPEG or PNG"):
        decode(encoded(image, "TIFF"))


@pytest.mark.parametrize("mode", ["L", "1"])
def test_grey_and_black_and_white_become_three_equal_channels(mode):
    image = picture().convert(mode)
    assert_pixels(decode(encoded(image, "PNG")), image.convert("RGB"))


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.new("RGBA", (8, 8), (0, 0, 0, 0)), (255, 255, 255)),
        (Image.new("RGBA", (8, 8), (0, 100, 200, 51)), (204, 224, 244)),
        (Image.new("RGBA", (8, 8), (0, 100, 200, 255)), (0, 100, 200)),
        (Image.new("LA", (8, 8), (50, 0)), (255, 255, 255)),
        (Image.new("LA", (8, 8), (55, 51)), (215, 215, 215)),
    ],
)
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_transparency_is_laid_over_white(kind, image, expected):
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    assert_pixels(decode(encoded(image, kind, **options)), expected, tolerance=1)


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_a_transparent_palette_entry_is_laid_over_white(kind):
    image = Image.new("P", (8, 8), 0)
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.paste(1, (0, 0, 8, 4))
    expected = np.full((8, 8, 3), 255)
    expected[:4] = (200, 100, 50)
    assert_pixels(decode(encoded(image, kind, transparency=0)), expected)


@pytest.mark.parametrize(("mode", "clear"), [("RGB", (10, 20, 30)), ("L", 10), ("1", 0)])
def test_a_transparent_colour_is_laid_over_white(mode, clear):
    assert_pixels(decode(encoded(Image.new(mode, (8, 8), clear), "PNG", transparency=clear)), (255, 255, 255))


@pytest.mark.parametrize(("kind", "options"), [("GIF", {}), ("WEBP", {"lossless": True}), ("TIFF", {}), ("PNG", {})])
def test_the_first_picture_of_several_counts(kind, options):
    first, second = Image.new("RGB", (16, 16), (204, 0, 0)), Image.new("RGB", (16, 16), (0, 0, 204))
    data = encoded(first, kind, save_all=True, append_images=[second], **options)
    assert_pixels(decode(data), (204, 0, 0))


# --- what is refused


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"a letter, not a picture",
        b"\xff\xd8\xff",
        b"GIF89a",
        b"<svg/>",
        b"\0\0\0\x18ftypheic",
        b"\0\0\0\x18ftypavif",
        b"BM",
        b"II*\0",
        b"%!PS-Adobe-3.0 EPSF-3.0",
    ],
)
def test_what_is_no_picture_is_refused_with_advice(data):
    with pytest.raises(UnreadableError, match=r"download|export"):
        decode(data)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.4, 0.7, 0.95, 0.995])
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("PNG", {}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("GIF", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("BMP", {}),
        ("HEIF", {}),
        ("AVIF", {}),
    ],
)
def test_a_cut_off_file_is_refused(kind, options, share):
    data = encoded(noise(), kind, **options)
    with pytest.raises(UnreadableError, match="download"):
        decode(data[: int(share * len(data))])


JPEGS = {
    "baseline": {}, "fine": {"quality": 100, "subsampling": 0}, "progressive": {"progressive": True},
    "restarts": {"restart_marker_rows": 1}, "progressive restarts": {"progressive": True, "restart_marker_blocks": 2},
}  # fmt: skip


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("options", JPEGS.values(), ids=JPEGS)
def test_a_jpeg_that_lacks_its_end_marker_alone_is_whole(options, mode):
    data = encoded(noise().convert(mode), "JPEG", **options)
    expected = decode(data).pixels
    second = encoded(picture(), "JPEG")
    zeros, filled = (data[:-2] + bytes(700), data[:-1] + bytes(512)), data[:-2] + b"\xff" * 10
    for ended in (data[:-2], data[:-1], *zeros, filled, data[:-2] + second):
        assert np.array_equal(decode(ended).pixels, expected)
        assert decode(ended).sha256 == hashlib.sha256(ended).hexdigest()
    assert decode(data[:-2], min_side=10).pixels.shape == decode(data, min_side=10).pixels.shape


@pytest.mark.parametrize("size", [(160, 160), (400, 800), (1000, 1000)])
@pytest.mark.parametrize("options", [{}, {"optimize": True}, {"progressive": True}], ids=str)
def test_a_jpeg_whose_pixels_end_in_zeros_is_whole_without_its_end_marker(size, options):
    image = Image.new("RGB", size, (128, 128, 128))
    image.paste(noise())
    data = encoded(image, "JPEG", **options)
    assert np.array_equal(decode(data[:-2]).pixels, decode(data).pixels)
    with pytest.raises(UnreadableError, match="cut off"):
        decode(data[:-20])


@pytest.mark.parametrize("options", JPEGS.values(), ids=JPEGS)
def test_a_jpeg_cut_off_anywhere_before_its_end_is_refused(options):
    """Also at restart markers and between scans, and with zeros in place of what was not written."""
    data = encoded(noise(), "JPEG", **options)
    start = data.index(b"\xff\xda")
    markers = [place for place in range(start, len(data) - 40) if data[place] == 0xFF and data[place + 1] > 0]
    cuts = {int(start + share * (len(data) - start)) for share in (0.1, 0.5, 0.9, 0.99)} | {len(data) - 40}
    cuts |= {place + n for place in markers[:: len(markers) // 30 + 1] for n in range(3)}
    for cut in sorted(cuts):
        for zeros in (0, 100, len(data)):
            with pytest.raises(UnreadableError, match="download"):
                decode(data[:cut] + bytes(zeros))


@settings(max_examples=60)
@given(
    kind=st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "TIFF", "HEIF", "AVIF"]),
    places=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_damaged_bytes_give_a_picture_or_a_refusal_and_nothing_else(kind, places):
    data = bytearray(encoded(picture(), kind))
    for place, value in places:
        data[int(place * len(data))] = value
    with contextlib.suppress(UnreadableError, TooLargeError):
        assert decode(bytes(data)).pixels.shape[2] == 3


@pytest.mark.parametrize(("width", "height"), [(13_000, 13_000), (20_000, 20_000), (2**31 - 1, 2**31 - 1)])
def test_too_many_pixels_are_refused_from_the_header_alone(width, height):
    with pytest.raises(TooLargeError, match=r"80 million|limit of 150 million"):
        decode(png_header(width, height))


def test_the_refusal_names_the_size_and_the_kind():
    with pytest.raises(TooLargeError, match=r"13000 x 13000 = 169 million pixels.*80 million \(PNG\)"):
        decode(png_header(13_000, 13_000))


@pytest.mark.parametrize(
    ("kind", "options", "called"),
    [
        ("JPEG", {"progressive": True}, "progressive JPEG"),
        ("WEBP", {}, "WEBP"),
        ("HEIF", {}, "HEIF"),
        ("AVIF", {}, "AVIF"),
        ("TIFF", {}, "TIFF"),
    ],
)
def test_formats_that_take_more_memory_may_have_fewer_pixels(monkeypatch, kind, options, called):
    """A plain JPEG of the same size is read."""
    monkeypatch.setattr(decoding, "MAX_PIXELS_OF_OTHERS", WIDTH * HEIGHT - 1)
    monkeypatch.setattr(decoding, "MAX_PIXELS_BY_KIND", dict.fromkeys(decoding.MAX_PIXELS_BY_KIND, WIDTH * HEIGHT - 1))
    with pytest.raises(TooLargeError, match=rf"\({called}\)"):
        decode(encoded(picture(), kind, **options))
    assert decode(encoded(picture(), "JPEG")).width == WIDTH


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "CMYK"])
def test_a_picture_of_several_strips_is_put_together_again(mode):
    """Strips have 256 rows: this one has two whole ones and a rest."""
    tall = picture().resize((40, 600)).convert(mode)
    data = encoded(tall, "TIFF")
    assert_pixels(decode(data), tall.convert("RGB"))


def test_damaged_files_print_nothing(capfd):
    """Libjpeg and libtiff would say what they skip."""
    jpeg = encoded(picture(), "JPEG")
    place = jpeg.index(b"\xff\xda")
    decode(jpeg[:place] + bytes(50) + jpeg[place:])
    assert capfd.readouterr() == ("", "")


def test_stderr_is_silent_until_the_last_that_asked_for_it_is_done(capfd):
    with silent_stderr():
        with silent_stderr():
            os.write(2, b"inside")
        os.write(2, b"still inside")
    os.write(2, b"behind")
    assert capfd.readouterr().err == "behind"


def test_a_program_without_a_console_keeps_whatever_stands_in_its_place(capfd, monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    with silent_stderr():
        os.write(2, b"not ours")
    assert capfd.readouterr().err == "not ours"


def test_a_large_picture_within_the_limit_raises_no_warning_of_pillow(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", WIDTH * HEIGHT - 1)
    assert decode(encoded(picture(), "PNG")).width == WIDTH


def test_too_many_bytes_are_refused(monkeypatch):
    monkeypatch.setattr(source, "MAX_BYTES", 100)
    with pytest.raises(TooLargeError, match="export it smaller"):
        decode(encoded(picture(), "PNG"))


@pytest.mark.skipif(sys.platform != "linux", reason="the limit on memory is kept on Linux alone")
def test_a_picture_that_does_not_fit_into_memory_is_refused_with_advice(python, tmp_path):
    (tmp_path / "large.png").write_bytes(encoded(Image.new("RGB", (6000, 6000)), "PNG"))
    run = python(
        f"{LITTLE_MEMORY}\ntry:\n    decode(data)\nexcept UnreadableError as error:\n    print(error)", tmp_path
    )
    assert run.stdout == "There is not enough memory for 6000 x 6000 pixels; export it smaller.\n", run.stderr


LITTLE_MEMORY = """
import resource, sys
from pathlib import Path
from artifact_check.errors import UnreadableError
from artifact_check.photo import decode

data = (Path(sys.argv[1]) / "large.png").read_bytes()
told = Path("/proc/self/status").read_text()
taken = next(int(line.split()[1]) << 10 for line in told.splitlines() if line.startswith("VmData:"))
resource.setrlimit(resource.RLIMIT_DATA, (taken + (60 << 20),) * 2)
"""


def test_the_callers_warning_filters_are_left_alone():
    before = list(warnings.filters)
    decode(encoded(picture(), "JPEG"))
    assert warnings.filters == before


# --- JPEG quality


@given(quality=st.integers(30, 98), progressive=st.booleans(), subsampling=st.sampled_from([0, 1, 2]))
def test_jpeg_quality_is_read_from_the_table(quality, progressive, subsampling):
    data = encoded(picture(), "JPEG", quality=quality, progressive=progressive, subsampling=subsampling)
    found = decode(data).jpeg_quality
    assert found is not None
    assert abs(found - quality) <= 2


def test_jpeg_quality_of_a_table_that_is_not_libjpegs_is_the_nearest():
    flat = [8] * 64
    found = decode(encoded(picture(), "JPEG", qtables=[flat, flat])).jpeg_quality
    assert found is not None
    assert 90 < found < 96


def test_other_formats_have_no_jpeg_quality():
    assert decode(encoded(picture(), "PNG")).jpeg_quality is None


# --- arrays


def test_an_array_is_copied():
    pixels = np.asarray(picture()).copy()
    taken = from_array(pixels)
    pixels[:] = 0
    assert_pixels(taken, picture())
    assert (taken.format, taken.sha256, taken.jpeg_quality) == ("ARRAY", None, None)


def test_a_strided_array_becomes_contiguous():
    assert from_array(np.asarray(picture())[:, ::-1]).pixels.flags.c_contiguous


@pytest.mark.parametrize(
    ("pixels", "got"),
    [
        (np.zeros((4, 5), np.uint8), r"shape \(4, 5\) and type uint8"),
        (np.zeros((4, 5, 4), np.uint8), r"shape \(4, 5, 4\)"),
        (np.zeros((4, 5, 3), np.float32), "type float32"),
    ],
)
def test_another_shape_or_type_is_refused_naming_both(pixels, got):
    with pytest.raises(UnreadableError, match=r"\(height, width, 3\) and type uint8, got .*" + got):
        from_array(pixels)


def test_an_empty_array_is_refused():
    with pytest.raises(UnreadableError, match="no pixels"):
        from_array(np.zeros((0, 5, 3), np.uint8))


def test_an_array_of_too_many_pixels_is_refused():
    with pytest.raises(TooLargeError, match="150 million"):
        from_array(np.broadcast_to(np.zeros((1, 1, 3), np.uint8), (13_000, 13_000, 3)))
