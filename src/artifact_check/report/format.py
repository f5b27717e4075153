"""What a format is: a way to write photo reports, declared in one file of `formats/`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TextIO

from artifact_check.report.language import ENGLISH, Language
from artifact_check.report.summary import Summary
from artifact_check.results import ModelFacts, PhotoReport


def _no_facts() -> ModelFacts | None:
    return None


@dataclass(frozen=True, slots=True)
class Context:
    """What a writer may need beside the reports: the language of people, and facts about the model, read when asked."""

    language: Language = ENGLISH
    facts: Callable[[], ModelFacts | None] = _no_facts


PLAIN = Context()

Writer = Callable[[Iterable[PhotoReport], TextIO, Context], Summary]


@dataclass(frozen=True, slots=True)
class Format:
    """A format's name on the command line and its writer; one of bytes writes to the buffer below the text.

    `write_declared` writes what files declare alone, without scores; None if the format is not for that. With
    `pictures`, it shows the photos, so that their reports are to bring small pictures along.
    """

    name: str
    write: Writer
    write_declared: Writer | None = None
    pictures: bool = False
    binary: bool = False
