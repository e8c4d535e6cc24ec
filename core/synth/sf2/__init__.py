"""The built-in SoundFont 2 synthesizer."""
