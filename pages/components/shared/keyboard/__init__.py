"""On-screen piano keyboard for opening notes."""
