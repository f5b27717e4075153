"""How much a trait varies between untouched photos of one person, and whether a headshot is outside of that.

Within one person, value = person + circumstances @ by_circumstances + rest; the rest has covariance S. A headshot's
rest d, less the mean of n references', has covariance f S (1 + 1/n). f is how much this person's references vary
against other people's, shrunk towards 1 as if `_PRIOR` more photos had varied like those; so one reference is enough,
and then other people's spread stands in. Where the circumstances themselves differ, as in other light, the fit says
less: let m be the mean square of their difference c in units of their spread C, c' C^-1 c / (K (1 + 1/n)). The strength
is sqrt(d' S^-1 d / (f (1 + m) (1 + 1/n))).

`spread.json` is made by `artifact_check.learn.references.people`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from artifact_check.comparing.traits import Seen

_PRIOR = 6


@dataclass(frozen=True, eq=False)
class Spread:
    """`by_circumstances` (C, K), `covariance` (K, K) of the rest, `circumstances` (C, C), their covariance, and the
    strength that 5 % of untouched headshots exceed.
    """

    by_circumstances: np.ndarray
    covariance: np.ndarray
    circumstances: np.ndarray
    limit: float = np.inf


@dataclass(frozen=True, eq=False)
class Change:
    """How a headshot differs: `difference` (K,) of the rests, its `strength`, and the `scale` of what untouched ones
    differ by: times the root of the spread's covariance.
    """

    difference: np.ndarray
    strength: float
    scale: float


def change(headshot: Seen, references: Sequence[Seen], spread: Spread) -> Change:
    """How far the headshot's trait is from the references', at least one (see the module's docstring)."""
    rests = np.array([seen.value - seen.circumstances @ spread.by_circumstances for seen in references])
    middle, count = rests.mean(axis=0), len(rests)
    difference = headshot.value - headshot.circumstances @ spread.by_circumstances - middle
    inverse = np.linalg.inv(spread.covariance)
    own = np.einsum("ij,jk,ik->", rests - middle, inverse, rests - middle) / len(middle)
    factor = (_PRIOR + own) / (_PRIOR + count - 1)
    away = headshot.circumstances - np.mean([seen.circumstances for seen in references], axis=0)
    unlike = away @ np.linalg.solve(spread.circumstances, away) / len(away) / (1 + 1 / count)
    scale = np.sqrt(factor * (1 + unlike) * (1 + 1 / count))
    return Change(difference, float(np.sqrt(difference @ inverse @ difference) / scale), float(scale))


@cache
def spreads() -> dict[str, Spread]:
    """By trait."""
    stored = _stored()["traits"]
    return {
        name: Spread(
            np.array(of["by_circumstances"]), np.array(of["covariance"]), np.array(of["circumstances"]), of["limit"]
        )
        for name, of in stored.items()
    }


def mark_limits() -> tuple[float, float]:
    """The strengths of a lost and of a new mark that 5 % of untouched headshots exceed."""
    lost, new = _stored()["marks"]
    return lost, new


@cache
def _stored() -> dict[str, Any]:
    text = resources.files("artifact_check.comparing").joinpath("spread.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded
