"""The local page: `artifact-check serve`. It needs the extra `web`."""
