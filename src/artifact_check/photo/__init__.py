"""Decodes image files to `Photo`: upright 8-bit sRGB pixels and facts about the file's encoding."""

from artifact_check.photo.decoding import MAX_PIXELS, Photo, decode, from_array, require_header
from artifact_check.photo.likeness import perceptual_hash
from artifact_check.photo.previews import preview, thumbnail

__all__ = ["MAX_PIXELS", "Photo", "decode", "from_array", "perceptual_hash", "preview", "require_header", "thumbnail"]
