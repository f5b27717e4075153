"""Makes the files that cues compare a face with, from camera photos."""
