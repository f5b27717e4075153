"""The whole pictures that the fuzzers start from: small, of every format, with every kind of metadata.

Made from the public-domain portraits in `sample_images/`; those in `signed/` carry Content Credentials of a throw-away
signer and are stored, since signing anew gives other bytes each time.
"""

from __future__ import annotations

import io
import struct
from functools import cache
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image, ImageCms
from tests import odd_pictures
from tests import provenance_corpus as corpus

HERE = Path(__file__).parent
SAMPLES = HERE.parents[1] / "sample_images"
SIDE = 256  # px; leaves the eyes some 70 px apart, so that every cue is computed
GRAPH = (
    b'{"3": {"class_type": "KSampler", "inputs": {"latent_image": ["5", 0]}}, "5": {"class_type": "EmptyLatentImage"}}'
)
SETTINGS = b"a face\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512, Version: v1.9.0"

pillow_heif.register_heif_opener(thumbnails=False)


@cache
def seeds() -> dict[str, bytes]:
    """File contents by a name that begins with the format."""
    declared = {f"{case.name.split(' ', 1)[0].lower()} {case.name}": case.data for case in corpus.CORPUS}
    signed = {f"{path.suffix[1:]} signed": path.read_bytes() for path in sorted((HERE / "signed").iterdir())}
    return {**_portraits(), **_texts(), **declared, **signed}


@cache
def portrait() -> Image.Image:
    with Image.open(SAMPLES / "portrait_a.jpg") as image:
        box = _face_box(image.size)
        return image.convert("RGB").crop(box).resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def _face_box(size: tuple[int, int]) -> tuple[int, int, int, int]:
    width, height = size
    side = round(0.46 * width)
    left, top = round(0.3 * width), round(0.05 * height)
    return left, top, left + side, top + side


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.copy().save(buffer, kind, **options)  # a copy, since Pillow notes some options on the picture
    return buffer.getvalue()


def _portraits() -> dict[str, bytes]:
    face = portrait()
    clear, grey, few = face.convert("RGBA"), face.convert("L"), face.quantize(64)
    clear.putalpha(grey)
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    mirrored = face.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    camera = b"Exif\0\0" + corpus.canon(thumbnail=corpus.thumbnail_of())
    return {
        "jpeg": encoded(face, "JPEG", quality=85, exif=camera),
        "jpeg progressive": encoded(face, "JPEG", quality=85, progressive=True, icc_profile=srgb),
        "jpeg grey": encoded(grey, "JPEG", restart_marker_rows=2),
        "jpeg inks": encoded(face.convert("CMYK"), "JPEG"),
        "jpeg without its end": encoded(face, "JPEG", quality=85, restart_marker_rows=4)[:-2],
        "jpeg two": encoded(face, "MPO", **_followed_by(mirrored)),
        "png": encoded(face, "PNG", icc_profile=srgb),
        "png clear": encoded(clear, "PNG"),
        "png few colours": encoded(few, "PNG", transparency=3),
        "png deep": encoded(deep, "PNG"),
        "png for HDR screens": odd_pictures.png_of(odd_pictures.HLG, face),
        "png animated": encoded(face, "PNG", **_followed_by(mirrored)),
        "webp": encoded(face, "WEBP", quality=80, exif=camera),
        "webp lossless": encoded(clear, "WEBP", lossless=True),
        "webp animated": encoded(face, "WEBP", **_followed_by(mirrored)),
        "heif": encoded(face, "HEIF", quality=60, exif=camera),
        "heif for HDR screens": odd_pictures.heif_of(odd_pictures.PQ, face),
        "heif clear": encoded(clear, "HEIF", quality=60),
        "heif two": encoded(face, "HEIF", quality=60, **_followed_by(mirrored)),
        "avif": encoded(face, "AVIF", quality=60, exif=camera),
        "avif for HDR screens": odd_pictures.avif_of(odd_pictures.PQ, face),
        "avif animated": encoded(face, "AVIF", quality=60, **_followed_by(mirrored)),
        "tiff": encoded(face.resize((120, 120)), "TIFF"),
        "tiff lzw": encoded(face, "TIFF", compression="tiff_lzw"),
        "tiff jpeg": encoded(face, "TIFF", compression="jpeg"),
        "tiff deflate": encoded(clear, "TIFF", compression="tiff_adobe_deflate"),
        "tiff packed": encoded(grey, "TIFF", compression="packbits"),
        "tiff fax": encoded(face.convert("1"), "TIFF", compression="group4"),
        "tiff deep": encoded(deep, "TIFF"),
        "tiff planes": odd_pictures.tiff(np.asarray(face).astype(np.uint16)[::2, ::2] * 257),
        "tiff two": encoded(face.resize((96, 96)), "TIFF", **_followed_by(mirrored)),
        "bmp": encoded(face.resize((120, 120)), "BMP"),
        "bmp few colours": encoded(few, "BMP"),
        "gif": encoded(few, "GIF", transparency=3, comment=SETTINGS),
        "gif animated": encoded(few, "GIF", **_followed_by(mirrored)),
    }


def _followed_by(image: Image.Image) -> dict[str, object]:
    return {"save_all": True, "append_images": [image.copy()]}


def _texts() -> dict[str, bytes]:
    comment = b"UNICODE\0" + SETTINGS.decode().encode("utf-16-be")
    shot = {0x9286: (7, len(comment), comment)}
    return {
        "png settings": corpus.png_with(corpus.chunk(b"tEXt", b"parameters\0" + SETTINGS)),
        "png graph": corpus.png_with(corpus.itxt(b"prompt", GRAPH, packed=True)),
        "png hidden text": encoded(_with_hidden_text(SETTINGS), "PNG"),
        "jpeg settings": corpus.with_exif("JPEG", corpus.exif_block({}, shot)),
        "webp graph": corpus.with_exif(
            "WEBP", corpus.exif_block({0x010F: corpus.ascii_field(f"prompt:{GRAPH.decode()}")})
        ),
    }


def _with_hidden_text(text: bytes) -> Image.Image:
    """NovelAI's way: in the lowest bits of alpha, column by column."""
    pixels = np.asarray(portrait().convert("RGBA")).copy()
    bits = np.unpackbits(np.frombuffer(b"stealth_pnginfo" + struct.pack(">I", 8 * len(text)) + text, np.uint8))
    column_by_column = pixels[..., 3].T.reshape(-1).copy()
    column_by_column[: len(bits)] = 254 | bits
    pixels[..., 3] = column_by_column.reshape(pixels.shape[1], -1).T
    return Image.fromarray(pixels)
