"""Digital signal processing: STFT, mel bands, chroma, onsets, beats, with librosa's names and results."""
