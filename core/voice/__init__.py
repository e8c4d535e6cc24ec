"""A sung, hummed or whistled melody becomes notes.

bytes -> :class:`~core.audio.Audio` -> :class:`~core.voice.pitch_tracking.PitchTrack` -> segments
-> :class:`~core.voice.transcription.Transcription` -> picture, notes, MIDI.
"""
