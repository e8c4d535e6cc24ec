"""Extend a recording by one call; what `core.extend_recording(...)` does."""

from __future__ import annotations

from typing import Any

from core.audio.flac import FlacSound
from core.extrapolate.job import ExtendedSound, extend_audio
from core.extrapolate.report import report
from core.library.arguments import read_arguments
from core.library.given_sounds import read_sound
from core.library.results import Result
from core.presentation.presentation import Presentation
from core.progress import Progress, ignore_progress

_OWN = frozenset(("recording", "title", "source", "license", "progress"))


class ExtendedRecording(Result):
    """An extended recording, returned by `extend_recording`.

    Attributes
    ----------
    extended : ExtendedSound
    """

    def __init__(self, extended: ExtendedSound, **told: str) -> None:
        super().__init__(**told)
        self.extended = extended

    @property
    def sound(self) -> FlacSound:
        """The whole as FLAC."""
        return self.extended.sound

    @property
    def report(self) -> dict[str, Any]:
        """Every join, and measurements of the recording and the addition."""
        return report(self.extended.made)

    @property
    def words(self) -> tuple[str, ...]:
        """What was added and how it fits."""
        return self.presentation.mapping

    def _present(self) -> Presentation:
        from core.extrapolate.presentation import present

        return present(self.extended, title=self.title, source=self.source, license_text=self.license_text)


def extend_recording(
    recording: Any,
    seconds: float | None = None,
    *,
    direction: str | None = None,
    mood: str | None = None,
    engine: str | None = None,
    ending: str | None = None,
    seed: int | None = None,
    title: str = "",
    source: str = "",
    license: str = "",
    progress: Progress | None = None,
    **settings: Any,
) -> ExtendedRecording:
    """Extend a recording after its end or before its beginning.

    Parameters
    ----------
    recording : object
        A file's name or bytes, "example:street", samples with their rate ``(y, sr)`` as librosa returns them, an
        `core.audio.Audio`, or the result of another function.
    seconds : float
        Length to add on each side, 1 to 600; 30 if not given.
    direction : {"after", "before", "both"}
    mood : {"keep", "lift", "calm"}
        Keep it, more energetic, or calmer.
    engine : {"recompose", "neural"}
        Rearrange beats, or generate new sound of lower quality.
    ending : {"fade", "cadence", "cut"}
    seed : int
        Equal seeds give equal results.
    title, source, license : str
        Shown on page, picture and film.
    progress : callable, optional
        Called with a share from 0 to 1 and what is being done.
    **settings
        Every option of ``python -m core extrapolate --help`` by its name: ``at_sec``, ``adventure``, …

    Returns
    -------
    ExtendedRecording
        Shows itself in a notebook; saves itself as sound, report, picture, film or page.

    Raises
    ------
    InputError
        If the sound or an argument cannot be used; the message says what to change.

    Examples
    --------
    >>> from core import extend_recording
    >>> longer = extend_recording("example:mist", seconds=2)
    >>> round(longer.audio.duration_sec - longer.extended.recording_sec)
    2
    """
    from core.extrapolate.command import add_arguments, choose_request
    from core.files.reading import read_file
    from core.settings_file import MAX_SETTINGS_BYTES, read_settings

    given = {"seconds": seconds, "direction": direction, "mood": mood, "engine": engine, "ending": ending}
    options = read_arguments(
        "extend_recording", add_arguments, {**given, "seed": seed, **settings}, own=_OWN, left_out=("file",)
    )
    file = None
    if options.settings is not None:
        file = read_settings(read_file(options.settings, MAX_SETTINGS_BYTES), "extrapolate")
    request = choose_request(options, file)
    tell = progress or ignore_progress
    tell(0.0, "Reading the sound")
    audio, name = read_sound(recording)
    extended = extend_audio(audio, request, tell=tell)
    return ExtendedRecording(extended, title=title or name, source=source, license_text=license)
