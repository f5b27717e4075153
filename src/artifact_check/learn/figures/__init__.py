"""Error rates on held-out sources, and how they are shown."""
