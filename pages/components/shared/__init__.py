"""Shared components: player, keyboard, playhead, inputs, downloads, caches, model cards."""
