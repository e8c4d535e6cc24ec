"""Visualize a sound by one call: its features, mapped to ten scene parameters; what `core.visualize(...)` does."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import TYPE_CHECKING, Any

from core.audio.flac import FlacSound
from core.audioviz.extract import Hearing, Listener, Model
from core.audioviz.report import report, style_shares, write_csv, write_npz
from core.audioviz.settings import DRAWN_RATE_HZ, Look, VizSettings
from core.audioviz.sound_measures import PARAMETERS
from core.command_line import write_file
from core.errors import InputError
from core.library.arguments import read_arguments, suggest_nearest
from core.library.given_sounds import read_sound
from core.library.results import Result, Writer
from core.presentation.presentation import Presentation
from core.progress import Progress, ignore_progress, tell_time_left

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd
    from plotly.graph_objects import Figure

    from core.arrays import Float32Array
    from core.video import Container

_OWN = frozenset(("sound", "title", "source", "license", "progress"))
# Of a video, given to `save`.
_VIDEO = ("quality", "fps")


class VisualizedSound(Result):
    """A sound with its features and scene parameters, returned by `visualize`.

    Attributes
    ----------
    hearing : Hearing
    settings : VizSettings
    look : Look
    values : ndarray of float32, shape=(n, 10)
        The ten parameters, 60 times a second.
    """

    def __init__(
        self, sound: FlacSound, hearing: Hearing, settings: VizSettings, look: Look, **told: str
    ) -> None:
        super().__init__(**told)
        self._sound, self.hearing, self.settings, self.look = sound, hearing, settings, look
        self.values: Float32Array = settings.map(hearing)

    @property
    def sound(self) -> FlacSound:
        """The sound as FLAC."""
        return self._sound

    @property
    def parameters(self) -> pd.DataFrame:
        """The ten scene parameters over the time in seconds."""
        import numpy as np
        import pandas as pd

        times = pd.Index(np.arange(len(self.values)) / DRAWN_RATE_HZ, name="time_sec")
        return pd.DataFrame(self.values, index=times, columns=list(PARAMETERS))

    @property
    def features(self) -> pd.DataFrame:
        """What the model heard, 20 times a second."""
        import pandas as pd

        times = pd.Index(self.hearing.times_sec, name="time_sec")
        return pd.DataFrame(self.hearing.codes, index=times, columns=list(self.hearing.code_names))

    @property
    def styles(self) -> dict[str, float]:
        """Mean probability of each musical style; empty where the model knows none."""
        return style_shares(self.hearing)

    @property
    def report(self) -> dict[str, Any]:
        """Durations, deviations and styles."""
        return report(self.hearing, self.values) | {"settings": dataclasses.asdict(self.settings)}

    @property
    def words(self) -> tuple[str, ...]:
        """Which model and mapping, and how much moves."""
        return self.presentation.mapping

    def chart(self) -> Figure:
        """The ten parameters, a lane each, as a plotly figure."""
        import numpy as np

        from core.audioviz.charts import lanes_figure

        times = np.arange(len(self.values)) / DRAWN_RATE_HZ
        return lanes_figure(times, self.values, PARAMETERS)

    def map(self, **settings: Any) -> VisualizedSound:
        """The same sound with other settings of the mapping; nothing is heard again.

        Parameters
        ----------
        **settings
            Of `core.audioviz.settings.VizSettings`, but for ``model``.
        """
        known = [field.name for field in dataclasses.fields(VizSettings) if field.name != "model"]
        for name in settings:
            if name not in known:
                nearest = suggest_nearest(name, known, what="They are")
                raise InputError(f"A mapping has no setting “{name[:40]}”. {nearest}")
        chosen = dataclasses.replace(self.settings, **settings)
        told = {"title": self.title, "source": self.source, "license_text": self.license_text}
        return VisualizedSound(self.sound, self.hearing, chosen, self.look, **told)

    def _present(self) -> Presentation:
        from core.audioviz.presentation import present

        return present(
            self.hearing,
            self.values,
            self.settings,
            self.sound,
            title=self.title,
            source=self.source,
            license_text=self.license_text,
        )

    def _writers(self, settings: Mapping[str, Any]) -> dict[str, Writer]:
        writers = super()._writers(settings) | {
            "csv": lambda: write_csv(self.hearing, self.values, DRAWN_RATE_HZ),
            "npz": lambda: write_npz(self.hearing, self.values, DRAWN_RATE_HZ),
        }
        return {ending: write for ending, write in writers.items() if ending not in ("mid", "midi")}

    def _save_film(
        self, path: Path, ending: str, settings: Mapping[str, Any], progress: Progress | None
    ) -> None:
        """The scene as a video, as on the page."""
        from core.audioviz.film import HEIGHTS, MAX_FPS, MIN_FPS, film_size, render_video
        from core.errors import keep_printable

        for name in settings:
            if name not in _VIDEO:
                nearest = suggest_nearest(name, _VIDEO, what="Its settings")
                raise InputError(f"A video has no setting “{name[:40]}”. {nearest}")
        quality, fps = settings.get("quality", "540p"), settings.get("fps", 30)
        if quality not in HEIGHTS:
            raise InputError(f"The quality was {quality!r:.20}; it can be {', '.join(HEIGHTS)}.")
        if not isinstance(fps, int) or not MIN_FPS <= fps <= MAX_FPS:
            raise InputError(f"A video can have {MIN_FPS} to {MAX_FPS} frames per second, not {fps!r:.20}.")
        look = self.look
        container: Container = "mp4" if ending == "mp4" else "webm"
        content = render_video(
            self.values,
            DRAWN_RATE_HZ,
            self.audio,
            scene=look.scene,
            size=film_size(look.aspect, quality),
            fps=fps,
            limiter=look.limiter,
            palette=look.palette,
            caption=keep_printable(look.caption),
            container=container,
            progress=None if progress is None else tell_time_left(progress, "Making this video"),
        )
        write_file(path, lambda: content)


def visualize(
    sound: Any,
    *,
    model: str | None = None,
    mapping: str | None = None,
    scene: str | None = None,
    palette: str | None = None,
    title: str = "",
    source: str = "",
    license: str = "",
    progress: Progress | None = None,
    **settings: Any,
) -> VisualizedSound:
    """Extract features of a sound and map them to the ten parameters of a scene.

    Parameters
    ----------
    sound : object
        A file's name or bytes, "example:piano", samples with their rate ``(y, sr)``, an `core.audio.Audio`, or the result of
        another function.
    model : str
        "measured", or a network: "ae_normal", "ae_shared", "ae_skip", "alexnet" or "vgg".
    mapping : str
        "deterministic", "random", "pca", "kmeans" or "kmeans_pca".
    scene, palette : str
        Of the video that ``save("x.mp4")`` makes.
    title, source, license : str
        Shown on page and picture.
    progress : callable, optional
        Called with a share from 0 to 1 and what is being done.
    **settings
        Every option of ``python -m core visualize --help`` by its name: ``scaling``, ``scaling_axis``, ``smoothing``, ``order``,
        ``interpolation``, ``seed``, ``aspect``, …

    Returns
    -------
    VisualizedSound
        Shows itself in a notebook; has ``parameters`` and ``features`` as data frames, ``chart()``, ``map(...)`` for another
        mapping, and saves itself as CSV, NPZ, sound, picture, page, and as a video of the scene.

    Raises
    ------
    InputError
        If the sound or an argument cannot be used; the message says what to change.

    Examples
    --------
    >>> import numpy as np
    >>> from core import visualize
    >>> seen = visualize((np.sin(np.arange(44_100) ** 1.5 / 500), 22_050), mapping="pca")
    >>> seen.parameters.shape, list(seen.parameters)[:3]
    ((118, 10), ['scale', 'pulse', 'hue'])
    """
    from core.audioviz.command import add_arguments, choose_look, choose_settings
    from core.audioviz.job import fit_sound
    from core.files.reading import read_file
    from core.settings_file import MAX_SETTINGS_BYTES, read_settings

    given = {"model": model, "mapping": mapping, "scene": scene, "palette": palette, **settings}
    order = given.get("order")
    if isinstance(order, list | tuple):
        given["order"] = ",".join(map(str, order))
    options = read_arguments(
        "visualize",
        add_arguments,
        given,
        own=_OWN,
        left_out=("sound", "rate_hz", "zero_phase", "quality", "fps"),
    )
    file = None
    if options.settings is not None:
        file = read_settings(read_file(options.settings, MAX_SETTINGS_BYTES), "visualize")
    chosen, look = choose_settings(options, file), choose_look(options, file)
    if options.interpolation is None and file is None:
        chosen = dataclasses.replace(chosen, interpolation=VizSettings().interpolation)
    tell = progress or ignore_progress
    tell(0.0, "Reading the sound")
    audio, name = read_sound(sound)
    kept = FlacSound.of(fit_sound(audio)[0])
    hearing = _load_listener(chosen.model).hear(
        kept.decode(), model=chosen.model, progress=lambda share: tell(share, "Measuring the sound")
    )
    return VisualizedSound(
        kept, hearing, chosen, look, title=title or name, source=source, license_text=license
    )


#: As it is written in British English.
visualise = visualize


@cache
def _load_listener(model: Model) -> Listener:
    return Listener.from_weights([model])
