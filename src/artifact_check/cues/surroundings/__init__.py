"""What frames the face: do ears, earrings, rims of glasses, hairline and the lines behind the head fit together?

Physical fact: two ears have much the same form, a pair of glasses is level with the eyes, hair begins within a few
millimetres, and a shelf or a window frame goes on behind a head as one line. Generators paint each side for itself,
with nothing that makes both ends agree (Matern, Riess, Stamminger 2019, "Exploiting visual artifacts"); that a line
breaks at an occluder is one of the projective inconsistencies of Sarkar et al. 2024, "Shadows don't lie and lines can't
bend". Recent generators rarely fail in this way, so each measure is weak.

Region: what touches the face, and strips of the background beside the head. Lengths are in interocular distances (IOD).
A pixel is one of the view with 64 px between the irides; patches are cut level with the line of the irides.

Measures:
    ears: 1 - cos of the gradient-orientation histograms of both ears (0.5 x 0.9 IOD beside the landmark of the tragus,
        cells of 1/8 IOD), weighted by gradient and by the share of skin that both show, so that neither hair nor
        background counts;
    earrings: |log2| of the ratio of what hangs below both lobes: standard deviation of luma between 0.7 and 2.8 px;
    rims: difference of the heights at which the lower rims of glasses run, each against its own iris: the row of the
        strongest ridge within 0.17 to 0.67 IOD below the iris, to a fraction of a pixel. A frame is told from bare skin
        by a ridge that crosses the bridge of the nose;
    hairline: median width of the step between forehead and hair, from a quarter to three quarters of it in log2 luma,
        along rays through the upper outline of the face;
    lines: offset between a line of the background that stops at one side of the head and one that goes on at the other
        (LSD, von Gioi et al. 2010, in strips 1.3 to 2.4 IOD from the middle of the face): of those pairs that are each
        other's nearest, within 4 degrees and 0.2 IOD and with the same side dark, the longest.

Each is left out far more often than not: ears under hair or of a head turned by more than 12 degrees, faces without
glasses, bald heads and hair as light as the skin, backgrounds without a line on both sides (plain, blurred, cropped).
That something cannot be seen tells how a photo was framed and whom it shows, never who made it.

Shown for information, not scored. AUC over 109 real and 110 AI portraits, few of which show any one measure, as stored
and laundered, high values for AI: ears 0.42 and 0.38, but they follow yaw (r = 0.4 among real photos), and what yaw
leaves is 0.45 and 0.42; earrings 0.38 and 0.41, on another 120 portraits 0.47 and 0.57; hairline 0.67 and 0.67, then
0.68 and 0.62, where it followed side light (r = 0.9) more than anything else, and hats and loose strands widen it too.
Rims of AI glasses were level to 0.01 IOD where real ones were off by 0.02 (9 and 15 pairs of glasses); lines were seen
in one portrait out of twelve. Too few to tell.

The median change by JPEG 75 and 85, scaling to half, cropping 1 %, rotating 5 degrees, 10 % more light and a blur of
0.6 px is under 0.15 standard deviations of real photos for ears, earrings and hairline, under 0.3 for rims, and up to
0.9 for lines, where another line may be found. Skin 15 L darker narrows the hairline by 0.8.

Innocent causes: ears differ in people by some millimetres; one earring; glasses that sit askew; soft focus, hats,
veils, braids and partings; lines that are two things, lens distortion, and a head in front of a corner of the room.
"""

from __future__ import annotations

from artifact_check.cues import Abstained, Cue, Measure, Reading, require_sharp, require_size
from artifact_check.cues.surroundings import ears, glasses, hairline, lines
from artifact_check.cues.surroundings.level_view import LevelView
from artifact_check.face import CANONICAL_IOD, MIN_DETAIL_IOD, Face


def measure_surroundings(face: Face) -> Reading:
    """See the module's docstring.

    Raises:
        Abstained: the face is too small or too soft, or nothing around it can be compared.
    """
    require_size(face, MIN_DETAIL_IOD)
    require_sharp(face, CANONICAL_IOD)
    level = LevelView.of(face.view(CANONICAL_IOD))
    findings = [finding for part in (ears, glasses, hairline, lines) for finding in part.measure(level, face)]
    if not findings:
        raise Abstained("nothing around the face could be compared: no two ears, no glasses, no hairline, no lines")
    values = {finding.key: finding.value for finding in findings}
    return Reading(values, tuple(mark for finding in findings for mark in finding.evidence))


_MEASURES = (
    Measure(
        key="surroundings_ears",
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
        unit="IOD",
        low=0,
        high=lines.MAX_OFFSET,
        suggests="artificial",
        sentence="How far lines of the background are broken at the head.",
        scored=False,
        moved_by=("background_shifted",),
    ),
)

CUE = Cue(
    name="surroundings",
    version=1,
    title="Around the face",
    advice="Ears, glasses, hairline or the lines behind the head do not quite fit together; look at both sides.",
    measures=_MEASURES,
    measure=measure_surroundings,
)
