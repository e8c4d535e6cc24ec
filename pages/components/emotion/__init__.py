"""Parts of the page: emotion."""
