"""One photo -> PhotoReport."""
