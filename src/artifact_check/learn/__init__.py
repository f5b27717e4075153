"""Labelled photos -> a model bundle, and honest figures of it. Never imported by the check itself."""
