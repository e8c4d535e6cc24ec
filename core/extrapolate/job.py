"""Jobs of Extrapolate: decode, extend, measure and encode a recording; cut the stretches that are played.

The app imports this module for its names and never runs it; what only a worker needs is imported where it is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.audio import Audio, decode
from core.audio.flac import FlacSound
from core.extrapolate.charts import SoundPicture, draw_sound
from core.extrapolate.request import Request
from core.extrapolate.result import Measurements, Result
from core.nn.weights import keep_model
from core.progress import Progress, ignore_progress, scale_progress

if TYPE_CHECKING:
    from core.extrapolate.forecast import Forecaster

# Of the work, what reading the sound takes, and where encoding begins.
_READING_SHARE, _ENCODING_SHARE = 0.15, 0.95
_PREVIEW_SR = 24_000


@dataclass(frozen=True, kw_only=True, eq=False)
class ExtendedSound:
    """An extended recording with its sound.

    Attributes
    ----------
    made : Measurements
    sound : FlacSound
        The whole; within :attr:`Measurements.identical_sec` each sample is the recording's own, at 16 bits.
    picture : SoundPicture
    recording_sec : float
        How long the recording was before anything of it was left out.
    """

    made: Measurements
    sound: FlacSound
    picture: SoundPicture
    recording_sec: float

    @property
    def added_spans(self) -> tuple[tuple[int, int], ...]:
        """First sample of each addition in the whole, and the one after its last."""
        sr = self.made.sr
        return tuple((round(added.start_sec * sr), round(added.stop_sec * sr)) for added in self.made.added)


def extend_example(
    name: str, request: Request, *, forecast: bool = True, progress: Progress | None = None
) -> ExtendedSound:
    """Extend an example.

    Parameters
    ----------
    name : str
        A key of `core.extrapolate.examples.EXAMPLES`.
    request : Request
    forecast : bool
        Whether the shipped network, if it is there, says what should come.
    progress : callable, optional
        Called with a share from 0 to 1 and what is being done.

    Raises
    ------
    InputError
        If the request cannot be met.

    Examples
    --------
    >>> extended = extend_example("mist", Request(seconds=2.0), forecast=False)
    >>> extended.sound.data[:4], round(extended.made.duration_sec - extended.recording_sec)
    (b'fLaC', 2)
    """
    from core.extrapolate.examples import EXAMPLES

    tell = progress or ignore_progress
    tell(0.0, "Synthesizing the example")
    return extend_audio(EXAMPLES[name].audio(), request, forecast, tell)


def extend_upload(
    data: bytes, name: str, request: Request, *, progress: Progress | None = None
) -> ExtendedSound:
    """Extend a visitor's recording.

    Parameters
    ----------
    data : bytes
        Any sound file.
    name : str
        How messages call it.
    request : Request
    progress : callable, optional

    Raises
    ------
    InputError
        If it is no sound, too short, too long or silent, or the request cannot be met.
    """
    tell = progress or ignore_progress
    tell(0.0, "Reading the sound")
    return extend_audio(decode(data, name=name), request, True, tell)


def extend_audio(
    audio: Audio, request: Request, forecast: bool = True, tell: Progress = ignore_progress
) -> ExtendedSound:
    """Extend a decoded sound; as `extend_example`, which tells what the arguments are."""
    from core.extrapolate.extend import extend

    result = extend(
        audio,
        request,
        forecaster=_load_forecaster() if forecast else None,
        progress=scale_progress(tell, _READING_SHARE, _ENCODING_SHARE - _READING_SHARE),
    )
    recording_sec = audio.duration_sec
    tell(_ENCODING_SHARE, "Encoding the sound")
    return encode_extended(result, recording_sec)


def encode_extended(result: Result, recording_sec: float) -> ExtendedSound:
    """An extension with its sound encoded and reduced to a picture; ``recording_sec`` as `ExtendedSound` has it."""
    return ExtendedSound(
        made=result.without_samples(),
        sound=FlacSound.of_parts(result.parts, result.sr),
        picture=draw_sound(result),
        recording_sec=recording_sec,
    )


@keep_model
def _load_forecaster() -> Forecaster | None:
    from core.extrapolate.forecast import find_forecaster

    return find_forecaster()


def play_example(name: str) -> FlacSound:
    """An example without any addition."""
    from core.extrapolate.examples import EXAMPLES

    return FlacSound.of(EXAMPLES[name].audio())


def play_upload(data: bytes, name: str, *, smaller: bool) -> FlacSound:
    """A visitor's recording as it was uploaded; ``smaller`` as in `cut_sound`.

    Raises
    ------
    InputError
        If it is no sound or too long.
    """
    audio = decode(data, name=name)
    return FlacSound.of(_make_smaller(audio) if smaller else audio)


def cut_sound(sound: FlacSound, spans: Sequence[tuple[int, int]], *, smaller: bool) -> FlacSound:
    """Stretches of a sound, one after the other.

    Parameters
    ----------
    sound : FlacSound
    spans : sequence of (int, int)
        First sample of each, and the one after its last.
    smaller : bool
        Whether it becomes mono at 24 kHz, for a player that could not hold all of it.

    Examples
    --------
    >>> import numpy as np
    >>> tone = FlacSound.of(Audio(np.sin(np.arange(9_000) / 9).astype(np.float32), 8_000))
    >>> cut_sound(tone, [(0, 1_000), (8_000, 9_000)], smaller=False).n_samples
    2000
    """
    pieces = [sound.decode_between(start, stop) for start, stop in spans]
    if smaller:
        pieces = [_make_smaller(piece) for piece in pieces]
    return FlacSound.of_parts([piece.y.reshape(piece.n_channels, -1) for piece in pieces], pieces[0].sr)


def _make_smaller(audio: Audio) -> Audio:
    return audio.mono().resample(min(_PREVIEW_SR, audio.sr))
