"""Checks many photos: in worker processes or on a cluster, and with a store of earlier reports."""
