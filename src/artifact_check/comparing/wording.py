"""What a comparison says, in English."""

from __future__ import annotations

import numpy as np

TITLES = {
    "eye_colour": "Eye colour",
    "skin_tone": "Skin tone",
    "jaw": "Jaw",
    "eye_size": "Size of the eyes",
    "nose": "Nose",
    "smoothness": "Smoothness of the skin",
    "marks": "Marks on the skin",
}
_LOWER_AND_HIGHER = {  # of the trait's number
    "skin_tone": ("Your skin is darker", "Your skin is lighter"),
    "jaw": ("Your jaw is narrower", "Your jaw is wider"),
    "eye_size": ("Your eyes are smaller", "Your eyes are larger"),
    "nose": ("Your nose is narrower", "Your nose is wider"),
    "smoothness": ("Your skin is smoother", "Your skin is rougher"),
}
_EYES = ("Your eyes are browner", "Your eyes are greener", "Your eyes are bluer")
ADVICE = (
    "If the headshot should look like you, use another result, or tell the service what it changed.",
    "Where people will meet you, or decide about you, say that the picture was altered.",
)


def changed(name: str, difference: np.ndarray, references: int) -> str:
    """What changed, by the `difference` (K,) of a trait, against the `references` that show it."""
    said = _eyes(difference) if name == "eye_colour" else _LOWER_AND_HIGHER[name][int(difference[0] > 0)]
    return f"{said} than in {_photos(references)}."


def unchanged(name: str) -> str:
    return f"{TITLES[name]}: no change found."


def unchanged_above(name: str, smallest: float) -> str:
    """No change of at least `smallest` %, which is as likely found as not."""
    return f"{TITLES[name]}: no change found; one under {smallest:.0f} % may be missed."


def not_seen(name: str) -> str:
    return f"{TITLES[name]}: not seen well enough to compare."


def lost(place: tuple[float, float]) -> str:
    """A mark at a place of the canonical face (cm) that the references show."""
    return f"A mark {_where(place)} is missing."


def new(place: tuple[float, float]) -> str:
    return f"A mark {_where(place)} is new."


def likeness(nearest: float, low: float, high: float, *, own: bool) -> str:
    if own:
        return (
            f"Your photos differ from each other by {low:.2f} to {high:.2f}; "
            f"the headshot differs by {nearest:.2f} from the nearest."
        )
    return (
        f"Photos of one person usually differ by {low:.2f} to {high:.2f}; "
        f"the headshot differs by {nearest:.2f} from the nearest of yours."
    )


def _photos(count: int) -> str:
    return "your photo" if count == 1 else f"your {count} photos"


def _eyes(difference: np.ndarray) -> str:
    """By the direction in CIELAB's a and b: a quarter towards blue, one towards green, and half towards brown."""
    browner, greener, bluer = _EYES
    angle = np.degrees(np.arctan2(difference[1], difference[0]))
    if -135 <= angle < -45:  # noqa: PLR2004
        return bluer
    return browner if -45 <= angle < 135 else greener  # noqa: PLR2004


def _where(place: tuple[float, float]) -> str:
    x, y = place  # cm; +x the subject's left, +y up
    if y > 3.5:  # noqa: PLR2004 - above the brows
        return "on the forehead"
    if y < -5.5:  # noqa: PLR2004 - below the lips
        return "on the chin"
    if abs(x) < 1.4:  # noqa: PLR2004 - half a nose
        return "on the nose or above the lips"
    return "on the left cheek" if x > 0 else "on the right cheek"
