"""Extrapolate: a recording goes on past its end, or begins earlier, out of its own material or new."""
