"""The local page, `artifact-check serve`. Requires artifact-check[web]."""
