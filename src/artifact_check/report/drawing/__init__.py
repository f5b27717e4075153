"""Marks on photos and charts, whatever draws them: Pillow or an SVG in a page."""
