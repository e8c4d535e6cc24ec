"""Extrapolate: extend a recording after its end or before its beginning, from its own material or new."""
