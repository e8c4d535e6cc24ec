"""Parts of the page: extrapolate."""
