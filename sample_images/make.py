"""Make the derived pictures of this folder from the public-domain originals in it.

    python sample_images/make.py

Each derived picture has exactly one giveaway put in. None of them was made by an AI.
"""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

from artifact_check.face import Face, Landmarker
from artifact_check.learn.laboratory.perturb import move_iris, relight_half, smooth_skin
from artifact_check.photo import decode

HERE = Path(__file__).parent
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/>'
    "</rdf:RDF></x:xmpmeta>"
)


def main() -> None:
    copy_small_face()
    face = find_face("portrait_a.jpg")
    save("skin_smoothed.jpg", smooth_skin(face))
    save("eye_moved.jpg", move_iris(face, side="left", right=0.35, down=-0.25))
    save("half_relit.jpg", relight_half(face, degrees=100, side="left"))
    declare_ai("portrait_b.jpg", "declares_ai.jpg")
    draw_landscape("no_face.png")
    cut_off("portrait_b.jpg", "broken.jpg")


def find_face(name: str) -> Face:
    with Landmarker() as landmarker:
        return landmarker.find(decode((HERE / name).read_bytes()))


def save(name: str, pixels: np.ndarray) -> None:
    Image.fromarray(pixels).save(HERE / name, quality=92)


def copy_small_face() -> None:
    """The NASA portrait that scikit-image ships: its face is too small to judge."""
    spec = find_spec("skimage")
    if spec is None or spec.origin is None:
        raise SystemExit("scikit-image is needed; install the dev extra.")
    shutil.copyfile(Path(spec.origin).parent / "data" / "astronaut.png", HERE / "small_face.png")


def declare_ai(original: str, name: str) -> None:
    """The same pixels, in a file that says that an AI made it."""
    with Image.open(HERE / original) as image:
        image.save(HERE / name, quality=92, xmp=XMP.encode())


def draw_landscape(name: str) -> None:
    rows, columns = np.mgrid[0:360, 0:480]
    hills = 220 + 30 * np.sin(columns / 60) + 14 * np.sin(columns / 23)
    sky = np.stack([120 + rows / 4, 170 + rows / 6, 235 - rows / 8], axis=-1)
    grass = np.stack([60 + rows / 12, 140 - rows / 8, 50 + 0 * rows], axis=-1)
    Image.fromarray(np.where((rows > hills)[..., None], grass, sky).astype(np.uint8)).save(HERE / name)


def cut_off(original: str, name: str) -> None:
    data = (HERE / original).read_bytes()
    (HERE / name).write_bytes(data[: len(data) // 3])


if __name__ == "__main__":
    main()
