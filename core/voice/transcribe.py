"""Voice transcription: a recording of one voice to notes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from core import audio as sound
from core.audio import Audio
from core.errors import InputError
from core.nn.card import Card
from core.nn.weights import keep_model, load_arrays
from core.voice.boundary_features import boundary_features
from core.voice.config import BoundaryConfig
from core.voice.inference import BoundaryNetwork
from core.voice.note_segmentation import Segment, segment
from core.voice.octave_errors import repair_octaves
from core.voice.pitch_tracking import HOP_LENGTH, SR, PitchTrack, Tracker, track
from core.voice.suitability import clipped_share, held_share, level_db, several_tones_share
from core.voice.transcription import Transcription, assemble

Progress = Callable[[float], None]

MAX_VOICE_SEC = 120.0
# Below this there is no pitch to find in the noise of 16 bits and a microphone.
MIN_LEVEL_DB = -60.0
TARGET_LEVEL_DB = -20.0  # SwiftF0 and the network get every voice at this level

CLIPPED = 0.02
# Of the 45 recordings of SSVD the least held has 0.66, of sixteen spoken texts of a synthesizer the most 0.30.
SPOKEN = 0.36
# Singing stays below 0.1, triads lie above 0.6; a violin's double stops and songs with a band lie between.
SEVERAL_TONES, SOME_TONES = 0.5, 0.25


def read_voice(data: bytes, *, name: str = "the recording") -> Audio:
    """Decode an uploaded or recorded voice of at most two minutes.

    Parameters
    ----------
    data : bytes
    name : str
        How messages call it.

    Raises
    ------
    InputError
        As `core.audio.decode`; a file that says it is longer is refused before it is decoded.
    """
    return sound.decode(data, name=name, max_sec=MAX_VOICE_SEC)


class VoiceTranscriber:
    """Turns singing into notes; shared by all visitors, changed by no call."""

    def __init__(self, tensors: Mapping[str, NDArray[Any]], card: Card | None = None) -> None:
        self._network = BoundaryNetwork(tensors)
        self.card = card

    @classmethod
    def from_weights(cls) -> VoiceTranscriber:
        """The transcriber with the shipped network."""
        _, tensors, card = load_arrays("voice", BoundaryConfig)
        return cls(tensors, card)

    def transcribe(
        self, audio: Audio, *, tracker: Tracker = "swift-f0", progress: Progress | None = None
    ) -> Transcription:
        """Read the notes of one voice.

        Parameters
        ----------
        audio : Audio
            Singing, humming, whistling or one instrument, between F#1 and C7, of at most 120 s.
        tracker : {"swift-f0", "pyin"}
            What follows the pitch; pYIN takes about twenty times as long and answers where SwiftF0 cannot run.
        progress : callable, optional
            Called with shares from 0 to 1.

        Returns
        -------
        Transcription
            One note is enough. What is doubtful is told in ``notes_of_caution``.

        Raises
        ------
        InputError
            If the sound is too long, silent, without a note, or of several tones at once.
        ValueError
            If the tracker is unknown.
        """
        if tracker not in get_args(Tracker):
            raise ValueError(f"tracker must be one of {', '.join(get_args(Tracker))}, not {tracker!r}.")
        if audio.duration_sec > MAX_VOICE_SEC + 0.1:
            raise InputError(
                f"The recording lasts {audio.duration_sec:.0f} s; up to {MAX_VOICE_SEC:.0f} s works. "
                "Cut it or sing a part."
            )
        tell = progress or (lambda share: None)
        y, loudness_db = prepare(audio)
        if loudness_db < MIN_LEVEL_DB:
            raise InputError(_describe_silence(loudness_db))
        tell(0.05)
        pitch_track = repair_octaves(y, track(y, tracker))
        tell(0.7)
        segments = self.segments(y, pitch_track)
        tell(0.9)
        several = several_tones_share(y, pitch_track)
        _require_one_voice(several, segments, audio.duration_sec)
        cautions = _find_cautions(audio, pitch_track, several, tracker)
        found = assemble(
            pitch_track,
            [s.onset_sec for s in segments],
            [s.end_sec for s in segments],
            [s.pitch for s in segments],
            [level_db(y[s.start * HOP_LENGTH : s.stop * HOP_LENGTH]) for s in segments],
            cautions,
        )
        tell(1.0)
        return found

    def segments(self, y: NDArray[np.float32], pitch_track: PitchTrack) -> list[Segment]:
        """Find the notes of a pitch track.

        Parameters
        ----------
        y : ndarray of float32, shape=(n,)
            From :func:`prepare`.
        pitch_track : PitchTrack
            Of the same sound.
        """
        logits = self._network.logits(boundary_features(y, pitch_track))
        onset, active = logits.astype(np.float64)
        return segment(pitch_track, onset, active)


def transcribe(
    audio: Audio,
    *,
    tracker: Tracker = "swift-f0",
    progress: Progress | None = None,
    transcriber: VoiceTranscriber | None = None,
) -> Transcription:
    """Read the notes of one voice with the shipped network; see :meth:`VoiceTranscriber.transcribe`.

    Examples
    --------
    A second of a tone with the harmonics of a voice, at A3:

    >>> t = np.arange(SR) / SR
    >>> y = 0.2 * sum(np.sin(2 * np.pi * 220.0 * k * t) / k for k in range(1, 6))
    >>> found = transcribe(Audio(y, SR))
    >>> [note.pitch for note in found.notes], found.tracker
    ([57], 'swift-f0')
    """
    return (transcriber or _load_shipped_transcriber()).transcribe(audio, tracker=tracker, progress=progress)


@keep_model
def _load_shipped_transcriber() -> VoiceTranscriber:
    return VoiceTranscriber.from_weights()


def prepare(audio: Audio) -> tuple[NDArray[np.float32], float]:
    """Bring a sound to the rate and the level that the tracker and the network know.

    Returns
    -------
    y : ndarray of float32, shape=(n,)
        Mono at 16 kHz, its loudest third of a second at -20 dB of full scale.
    level_db : float
        What the level was.
    """
    y = audio.mono().resample(SR).y
    # A constant offset of a cheap microphone is no sound.
    y = y - y.mean(dtype=np.float64).astype(np.float32)
    loudness_db = level_db(y)
    if loudness_db < MIN_LEVEL_DB:
        return y, loudness_db
    return y * np.float32(10.0 ** ((TARGET_LEVEL_DB - loudness_db) / 20.0)), loudness_db


def _describe_silence(loudness_db: float) -> str:
    came = (
        "is silent"
        if loudness_db < -120.0
        else f"is too quiet: {math.floor(loudness_db)} dB of full scale at its loudest"
    )
    return (
        f"The recording {came}; {MIN_LEVEL_DB:.0f} dB is the least. "
        "Check that the right microphone is chosen and sing closer to it."
    )


def _require_one_voice(several: float, segments: list[Segment], duration_sec: float) -> None:
    # A tracker finds no pitch in a chord; then less evidence is enough to say why.
    if several > (SEVERAL_TONES if segments else SOME_TONES):
        raise InputError(
            "Several tones sound at once in most of the recording, but only one voice can be transcribed. "
            "Sing, hum or whistle alone, without accompaniment."
        )
    if not segments:
        raise InputError(
            f"No sung note was found in the {duration_sec:.1f} s of the recording. "
            "Sing, hum or whistle a melody, one note at a time, close to the microphone."
        )


def _find_cautions(audio: Audio, pitch_track: PitchTrack, several: float, wanted: Tracker) -> list[str]:
    cautions = []
    if several > SOME_TONES:
        cautions.append(
            "In parts of the recording several tones seem to sound at once; notes there may be wrong. "
            "One voice without accompaniment works best."
        )
    if held_share(pitch_track) < SPOKEN:
        cautions.append(
            "The pitch glides most of the time, as it does in speech. Hold each note to get a clear melody."
        )
    if clipped_share(audio.mono().y) > CLIPPED:
        cautions.append(
            "The recording is clipped: it was louder than the microphone's limit. Notes may be found all the same; "
            "turn the input level down for a cleaner result."
        )
    if pitch_track.tracker != wanted:
        cautions.append(
            "SwiftF0 cannot run here, so pYIN tracked the pitch. It finds much the same notes but is slower."
        )
    return cautions
