"""Adds generated pages to the site: cues, commands, and the files of the repository that pages link to.

MkDocs calls `on_files` and `on_page_markdown` (hooks in mkdocs.yml).
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import command_page
import cue_pages
import way
from mkdocs.structure.files import File, Files, InclusionLevel

import artifact_check

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

_ROOT = Path(__file__).parents[1]
_PACKAGE = Path(artifact_check.__file__).parent
_LINK = re.compile(r"(?<=\]\()(?!\w+:)([^)#\s]+)")
_PICTURES = {".jpg", ".png", ".webp", ".svg"}
_START = "README.md"  # the site's first page
_COPIED = "repository"  # the site's folder for files from outside docs/


def on_files(files: Files, config: MkDocsConfig) -> Files:
    generated = {
        "index.md": _file(_START).read_text("utf-8"),
        "pictures/way.svg": way.draw(),
        "commands.md": command_page.page(),
        **cue_pages.pages(),
    }
    for uri, content in generated.items():
        if written := files.get_file_from_path(uri):  # notes on a cue, which its generated page includes
            files.remove(written)
        files.append(File.generated(config, uri, content=content))
    pages = {_origin(file.src_uri): file.content_string for file in files.documentation_pages()}
    for path in sorted(_linked_files(pages)):
        content = _file(path).read_bytes() if _is_picture(path) else _copied_page(path)
        # Only links lead to them, so they need no entry in the navigation.
        files.append(File.generated(config, _uri(path), content=content, inclusion=InclusionLevel.NOT_IN_NAV))
    _expand_wildcards(config.nav, sorted(file.src_uri for file in files.documentation_pages()))
    return files


def _expand_wildcards(nav: list[dict[str, Any]], uris: list[str]) -> None:
    """Replace "folder/*" in the navigation by the pages in that folder that it does not name."""
    named = str(nav)
    for entry in nav:
        for title, target in entry.items():
            if isinstance(target, str) and target.endswith("*"):
                pages = [uri for uri in uris if posixpath.dirname(uri) == posixpath.dirname(target)]
                pages = [uri for uri in pages if f"'{uri}'" not in named]
                entry[title] = sorted(pages, key=lambda uri: (not uri.endswith(("index.md", "README.md")), uri))


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Redirect links that leave docs/ to the copies in the site."""
    uri = page.file.src_uri
    origin = _origin(uri)

    def redirect(link: re.Match[str]) -> str:
        target = _target(origin, link[1])
        return posixpath.relpath(_uri(target), posixpath.dirname(uri)) if _file(target).is_file() else link[0]

    is_code = uri.startswith(f"{_COPIED}/") and not _file(origin).is_file()
    return markdown if is_code else _LINK.sub(redirect, markdown)


def _origin(uri: str) -> str:
    """The path of a page of the site, from the repository's root."""
    if uri == "index.md":
        return _START
    return uri.removeprefix(f"{_COPIED}/") if uri.startswith(f"{_COPIED}/") else f"docs/{uri}"


def _target(origin: str, link: str) -> str:
    """The path that a link in a file names, from the repository's root."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(origin), link))


def _uri(path: str) -> str:
    """The path in the site's sources of a file of the repository."""
    if path == _START:
        return "index.md"
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    return f"{_COPIED}/{path}" + ("" if path.endswith(".md") or _is_picture(path) else ".md")


def _file(path: str) -> Path:
    """A file of the repository; of the installed package if it is in src, which release tests do without."""
    inside = path.removeprefix("src/artifact_check/")
    return _ROOT / path if inside == path else _PACKAGE / inside


def _is_picture(path: str) -> bool:
    return Path(path).suffix in _PICTURES


def _linked_files(pages: dict[str, str]) -> set[str]:
    """All files outside docs/ that these pages link to, directly or through such files."""
    linked: set[str] = set()
    queue = list(pages.items())
    while queue:
        origin, text = queue.pop()
        for link in _LINK.findall(text):
            path = _target(origin, link)
            if path == _START or path.startswith(("docs/", "..")) or path in linked or not _file(path).is_file():
                continue
            linked.add(path)
            if path.endswith(".md"):
                queue.append((path, _file(path).read_text("utf-8")))
    return linked


def _copied_page(path: str) -> str:
    text = _file(path).read_text("utf-8")
    if path.endswith(".md"):
        return text
    language = Path(path).suffix.removeprefix(".") or "text"
    return f"---\nsearch: {{exclude: true}}\n---\n# {path}\n\n~~~~~~ {language}\n{text}\n~~~~~~\n"
