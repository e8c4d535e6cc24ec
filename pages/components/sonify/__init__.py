"""Parts of the page: sonify."""
