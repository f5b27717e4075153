"""Bounds on the metadata that is read from one file.

They keep a hostile file from costing much time or memory. Anything beyond a bound is left out, as if it were not there.
Bounds on the structure of one format (boxes, chunks, directory entries) are in that format's module.
"""

# Blocks taken out of a container, in bytes.
MAX_XMP = 1_000_000  # one packet; a photo's has some thousands
MAX_ALL_XMP = 4_000_000  # all packets of one file
MAX_XMP_PACKETS = 16
MAX_EXIF = 16_000_000
MAX_IPTC = 1_000_000
MAX_SEGMENTS = 10_000  # segments, chunks or resources visited in one file; a photo has some tens

# Texts other than XMP: comments, PNG texts, EXIF's UserComment.
MAX_TEXTS = 64
MAX_TEXT = 4_000_000  # bytes or characters of one text; a generator's graph has some ten thousands
MAX_ALL_TEXTS = 16_000_000  # bytes or characters of all texts kept from one file

# Texts that are searched for a generator's settings.
MAX_SEARCHED_TEXT = 4_000_000  # characters of all texts of one file
MAX_JSON = 2_000_000  # characters of one JSON text; a large graph of nodes has some hundred thousand
MAX_SETTINGS = 20_000  # characters of one line of settings
MAX_HIDDEN_TEXT = 1_000_000  # bytes in the alpha channel, compressed and inflated; a prompt has some thousands
