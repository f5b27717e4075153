"""`Format`, a way to write photo reports. Each file in `formats/` declares one."""

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
    """What writers may need besides the reports.

    Attributes:
        language: The reader's.
        facts: Loads facts about the model.
        separator: What stands between the columns of a CSV file.
        all_rows: Whether a table for the terminal has all its rows.
    """

    language: Language = ENGLISH
    facts: Callable[[], ModelFacts | None] = _no_facts
    separator: str = ","
    all_rows: bool = False


PLAIN = Context()

Writer = Callable[[Iterable[PhotoReport], TextIO, Context], Summary]


@dataclass(frozen=True, slots=True)
class Format:
    """A report format.

    Attributes:
        name: Its name on the command line.
        write: Writes full reports.
        write_declarations: Writes only what files declare; None if the format does not support that.
        pictures: Whether it shows photos and needs reports with thumbnails and previews.
        measures: Whether it shows what each cue measured, and needs reports with that.
        binary: Whether it writes bytes, to `out.buffer`.
    """

    name: str
    write: Writer
    write_declarations: Writer | None = None
    pictures: bool = False
    measures: bool = True
    binary: bool = False

    @property
    def for_terminal(self) -> bool:
        """Whether people can read it in a terminal."""
        return not (self.binary or self.pictures)
