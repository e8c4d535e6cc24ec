"""A playhead over charts, which follows a component that plays elsewhere on the page."""
