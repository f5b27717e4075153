"""What numbers are called in words, for checks and reports alike: where a value lies among those of camera photos.

There are five steps. A value in the typical range (the central 90 % of camera photos) is as in most. Outside it lies
less or more, and much less or much more if it is further away than half the range's width: for values that follow a
bell curve, that is 1 of 1,000 camera photos.
"""

from __future__ import annotations

import math

from artifact_check.phrase import Phrase, capitalise
from artifact_check.results import MeasureResult, Scale

LEANING = 0.3  # log-odds from which on a cue leans to one side
_FAR = 0.5  # widths of the typical range
_AS_IN_MOST = "as in most camera photos"
_STEPS: dict[Scale, tuple[str, str, str, str, str]] = {
    "amount": (
        "much less than in camera photos",
        "less than in most camera photos",
        _AS_IN_MOST,
        "more than in most camera photos",
        "much more than in camera photos",
    ),
    "likeness": (
        "much further from AI photos than most camera photos",
        "further from AI photos than most camera photos",
        _AS_IN_MOST,
        "closer to AI photos than most camera photos",
        "much closer to AI photos than most camera photos",
    ),
    "difference": (
        "very different from camera photos",
        "different from most camera photos",
        _AS_IN_MOST,
        "different from most camera photos",
        "very different from camera photos",
    ),
}


def distance_outside(measure: MeasureResult) -> float:
    """How far a value lies below (negative) or above its typical range, in widths of it; 0 if inside or not known.

    A range without width cannot tell how far: any other value is just outside.
    """
    if measure.value is None or not math.isfinite(measure.value) or measure.typical is None:
        return 0.0
    low, high = measure.typical
    beyond = max(measure.value - high, 0.0) or min(measure.value - low, 0.0)
    return beyond / (high - low) if high > low else math.copysign(_FAR, beyond) if beyond else 0.0


def scale_step(measure: MeasureResult) -> str:
    """The step of a value, such as "less than in most camera photos"; "" if the value or its range is not known."""
    if measure.value is None or not math.isfinite(measure.value) or measure.typical is None:
        return ""
    distance = distance_outside(measure)
    step = 0 if not distance else math.copysign(1 if abs(distance) <= _FAR else 2, distance)
    return _STEPS[measure.scale][2 + int(step)]


def describe(measure: MeasureResult) -> str:
    """The name and step, such as "Roundness of the pupils: as in most camera photos"; without a step, the name.

    "" in reports of earlier versions, which know no names.
    """
    if not measure.name:
        return ""
    name, step = capitalise(measure.name), scale_step(measure)
    return Phrase("{name:text}: {step:text}", name=name, step=step) if step else name


def finding(measure: MeasureResult, *, towards_ai: bool) -> str:
    """The name and step of a measure that moves a score, and its side where the step alone would mislead."""
    inside = distance_outside(measure) == 0
    if towards_ai and inside:
        return Phrase("{found:text}, but on the side of AI photos", found=describe(measure))
    if not towards_ai and not inside and measure.scale != "likeness":
        return Phrase("{found:text}, and further from AI photos", found=describe(measure))
    return describe(measure)
