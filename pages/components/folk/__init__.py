"""Parts of the page: folk."""
