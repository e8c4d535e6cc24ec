"""Parts of the page: shared."""
