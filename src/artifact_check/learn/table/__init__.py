"""A labelled folder -> a table of measures, from photos of both labels that were laundered the same way."""
