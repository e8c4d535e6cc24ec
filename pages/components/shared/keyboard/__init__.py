"""The keyboard: a piano on the screen for playing a beginning."""
