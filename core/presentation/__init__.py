"""Presentations: a result as a picture, a film or a web page of its own."""
