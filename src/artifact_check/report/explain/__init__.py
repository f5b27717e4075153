"""One photo in depth: measured, drawn and explained, as a PNG or HTML file or as text for the terminal."""
