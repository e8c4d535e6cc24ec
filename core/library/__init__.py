"""Library: sonify, compose, extend and visualize by one call each from Python; the results show themselves in a notebook."""
