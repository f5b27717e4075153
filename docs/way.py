"""One photo's way through the program, as a drawing (SVG)."""

from __future__ import annotations

from html import escape

_WIDTH, _BOX, _HEIGHT, _STEP = 720, 330, 62, 92
_LEFT, _MIDDLE, _RIGHT = 10, (_WIDTH - _BOX) // 2, _WIDTH - _BOX - 10

# Column, row, file or folder, what it does.
_BOXES = (
    (_MIDDLE, 0, "sources/", "where photos are: folders, zips, addresses"),
    (_LEFT, 1, "photo/", "the file becomes upright pixels"),
    (_RIGHT, 1, "provenance/", "what the file says about itself"),
    (_LEFT, 2, "face/", "where is the face, how is it turned"),
    (_LEFT, 3, "cues/", "measure eyes, skin, light, pixels"),
    (_LEFT, 4, "model/", "numbers become one score and its reasons"),
    (_MIDDLE, 5, "checking/", "one photo's report, from both sides"),
    (_MIDDLE, 6, "scanning/", "many photos: processes, cluster, store"),
    (_MIDDLE, 7, "report/", "table, page, picture, or rows for programs"),
)
_ARROWS = ((0, 1), (0, 2), (1, 3), (3, 4), (4, 5), (5, 6), (2, 6), (6, 7), (7, 8))
_STYLE = (
    "rect{fill:#f4f6f7;stroke:#546e7a;stroke-width:1.5}path{fill:none;stroke:#546e7a;stroke-width:1.5;marker-end:url(#a)}"
    "text{font-family:sans-serif;text-anchor:middle;fill:#1d2125}.name{font-weight:bold;font-size:17px}.does{font-size:14px}"
)


def drawn() -> str:
    """The drawing; it brings its own white paper, so that it can be read on a dark page."""
    rows = 1 + max(row for _, row, _, _ in _BOXES)
    height = rows * _STEP - (_STEP - _HEIGHT) + 20
    marker = '<marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    return "".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}">',
            f'<style>{_STYLE}</style><defs>{marker}<path d="M0 0L8 4L0 8z" style="fill:#546e7a"/></marker></defs>',
            '<rect width="100%" height="100%" style="fill:#fff;stroke:none"/>',
            *(_arrow(start, end) for start, end in _ARROWS),
            *(_box(*box) for box in _BOXES),
            "</svg>",
        )
    )


def _top(row: int) -> int:
    return 10 + row * _STEP


def _arrow(start: int, end: int) -> str:
    (left, row, *_), (to_left, to_row, *_) = _BOXES[start], _BOXES[end]
    x, y, to_x, to_y = left + _BOX // 2, _top(row) + _HEIGHT, to_left + _BOX // 2, _top(to_row)
    if x == to_x or to_row - row == 1:
        return f'<path d="M{x} {y}L{to_x} {to_y}"/>'
    return f'<path d="M{x} {y}V{to_y - 24}L{to_x} {to_y}"/>'  # past the boxes beside it, then across


def _box(left: int, row: int, name: str, does: str) -> str:
    x, y = left + _BOX // 2, _top(row)
    return (
        f'<rect x="{left}" y="{y}" width="{_BOX}" height="{_HEIGHT}" rx="8"/>'
        f'<text class="name" x="{x}" y="{y + 26}">{escape(name)}</text>'
        f'<text class="does" x="{x}" y="{y + 48}">{escape(does)}</text>'
    )
