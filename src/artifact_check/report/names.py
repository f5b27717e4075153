"""What reports for people call a photo: its name below the folder that all photos share."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from artifact_check.report import words
from artifact_check.report.text import escape_unprintable

if TYPE_CHECKING:
    from artifact_check.report.language import Language
    from artifact_check.results import PhotoReport

_PARTS_KEPT = 2  # of a path without a shared folder: the name, and the folder it is in


def common_folder(paths: list[str]) -> str:
    """Return the longest prefix of all paths that ends in a separator; empty if that is no folder of their own."""
    # Unlike `commonpath`, which normalises paths, this returns a prefix of every path as given.
    common = os.path.commonprefix(paths)  # noqa: RUF071
    folder = common[: common.rfind(os.sep) + 1]
    return "" if folder == f"{os.path.splitdrive(folder)[0]}{os.sep}" else folder


def without_folders(report: PhotoReport, folder: str) -> PhotoReport:
    """Return the report with names that can be handed on: below `folder`, and none from the root of a computer."""
    return replace(
        report,
        path=name_below(report.path, folder),
        copy_of=report.copy_of and name_below(report.copy_of, folder),
        similar_to=report.similar_to and name_below(report.similar_to, folder),
    )


def name_below(path: str, folder: str) -> str:
    """Return a name that can be handed on, of a photo that may be below `folder`."""
    name = path.removeprefix(folder)
    return str(Path(*Path(name).parts[-_PARTS_KEPT:])) if Path(name).is_absolute() else name


@dataclass(frozen=True, slots=True)
class Names:
    """A photo's path, and that of a photo with the same bytes or that looks the same, after words that say which."""

    path: str
    likeness: str = ""
    other: str = ""

    def below(self, folder: str) -> str:
        """Return the photo's name below a folder."""
        return escape_unprintable(self.path.removeprefix(folder))

    def like(self, folder: str, language: Language) -> str:
        """Return which other photo it is like; empty if none."""
        if not self.other:
            return ""
        return escape_unprintable(f"{language.translate(self.likeness)}: {self.other.removeprefix(folder)}")


def names_of(report: PhotoReport) -> Names:
    if report.copy_of is not None:
        return Names(report.path, words.COPY_OF, report.copy_of)
    return Names(report.path, words.SIMILAR_TO, report.similar_to or "")
