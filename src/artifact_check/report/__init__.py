"""Writes photo reports for people and programs."""
