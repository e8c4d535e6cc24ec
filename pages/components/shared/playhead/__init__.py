"""Playhead over charts, synchronized with a component elsewhere on the page."""
