"""Marks on photos, and charts: for Pillow pictures and for SVG in pages."""
