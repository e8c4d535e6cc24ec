"""Sonoscope's plain Python: everything the pages do, usable from a notebook or a shell."""
