"""Which version of the program this is."""

__version__ = "1.0.0"
