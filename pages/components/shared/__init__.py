"""What several pages have: player, keyboard, playhead, inputs, downloads, caches, model cards."""
