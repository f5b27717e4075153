"""Draws one photo's way through the folders of the package, as SVG."""

from __future__ import annotations

from html import escape

_WIDTH, _BOX_WIDTH, _BOX_HEIGHT, _ROW_HEIGHT, _MARGIN = 720, 330, 62, 92, 10
_LEFT, _MIDDLE, _RIGHT = _MARGIN, (_WIDTH - _BOX_WIDTH) // 2, _WIDTH - _BOX_WIDTH - _MARGIN

# Folder -> left edge, row, what it does.
_BOXES = {
    "sources": (_MIDDLE, 0, "finds photos: folders, archives, addresses"),
    "photo": (_LEFT, 1, "decodes the file to upright pixels"),
    "provenance": (_RIGHT, 1, "reads what the file declares"),
    "face": (_LEFT, 2, "finds the face, its landmarks and pose"),
    "cues": (_LEFT, 3, "measure eyes, skin, light, pixels"),
    "model": (_LEFT, 4, "turns measures into score and reasons"),
    "checking": (_MIDDLE, 5, "joins both sides in one photo's report"),
    "scanning": (_MIDDLE, 6, "many photos: processes, cluster, store"),
    "report": (_MIDDLE, 7, "writes tables, pages, pictures, data"),
}
_ARROWS = (
    ("sources", "photo"),
    ("sources", "provenance"),
    ("photo", "face"),
    ("face", "cues"),
    ("cues", "model"),
    ("model", "checking"),
    ("provenance", "checking"),
    ("checking", "scanning"),
    ("scanning", "report"),
)
_STYLE = (
    "rect{fill:#f4f6f7;stroke:#546e7a;stroke-width:1.5}path{fill:none;stroke:#546e7a;stroke-width:1.5;marker-end:url(#a)}"
    "text{font-family:sans-serif;text-anchor:middle;fill:#1d2125}.name{font-weight:bold;font-size:17px}.does{font-size:14px}"
)


def draw() -> str:
    """The picture, on a white background so that it is readable on a dark page."""
    rows = 1 + max(row for _, row, _ in _BOXES.values())
    height = 2 * _MARGIN + (rows - 1) * _ROW_HEIGHT + _BOX_HEIGHT
    marker = '<marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    return "".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}">',
            f'<style>{_STYLE}</style><defs>{marker}<path d="M0 0L8 4L0 8z" style="fill:#546e7a"/></marker></defs>',
            '<rect width="100%" height="100%" style="fill:#fff;stroke:none"/>',
            *(_arrow(start, end) for start, end in _ARROWS),
            *(_box(folder) for folder in _BOXES),
            "</svg>",
        )
    )


def _top(row: int) -> int:
    return _MARGIN + row * _ROW_HEIGHT


def _arrow(start: str, end: str) -> str:
    (left, row, _), (to_left, to_row, _) = _BOXES[start], _BOXES[end]
    x, y, to_x, to_y = left + _BOX_WIDTH // 2, _top(row) + _BOX_HEIGHT, to_left + _BOX_WIDTH // 2, _top(to_row)
    if x == to_x or to_row - row == 1:
        return f'<path d="M{x} {y}L{to_x} {to_y}"/>'
    return f'<path d="M{x} {y}V{to_y - 24}L{to_x} {to_y}"/>'  # down past the boxes of the other side, then across


def _box(folder: str) -> str:
    left, row, does = _BOXES[folder]
    x, y = left + _BOX_WIDTH // 2, _top(row)
    return (
        f'<rect x="{left}" y="{y}" width="{_BOX_WIDTH}" height="{_BOX_HEIGHT}" rx="8"/>'
        f'<text class="name" x="{x}" y="{y + 26}">{folder}/</text>'
        f'<text class="does" x="{x}" y="{y + 48}">{escape(does)}</text>'
    )
