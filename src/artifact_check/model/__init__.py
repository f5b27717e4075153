"""Measures -> score and verdict, by a model bundle."""
