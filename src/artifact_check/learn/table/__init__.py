"""A labelled folder -> a table of measures, both labels laundered alike."""
