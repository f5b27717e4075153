"""One photo through everything -> `PhotoReport`."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from artifact_check import cues, photo
from artifact_check.checking.advice import advise, good_for
from artifact_check.checking.declarations import own_sidecar, with_declarations
from artifact_check.checking.painting import looks_painted
from artifact_check.checking.visibility import hidden_part
from artifact_check.checking.wording import cue_result
from artifact_check.errors import FaceTooSmallError, ModelError, NoFaceError, PhotoError
from artifact_check.face import DETECTABLE_SIDE, Face, Landmarker, load_colour_tables
from artifact_check.model import bundle
from artifact_check.model.verdict import decide
from artifact_check.phrase import Phrase, join
from artifact_check.provenance.trust_list import read_trust_list
from artifact_check.results import Evidence, PhotoFacts, PhotoReport, rounded
from artifact_check.sources.local import LocalFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from artifact_check.checking.wording import TypicalRanges
    from artifact_check.cues import Measured
    from artifact_check.model.classifier import Score
    from artifact_check.photo import Photo
    from artifact_check.results import Box, CueResult, Status
    from artifact_check.sources import Source

_UNFAMILIAR = (
    "This photo is unlike the photos that the model was made from (as drawings and heavy filters are), so its score "
    "says little; use a photo without effects."
)
_HEAD_AND_SHOULDERS = 7.0  # interocular distances, the side of a square around the face
_SMALL = 0.75  # of the photo's longer side: a square of less is shown in its stead


def check(image: str | Path | bytes | np.ndarray) -> PhotoReport:
    """Check one photo: a path, a file's bytes, or an RGB `uint8` array (H, W, 3).

    A photo that cannot be judged is a report with a `status` and a `message`, not an exception.

    Raises:
        ModelError: the installation's models are missing or damaged.
    """
    checker = _shared_checker()
    if isinstance(image, np.ndarray):
        return checker.check_array(image)
    if isinstance(image, bytes):
        return checker.check_bytes(image, path="")
    return checker.check_source(LocalFile(Path(image)))


@cache
def _shared_checker() -> Checker:
    return Checker()


class Checker:
    """A landmarker and a model bundle, for any number of photos in this process.

    `trust_list` is a PEM file with the certificates of signers of Content Credentials to trust. With `evidence`,
    reports hold what to draw on the photo; with `previews`, those of files also hold small pictures of it. Without
    `measures`, they hold no cue's measures, and those that are not scored are not taken, which saves a tenth of the
    time; the `summary` of a cue may then lack a note on these. `facts` is what the bundle tells about its model.

    Raises:
        ModelError: the bundle in `model` (None: the one that comes with the package) is missing or does not fit.
        TrustListError: the trust list can't be read.
    """

    def __init__(
        self,
        model: Path | None = None,
        *,
        trust_list: Path | None = None,
        evidence: bool = True,
        previews: bool = False,
        measures: bool = True,
    ) -> None:
        self._trust_list = "" if trust_list is None else read_trust_list(trust_list)
        # Mostly native code, beside which Python runs on. The landmarker starts in this thread: meanwhile it silences
        # stderr, and no message may be lost.
        with ThreadPoolExecutor() as others:
            others.submit(load_colour_tables)
            self._landmarker = Landmarker()
            loading = others.submit(bundle.load, model, cues.discover())
            self._landmarker.start()
        try:
            loaded = loading.result()
        except ModelError:
            self._landmarker.close()
            raise
        self._classifier, self._encoder = loaded.classifier, loaded.encoder
        self.facts = loaded.facts
        self._evidence = evidence
        self._previews = previews
        self._measures = measures

    def check_source(self, source: Source) -> PhotoReport:
        """One photo's report; what cannot be read or judged is a status with a message, never an exception."""
        return self.examine(source)[0]

    def check_bytes(self, data: bytes, path: str) -> PhotoReport:
        """The same for a file's bytes, called `path` in the report."""
        return self.examine_bytes(data, path)[0]

    def examine(self, source: Source) -> tuple[PhotoReport, Photo | None]:
        """The report, and the picture it is about, perhaps reduced, for those who draw on it; None where it could not
        be decoded.
        """
        try:
            data = source.read()
        except PhotoError as error:
            return self._row(source.name, status=error.status, message=error.message), None
        return self.examine_bytes(data, source.name, own_sidecar(source, data))

    def examine_bytes(self, data: bytes, path: str, sidecar: bytes = b"") -> tuple[PhotoReport, Photo | None]:
        """The same for a file's bytes, called `path` in the report, and the Content Credentials beside it."""
        report = with_declarations(self._row(path), data, trust_list=self._trust_list, sidecar=sidecar)
        try:
            picture = photo.decode(data, min_side=DETECTABLE_SIDE)
        except PhotoError as error:
            sha256 = hashlib.sha256(data).hexdigest()
            return replace(report, sha256=sha256, status=error.status, message=error.message), None
        report = replace(report, sha256=picture.sha256)
        report, measured = self._examine_pixels(report, picture, partial(photo.decode, data))
        # Of the picture as it was first decoded, so that its scale does not depend on what was found in it.
        report = replace(report, phash=photo.perceptual_hash(picture.turn(measured.turned)))
        picture = measured
        return (_with_pictures(report, picture) if self._previews else report), picture

    def check_array(self, pixels: np.ndarray) -> PhotoReport:
        """The same for upright RGB pixels (H, W, 3) uint8, of which no file declares anything."""
        try:
            picture = photo.from_array(pixels, min_side=DETECTABLE_SIDE)
        except PhotoError as error:
            return self._row("", status=error.status, message=error.message)
        return self._examine_pixels(self._row(""), picture, partial(photo.from_array, pixels))[0]

    def close(self) -> None:
        """Free the native landmarker."""
        self._landmarker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _row(self, path: str, *, status: Status = "ok", message: str | None = None) -> PhotoReport:
        return PhotoReport(path=path, status=status, message=message, model=self._classifier.version)

    def _examine_pixels(
        self, report: PhotoReport, picture: Photo, decode: Callable[..., Photo]
    ) -> tuple[PhotoReport, Photo]:
        """The report, and the picture as its face was measured; `decode` reads the file at another scale."""
        facts = PhotoFacts(*picture.stored_size, picture.format, jpeg_quality=picture.jpeg_quality)
        try:
            face = self._landmarker.find_in_detail(picture, decode)
        except FaceTooSmallError as error:
            facts = replace(facts, faces=error.faces, face_width=rounded(error.width), iod=rounded(error.iod))
            return replace(report, status=error.status, message=error.message, photo=facts), picture
        except PhotoError as error:
            facts = replace(facts, faces=_faces(error))
            return replace(report, status=error.status, message=error.message, photo=facts), picture
        scale, (width, height) = face.photo.reduction, face.photo.stored_size
        facts = replace(facts, width=width, height=height, turned=face.photo.turned)
        facts = replace(facts, faces=face.count, face_width=rounded(face.width * scale), iod=rounded(face.iod * scale))
        if self._encoder is not None:
            face = self._encoder.describe(face)
        return self._score(replace(report, photo=facts, portrait=_portrait(face)), face), face.photo

    def _score(self, report: PhotoReport, face: Face) -> PhotoReport:
        measured = cues.measure(face, evidence=self._evidence, informative=self._measures)
        measured = tuple(_in_stored_pixels(each, face.photo.reduction) for each in measured)
        values = {key: value for m in measured for key, value in m.values.items()}
        skin_tone = face.upright.skin_tone
        score = self._classifier.score(values, skin_tone)
        typical = self._classifier.typical(skin_tone)
        hidden = hidden_part(face.upright)
        decision = decide(
            score.p_ai,
            score.cue_scores,
            self._classifier.thresholds,
            unfamiliar=score.unfamiliar,
            hidden=hidden is not None,
            painted=lambda: looks_painted(face.upright),
            declared_ai=report.verdict == "declared_ai",
        )
        report = replace(report, verdict=decision.verdict)
        if not decision.assessed:
            return self._not_assessed(report, measured, hidden, typical)
        return replace(
            report,
            p_ai=rounded(score.p_ai),
            p_ai_low=rounded(score.low),
            p_ai_high=rounded(score.high),
            cues=self._results(measured, score, typical),
            good_for=good_for(face),
            advice=_advice(face, unfamiliar=decision.unfamiliar),
        )

    def _not_assessed(
        self, report: PhotoReport, measured: tuple[Measured, ...], hidden: str | None, typical: TypicalRanges
    ) -> PhotoReport:
        reasons = [hidden] if hidden else [m.reason or m.status for m in measured if m.status != "ok"]
        message = Phrase(
            "A face was found, but too little of it can be judged: {reasons:text}. Use another photo.",
            reasons=join("; ", dict.fromkeys(reasons)),
        )
        return replace(report, status="not_assessed", message=message, cues=self._results(measured, None, typical))

    def _results(
        self, measured: tuple[Measured, ...], score: Score | None, typical: TypicalRanges
    ) -> tuple[CueResult, ...]:
        return tuple(cue_result(each, score, typical, measures=self._measures) for each in measured)


def _portrait(face: Face) -> Box | None:
    """Head and shoulders, in pixels of the whole picture; None where most of it is that."""
    scale, (width, height) = face.photo.reduction, face.photo.stored_size
    half = _HEAD_AND_SHOULDERS * face.iod * scale / 2
    if 2 * half >= _SMALL * max(width, height):
        return None
    x, y = (face.landmarks.min(axis=0) + face.landmarks.max(axis=0)) / 2 * scale
    return round(max(0, x - half)), round(max(0, y - half)), round(min(width, x + half)), round(min(height, y + half))


def _with_pictures(report: PhotoReport, picture: Photo) -> PhotoReport:
    preview = photo.preview(picture, report.portrait) if report.status == "ok" else None
    return replace(report, thumbnail=photo.thumbnail(picture), preview=preview)


def _in_stored_pixels(measured: Measured, scale: float) -> Measured:
    """With evidence in pixels of the whole picture, of which a cue may have seen a reduced one."""
    if scale == 1:
        return measured
    return replace(measured, evidence=tuple(_enlarged(seen, scale) for seen in measured.evidence))


def _enlarged(seen: Evidence, scale: float) -> Evidence:
    return replace(seen, points=tuple((round(x * scale, 2), round(y * scale, 2)) for x, y in seen.points))


def _faces(error: PhotoError) -> int | None:
    """How many faces there are where none was returned; None if nobody could look."""
    return 0 if isinstance(error, NoFaceError) else None


def _advice(face: Face, *, unfamiliar: bool) -> tuple[str, ...]:
    advice = [_UNFAMILIAR] if unfamiliar else []
    if not face.dominant:
        advice.append(
            Phrase(
                "{count:number} faces were found; the largest, most central and sharpest was judged. "
                "Crop the photo to one face.",
                count=face.count,
            )
        )
    return (*advice, *advise(face))
