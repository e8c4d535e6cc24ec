"""Parts of the page: viz."""
