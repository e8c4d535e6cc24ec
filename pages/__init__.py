"""Page scripts of the app, one per page."""
