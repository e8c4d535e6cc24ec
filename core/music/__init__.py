"""Notes and scores: MIDI, keys, spelling, note values, ABC, kern, MusicXML, engraving, PDF."""
