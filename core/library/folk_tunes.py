"""Compose a folk tune by one call; what `core.compose_tune(...)` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.audio.flac import FlacSound
from core.errors import InputError
from core.folk.job import PlayedTune
from core.library.arguments import read_arguments
from core.library.results import Result, Writer
from core.music.tune import Tune
from core.presentation.presentation import Presentation
from core.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pretty_midi import PrettyMIDI

_OWN = frozenset(("variant", "title", "source", "license", "progress"))


class ComposedTune(Result):
    """A folk tune, returned by `compose_tune`.

    Attributes
    ----------
    tune : Tune
    tunes : tuple of Tune
        All that were composed; ``tune`` is one of them.
    played : PlayedTune
    """

    def __init__(
        self,
        played: PlayedTune,
        tunes: tuple[Tune, ...],
        report: dict[str, Any],
        tempo_qpm: float,
        **told: str,
    ) -> None:
        super().__init__(**told)
        self.played, self.tunes, self._report, self._tempo_qpm = played, tunes, report, tempo_qpm

    @property
    def tune(self) -> Tune:
        """The tune that sounds."""
        return self.played.tune

    @property
    def sound(self) -> FlacSound:
        """The sound as FLAC."""
        return self.played.played.sound

    @property
    def midi(self) -> PrettyMIDI:
        """The notes as they are played."""
        return self.played.played.midi

    @property
    def report(self) -> dict[str, Any]:
        """The request, and every tune with its measures and events."""
        return self._report

    @property
    def words(self) -> tuple[str, ...]:
        """What was composed."""
        note = (self.played.played.note,) if self.played.played.note else ()
        return (*self.presentation.mapping, *note)

    def _present(self) -> Presentation:
        from core.folk.presentation import present

        return present(self.played, title=self.title, source=self.source, license_text=self.license_text)

    def _writers(self, settings: Mapping[str, Any]) -> dict[str, Writer]:
        from core.folk.job import print_score
        from core.music.tune_files import to_abc, to_kern, to_musicxml

        title, tempo = self.presentation.title, self._tempo_qpm
        return super()._writers(settings) | {
            "abc": lambda: to_abc(self.tune, title=title, tempo_qpm=tempo).encode(),
            "krn": lambda: to_kern(self.tune, title=title, tempo_qpm=tempo).encode(),
            "musicxml": lambda: to_musicxml(self.tune, title=title, tempo_qpm=tempo).encode(),
            "pdf": lambda: print_score(self.tune, title, [self.presentation.subtitle]),
        }


def compose_tune(
    *,
    collection: str | None = None,
    key: str | None = None,
    mode: str | None = None,
    meter: str | None = None,
    bars: int | None = None,
    seed: int | None = None,
    variant: int = 1,
    title: str = "",
    source: str = "",
    license: str = "",
    progress: Progress | None = None,
    **settings: Any,
) -> ComposedTune:
    """Compose a folk tune.

    Parameters
    ----------
    collection : str
        Such as "germany/erk"; "unknown" mixes all collections.
    key, mode, meter : str
        Such as "G", "major" and "6/8".
    bars : int
        From 2 to 128; 16 if not given.
    seed : int
        Equal seeds give equal tunes.
    variant : int
        Of several tunes, asked for by ``count``, which one is played; from 1.
    title, source, license : str
        Shown on page, picture and film.
    progress : callable, optional
        Called with a share from 0 to 1 and what is being done.
    **settings
        Every option of ``python -m core folk --help`` by its name: ``phrases="AABA"``, ``low``, ``high``, ``temperature``,
        ``begin="opening.abc"``, ``tempo``, ``program``, …

    Returns
    -------
    ComposedTune
        Shows itself in a notebook; saves itself as sound, MIDI, MusicXML, ABC, kern, PDF, picture, film or page.

    Raises
    ------
    InputError
        If an argument cannot be used; the message says what to change.

    Examples
    --------
    >>> from core import compose_tune
    >>> tune = compose_tune(key="D", bars=4, seed=1)
    >>> tune.report["request"]["key"], len(tune.tune.bars)
    ('D', 4)
    """
    from core.folk.command import add_arguments, choose_request, choose_tunes
    from core.folk.job import load_composer, load_fingerprint, play_tune, select_tunes
    from core.folk.report import report, tell_request

    given = {"collection": collection, "key": key, "mode": mode, "meter": meter, "bars": bars, "seed": seed}
    options = read_arguments("compose_tune", add_arguments, {**given, **settings}, own=_OWN)
    choices = choose_tunes(options)
    composer, chosen = load_composer(), choices.settings
    request, _ = choose_request(options, choices, composer)
    tell = None if progress is None else lambda share: progress(0.4 * share, "Composing")
    selection = select_tunes(request, composer, tell)
    if isinstance(variant, bool) or not isinstance(variant, int) or not 1 <= variant <= len(selection.tunes):
        raise InputError(
            f"variant was {variant!r:.20}; it can be 1 to {len(selection.tunes)}, the number of tunes."
        )
    tune = selection.tunes[variant - 1]
    played = play_tune(request, variant - 1, chosen.tempo_qpm, chosen.program, tune, progress=progress)
    told = report(selection, tell_request(request, chosen), composer, load_fingerprint())
    return ComposedTune(
        played,
        tuple(selection.tunes),
        told,
        chosen.tempo_qpm,
        title=title or choices.title,
        source=source,
        license_text=license,
    )
