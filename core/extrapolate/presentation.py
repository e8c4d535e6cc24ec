"""Presentation of an extended recording: its waveform with what was added, and the joins."""

from __future__ import annotations

from core.extrapolate.descriptions import clock, compare_in_words, identical_in_words, joins_in_words
from core.extrapolate.job import ExtendedSound
from core.extrapolate.result import Measurements
from core.nn.terms import add_terms
from core.presentation.presentation import Presentation, ShownPoint, Stretch, Voice, WaveformPicture

RECORDING, ADDED = "Recording", "Added"


def present(
    extended: ExtendedSound,
    *,
    title: str = "",
    source: str = "",
    license_text: str = "",
    language: str = "en",
) -> Presentation:
    """What a picture, a film or a web page shows of an extended recording.

    Parameters
    ----------
    extended : ExtendedSound
    title : str
        Name of the recording; "Extended recording" if not given.
    source, license_text : str
        Where the recording comes from, and under what terms.
    language : str
        BCP 47 code of the title.
    """
    made = extended.made
    stretches = _list_stretches(made)
    new_sec = sum(added.stop_sec - added.start_sec for added in made.added)
    points = tuple(_list_points(stretches))
    return Presentation(
        title=title or "Extended recording",
        subtitle=f"{clock(made.duration_sec)} long, {clock(new_sec)} of it added",
        sound=extended.sound,
        pictures=(
            WaveformPicture(
                stretches=stretches,
                joins_sec=tuple(join.time_sec for join in made.joins),
                low=extended.picture.low.astype(float),
                high=extended.picture.high.astype(float),
            ),
        ),
        voices=(Voice(name=RECORDING), Voice(name=ADDED)),
        points=points,
        point_noun="part",
        mapping=(_describe_joins(made), identical_in_words(made), *compare_in_words(made), *made.notes),
        source=source,
        license=add_terms(license_text, "extrapolate"),
        columns=(
            ("Part", tuple(stretch.name for stretch in stretches)),
            ("From", tuple(clock(stretch.begin_sec) for stretch in stretches)),
            ("To", tuple(clock(stretch.end_sec) for stretch in stretches)),
        ),
        language=language,
    )


def _describe_joins(made: Measurements) -> str:
    """How smooth they are, and how the waveform shows them."""
    told = joins_in_words(made)
    if not made.joins:
        return told
    return f"{told} {'A dashed line marks it' if len(made.joins) == 1 else 'Dashed lines mark them'}."


def _list_stretches(made: Measurements) -> tuple[Stretch, ...]:
    """The recording's own part and the additions, in the order of their times."""
    own = Stretch(name=RECORDING, begin_sec=made.own_sec[0], end_sec=made.own_sec[1])
    added = [Stretch(name=ADDED, begin_sec=each.start_sec, end_sec=each.stop_sec) for each in made.added]
    return tuple(sorted([own, *added], key=lambda stretch: stretch.begin_sec))


def _list_points(stretches: tuple[Stretch, ...]) -> list[ShownPoint]:
    return [
        ShownPoint(
            onset_sec=stretch.begin_sec,
            duration_sec=stretch.end_sec - stretch.begin_sec,
            label=f"{stretch.name}, {clock(stretch.begin_sec)} to {clock(stretch.end_sec)}, part {i + 1} of {len(stretches)}",
            value=None,
            kind="point",
            voice=int(stretch.name == ADDED),
            value_text=stretch.name,
        )
        for i, stretch in enumerate(stretches)
    ]
