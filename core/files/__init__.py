"""Bounded reading of uploads: signatures, sizes, archives, and processes for what may crash."""
