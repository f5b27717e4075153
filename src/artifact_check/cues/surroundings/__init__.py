"""What frames the face: do ears, earrings, glasses, hairline and the lines behind the head match?

Physical fact: the two ears of a person are alike, glasses are level with the eyes, hair begins within a few
millimetres, and a shelf or window frame continues behind a head as one line. Generators paint each side separately, and
nothing makes the two ends agree (Matern, Riess, Stamminger 2019, "Exploiting visual artifacts"). A line that breaks
behind an occluder is a projective inconsistency (Sarkar et al. 2024, "Shadows don't lie and lines can't bend").

Region: what touches the face, and strips of the background beside the head. Lengths are in interocular distances (IOD);
pixels are those of the view with IOD 64 px; patches are level with the line of the irides.

Measures:
    ears: 1 - cos of the gradient-orientation histograms of both ears (0.5 x 0.9 IOD beside the tragus, cells of 1/8
        IOD), weighted by gradient and by the share of skin in both, so that neither hair nor background counts;
    earrings: |log2| of the ratio of texture below the two lobes: standard deviation of luma between 0.7 and 2.8 px;
    rims: difference in height of the lower rims of glasses, each relative to its iris: the row, to a fraction of a
        pixel, of the strongest ridge 0.17 to 0.67 IOD below the iris. A ridge across the bridge of the nose shows that
        there are glasses;
    hairline: median width of the step between forehead and hair, from a quarter to three quarters of it in log2 luma,
        along rays through the upper outline of the face;
    lines: offset between a background line that ends at one side of the head and one that continues at the other (LSD,
        von Gioi et al. 2010, in strips 1.3 to 2.4 IOD from the middle of the face): the longest pair of mutual nearest
        neighbours within 4 degrees and 0.2 IOD that are dark on the same side.

Each measure is missing on most photos: ears under hair, before a wall of the colour of skin, or on a head turned by
more than 6 degrees, no glasses, bald heads or hair as light as the skin, no line on both sides. A missing measure
depends on framing and person, not on AI. Recent generators rarely fail in this way, so all are shown for information.

Innocent causes: people's ears differ by some millimetres; a single earring; crooked glasses; soft focus, hats, veils,
braids and partings; two lines that look like one, lens distortion, and a corner of the room behind the head.
"""

from __future__ import annotations

from functools import cache

from artifact_check.cues import Abstained, Cue, Measure, Reading, learned, require_sharp, require_size
from artifact_check.cues.surroundings import ears, glasses, hairline, lines
from artifact_check.cues.surroundings.finding import Finding
from artifact_check.face import CANONICAL_IOD, MIN_DETAIL_IOD, Face, LevelView


def measure_surroundings(face: Face) -> Reading:
    """See the module's docstring.

    Raises:
        Abstained: the face is too small or too soft, or nothing around it can be compared.
    """
    require_size(face, MIN_DETAIL_IOD)
    require_sharp(face, CANONICAL_IOD)
    look = cache(lambda: _look_around(face))
    return Reading(
        {},
        lambda: tuple(mark for finding in look() for mark in finding.evidence),
        informative=lambda: {finding.key: finding.value for finding in look()},
    )


def _look_around(face: Face) -> tuple[Finding, ...]:
    level = LevelView.of(face.view(CANONICAL_IOD))
    findings = tuple(finding for part in (ears, glasses, hairline, lines) for finding in part.measure(level, face))
    if not findings:
        raise Abstained("nothing around the face could be compared: no two ears, no glasses, no hairline, no lines")
    return findings


_MEASURES = (
    Measure(
        key="surroundings_ears",
        name="difference between the ears",
        unit="1 - cos",
        low=0,
        high=1.01,
        suggests="either",
        sentence="How unlike each other the two ears are.",
        scored=False,
        moved_by=("ear_twisted",),
    ),
    Measure(
        key="surroundings_earrings",
        name="difference below the ears",
        unit="log2 ratio",
        low=0,
        high=10,
        suggests="either",
        sentence="How unlike each other the places below the two ears are.",
        scored=False,
        moved_by=("earring_added",),
    ),
    Measure(
        key="surroundings_rims",
        name="height difference of glasses rims",
        unit="IOD",
        low=0,
        high=0.5,
        suggests="either",
        sentence="How much higher one rim of the glasses is than the other.",
        scored=False,
        moved_by=("rim_moved",),
    ),
    Measure(
        key="surroundings_hairline",
        name="softness of the hairline",
        unit="IOD",
        low=0,
        high=1,
        suggests="artificial",
        sentence="How gradually the forehead turns to hair.",
        scored=False,
        moved_by=("hairline_smudged",),
    ),
    Measure(
        key="surroundings_lines",
        name="broken lines behind the head",
        unit="IOD",
        low=0,
        high=lines.MAX_OFFSET,
        suggests="artificial",
        sentence="How far lines of the background are broken at the head.",
        scored=False,
        moved_by=("background_shifted",),
    ),
    learned("surroundings_learned_top", "look above the face", region="top", what="hair and background above the face"),
    learned(
        "surroundings_learned_sides",
        "look beside the face",
        region="sides",
        what="hair, ears and background beside the face",
    ),
)

CUE = Cue(
    name="surroundings",
    version=1,
    title="Around the face",
    innocent="a single earring, a hat, crooked glasses, or a corner of the room",
    measures=_MEASURES,
    measure=measure_surroundings,
)
