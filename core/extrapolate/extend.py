"""A recording and a wish become a longer sound: where it goes on, by which engine, in which mood, and how it came out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.audio import Audio
from core.audio.loudness import loudness_lufs
from core.errors import InputError
from core.extrapolate.analysis import MIN_SEC, Analysis, analyse
from core.extrapolate.blockwise_features import Course, course_of, key_of, tempo_near
from core.extrapolate.joins import Join
from core.extrapolate.recompose import Addition, recompose
from core.extrapolate.recompose import Direction as Side
from core.extrapolate.sound_mood import SoundMood, Wish, material, mood_line, mood_of, shifted, tempo_curve
from core.signal.spectra import HOP, SR

if TYPE_CHECKING:
    from core.extrapolate.forecast import Forecaster

Direction = Literal["after", "before", "both"]
Engine = Literal["recompose", "neural"]
Progress = Callable[[float, str], None]
FloatArray = NDArray[np.float32]

MIN_SECONDS, MAX_SECONDS = 1.0, 600.0
# A whole of so many samples, all channels counted, is 400 MB as floats: seventeen minutes of stereo at 48,000 Hz.
MAX_SAMPLES = 100_000_000
# So much of the recording is left on the side where it goes on: less says nothing about how.
MIN_OWN_SEC = 3.0
# A bound at which it is so far below the usual level lies in a fade-out or silence, from which nothing goes on.
_QUIET_DB = 8.0
_EDGE_SEC = 0.25
_END_FADE_SEC = 0.05
# Beside the joint the fade may have changed so much of the recording, at most; the engines are asked for a little more.
_SEAM_SEC = 0.065
_OWN_SEC = 1.0
_SPARE_SEC = 0.25
_LOUDNESS_SR = 8_000
_CEILING = 10 ** (-1.0 / 20)
# The forecaster reads no more than three minutes.
_CONTEXT_SEC = 181
# A stretch in the recording's own order that lasts longer is heard as a copy.
COPY_SEC = 8.0


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a visitor asks for; equal requests of equal sounds give equal results.

    Attributes
    ----------
    seconds : float in [1, 600]
        How much is added, on each side for "both".
    at_sec : float or None
        Where the recording is left, to the nearest beat; what came after it is dropped. For "before": where it is
        entered. None is where it ends (begins), without a fade-out or silence.
    direction : {"after", "before", "both"}
        With "both" the recording is entered at its beginning.
    mood : {"keep", "lift", "calm"}
    engine : {"recompose", "neural"}
    adventure : float in [0, 1]
    seed : int

    Raises
    ------
    InputError
        If a value cannot be used.
    """

    seconds: float = 30.0
    at_sec: float | None = None
    direction: Direction = "after"
    mood: Wish = "keep"
    engine: Engine = "recompose"
    adventure: float = 0.4
    seed: int = 0

    def __post_init__(self) -> None:
        if not MIN_SECONDS <= self.seconds <= MAX_SECONDS:
            raise InputError(
                f"{self.seconds:g} seconds cannot be added; {MIN_SECONDS:g} to {MAX_SECONDS:g} seconds work."
            )
        if self.at_sec is not None and not 0 <= self.at_sec < 1e6:
            raise InputError(f"A recording cannot be left at {self.at_sec:g} seconds; give a time from 0 on.")
        if not 0 <= self.adventure <= 1:
            raise InputError(f"Adventure goes from 0 to 1, not {self.adventure:g}.")
        if self.seed < 0:
            raise InputError(f"The seed is a whole number from 0, not {self.seed}.")
        for value, words in ((self.direction, Direction), (self.mood, Wish), (self.engine, Engine)):
            if value not in get_args(words):
                raise InputError(f"{value!r} is none of {', '.join(get_args(words))}.")

    @property
    def sides(self) -> tuple[Side, ...]:
        """The sides on which something is added, in the order in which they sound."""
        return ("before", "after") if self.direction == "both" else (self.direction,)


@dataclass(frozen=True, kw_only=True)
class Portrait:
    """What was measured of a stretch of sound.

    Attributes
    ----------
    tempo_qpm : float or None
        Beats a minute; None without a beat.
    key : (str, str) or None
        Tonic and mode; the recording's for an addition that it fits nearly as well as the best one.
    loudness_lufs : float
        ``-inf`` for silence.
    mood : SoundMood or None
        None for silence.
    """

    tempo_qpm: float | None
    key: tuple[str, str] | None
    loudness_lufs: float
    mood: SoundMood | None


@dataclass(frozen=True, kw_only=True)
class Added:
    """One side's addition, in the time of the whole.

    Attributes
    ----------
    side : {"after", "before"}
    start_sec, stop_sec : float
    joins : tuple of Join
        The one with the recording among them.
    portrait : Portrait
    self_copy : float
        Share of it that follows the recording unbroken for longer than :data:`COPY_SEC`; 0 for the engine "neural".
    """

    side: Side
    start_sec: float
    stop_sec: float
    joins: tuple[Join, ...]
    portrait: Portrait
    self_copy: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """The whole and how it came out.

    Attributes
    ----------
    request : Request
    sr : int
        Of the recording, in Hz.
    parts : tuple of ndarray, each shape=(channels, n)
        What sounds one after the other: additions, and the recording's own samples between them.
    own_sec : (float, float)
        Where the recording's own part begins and ends in the whole.
    at_sec : float
        Where in the recording that part begins, in seconds.
    identical_sec : (float, float)
        The stretch of the whole in which every sample was compared with the recording's and is the same.
    recording : Portrait
    added : tuple of Added
    course : Course
        Of the whole.
    mood : list of (float, SoundMood or None)
        Along the whole.
    notes : tuple of str
        Sentences about what was done that a visitor may not expect.
    """

    request: Request
    sr: int
    parts: tuple[FloatArray, ...]
    own_sec: tuple[float, float]
    at_sec: float
    identical_sec: tuple[float, float]
    recording: Portrait
    added: tuple[Added, ...]
    course: Course
    mood: list[tuple[float, SoundMood | None]]
    notes: tuple[str, ...]

    @property
    def n_samples(self) -> int:
        """Length of the whole in one channel."""
        return sum(part.shape[1] for part in self.parts)

    @property
    def duration_sec(self) -> float:
        """Length of the whole in seconds."""
        return self.n_samples / self.sr

    @property
    def identical(self) -> bool:
        """Whether the own part is the recording sample by sample, but for the fades at its joints."""
        spare = _SEAM_SEC + 0.005
        return (
            self.identical_sec[0] - self.own_sec[0] <= spare
            and self.own_sec[1] - self.identical_sec[1] <= spare
        )

    @property
    def joins(self) -> list[Join]:
        """All joins in the order of their times."""
        return sorted((join for added in self.added for join in added.joins), key=lambda join: join.time_sec)

    def between(self, start_sec: float, stop_sec: float) -> Audio:
        """A stretch of the whole, copied.

        Raises
        ------
        ValueError
            If nothing lies between the two times.
        """
        start, stop, at, found = round(start_sec * self.sr), round(stop_sec * self.sr), 0, []
        for part in self.parts:
            found.append(part[:, max(0, start - at) : max(0, stop - at)])
            at += part.shape[1]
        y = np.concatenate(found, axis=1)
        return Audio(y[0] if y.shape[0] == 1 else y, self.sr)

    def whole(self) -> Audio:
        """Everything, copied."""
        return self.between(0.0, self.duration_sec)


def extend(
    audio: Audio,
    request: Request,
    *,
    forecaster: Forecaster | None = None,
    analysis: Analysis | None = None,
    progress: Progress | None = None,
) -> Result:
    """Let a recording go on.

    Parameters
    ----------
    audio : Audio
        5 s to 15 min.
    request : Request
    forecaster : Forecaster, optional
        Says what should come; without it the engine "recompose" goes by the sound and the joins alone.
    analysis : Analysis, optional
        Of the same sound, if it was made before.
    progress : callable, optional
        Called with a share from 0 to 1 and the stage. What it raises ends the work.

    Returns
    -------
    Result

    Raises
    ------
    InputError
        If the sound is too short, silent or has too little to choose from, the whole would be too long, or the
        engine "neural" has no forecaster.
    """
    tell = progress or (lambda share, stage: None)
    _check(audio, request, forecaster)
    tell(0.0, "Listening for beats and bars")
    analysis = analysis or analyse(audio)
    own = np.atleast_2d(audio.y)
    tell(0.1, "Measuring the recording")
    course = course_of([own], audio.sr)
    bounds, notes = _bounds(analysis, request, audio)
    made: dict[Side, _Side] = {}
    for k, side in enumerate(request.sides):
        low, width = 0.15 + 0.6 * k / len(request.sides), 0.6 / len(request.sides)
        made[side] = _made(
            audio, analysis, course, request, side, bounds[side], forecaster, _within(tell, low, width)
        )
    start = int(analysis.bounds[bounds["before"]]) if "before" in made else 0
    stop = int(analysis.bounds[bounds["after"]]) if "after" in made else audio.n_samples
    return _measured(
        own, audio, request, analysis, course, made, (start, stop), notes, _within(tell, 0.8, 0.2)
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Side:
    """An addition without the recording, and the recording's samples next to it as the fade left them."""

    y: FloatArray
    seam: FloatArray
    joins: list[Join]  # in the time of y
    self_copy: float


def _within(tell: Progress, low: float, width: float) -> Progress:
    return lambda share, stage: tell(low + width * share, stage)


def _check(audio: Audio, request: Request, forecaster: Forecaster | None) -> None:
    if request.engine == "neural" and forecaster is None:
        raise InputError(
            "The engine “neural” needs its network, which is not installed here. Choose “recompose”."
        )
    if audio.duration_sec < MIN_SEC:
        raise InputError(
            f"This recording lasts {audio.duration_sec:.1f} seconds; at least {MIN_SEC:.0f} are needed to go on from. "
            "Choose a longer one."
        )
    added = round(request.seconds * audio.sr) * len(request.sides) * audio.n_channels
    room = MAX_SAMPLES - audio.n_samples * audio.n_channels
    if added > room:
        per_side = max(0.0, room / audio.sr / audio.n_channels / len(request.sides))
        advice = (
            f"ask for at most {per_side / 60:.1f} minutes" if per_side >= 10 else "choose a shorter recording"
        )
        raise InputError(
            f"This recording lasts {audio.duration_sec / 60:.1f} minutes, and with the addition it would need more memory "
            f"than there is: {advice}."
        )


def _bounds(analysis: Analysis, request: Request, audio: Audio) -> tuple[dict[Side, int], tuple[str, ...]]:
    """The bound at which each side is joined, and what a visitor should know about it."""
    times = analysis.bounds / analysis.sr
    found = _audible(analysis)
    notes = []
    given: Side = "before" if request.direction == "before" else "after"
    if request.at_sec is not None:
        low = MIN_OWN_SEC if given == "after" else 0.0
        high = audio.duration_sec - (MIN_OWN_SEC if given == "before" else 0.0)
        if not low <= request.at_sec <= high + 0.05:
            raise InputError(
                f"This recording lasts {audio.duration_sec:.1f} seconds; the place to go on from must lie between "
                f"{low:.1f} and {high:.1f} seconds, not at {request.at_sec:.1f}."
            )
        found[given] = _nearest(times, request.at_sec, low, high)
    place = {side: float(times[found[side]]) for side in request.sides}
    dropped = audio.duration_sec - place["after"] if "after" in place else 0.0
    if request.at_sec is None and dropped >= 1.0:
        notes.append(
            f"The last {dropped:.1f} seconds of the recording fade out or are silent: it goes on from {place['after']:.1f} s."
        )
    if "before" in place and request.at_sec is None and place["before"] >= 1.0:
        notes.append(
            f"The first {place['before']:.1f} seconds of the recording fade in or are silent: it is entered after them."
        )
    if not analysis.has_beat:
        notes.append(
            "No steady beat was found: the recording is continued as a texture, in grains of half a second."
        )
    return found, tuple(notes)


def _audible(analysis: Analysis) -> dict[Side, int]:
    """The first bound after which the recording sounds as loud as usual, and the last one before which it does."""
    energy = (10 ** (analysis.mel_db.astype(np.float64) / 10)).sum(axis=0)
    total = np.concatenate([[0.0], np.cumsum(energy)])
    half = max(1, round(_EDGE_SEC * SR / HOP))
    frames = np.clip(np.rint(analysis.bounds / analysis.sr * SR / HOP).astype(int), 0, len(energy))
    first, last = np.maximum(frames - half, 0), np.minimum(frames + half, len(energy))
    before = 10 * np.log10((total[frames] - total[first]) / np.maximum(frames - first, 1) + 1e-12)[1:]
    after = 10 * np.log10((total[last] - total[frames]) / np.maximum(last - frames, 1) + 1e-12)[:-1]
    return {
        "before": int(np.flatnonzero(after > np.median(after) - _QUIET_DB)[0]),
        "after": int(np.flatnonzero(before > np.median(before) - _QUIET_DB)[-1]) + 1,
    }


def _nearest(times: NDArray[np.float64], at_sec: float, low: float, high: float) -> int:
    allowed = np.flatnonzero((times >= low - 0.5) & (times <= high + 0.5))
    allowed = allowed if len(allowed) else np.arange(len(times))
    return int(allowed[np.abs(times[allowed] - at_sec).argmin()])


def _made(
    audio: Audio,
    analysis: Analysis,
    course: Course,
    request: Request,
    side: Side,
    bound: int,
    forecaster: Forecaster | None,
    tell: Progress,
) -> _Side:
    """One side's addition, in the wished mood and cut to its length."""
    seconds = float(tempo_curve(request.mood, request.seconds)[1][-1]) + _SPARE_SEC
    at = int(analysis.bounds[bound])
    said, targets, weights = None, None, None
    if forecaster is not None:
        tell(0.0, "Saying what should come")
        reach = _CONTEXT_SEC * audio.sr
        near = (
            np.atleast_2d(audio.y)[:, at : at + reach]
            if side == "before"
            else np.atleast_2d(audio.y)[:, max(0, at - reach) : at]
        )
        said = forecaster.forecast(
            near.mean(axis=0, dtype=np.float32), audio.sr, seconds=seconds, direction=side, seed=request.seed
        )
        targets, weights = forecaster.targets_for(said, analysis)
    if request.engine == "neural":
        from core.extrapolate.neural_synthesis import neural

        assert said is not None  # _check has seen to it
        addition = neural(
            audio,
            analysis,
            said,
            bound=bound,
            seed=request.seed,
            own_sec=_OWN_SEC,
            progress=_within(tell, 0.1, 0.7),
        )
    else:
        targets, weights = material(
            analysis, course, request.mood, request.seconds, targets=targets, weights=weights
        )
        addition = recompose(
            audio, analysis, bound=bound, seconds=seconds, direction=side, targets=targets, target_weights=weights,
            adventure=request.adventure, seed=request.seed, own_sec=_OWN_SEC, keep_key=request.mood == "keep",
            progress=_within(tell, 0.1, 0.7),
        )  # fmt: skip
    tell(0.85, "Shaping the addition" if request.mood != "keep" else "Joining")
    return _shaped(addition, audio, request, backward=side == "before")


def _shaped(addition: Addition, audio: Audio, request: Request, *, backward: bool) -> _Side:
    """The recording cut away; mood, length, end and peaks seen to."""
    sr, at, seconds = audio.sr, addition.at_sample, request.seconds
    n_seam = round(_SEAM_SEC * sr)
    # Copied: a view would keep all of the unshifted addition in memory.
    seam = (addition.y[:, at : at + n_seam] if backward else addition.y[:, at - n_seam : at]).copy()
    y = addition.y[:, :at] if backward else addition.y[:, at:]
    from_joint = [(at / sr - join.time_sec) * (1 if backward else -1) for join in addition.joins]
    at_sec, from_sec = tempo_curve(request.mood, seconds)
    y = shifted(y, sr, request.mood, seconds, backward=backward)
    n = min(y.shape[1], round(seconds * sr))
    y = y[:, -n:] if backward else y[:, :n]
    ceiling = max(float(audio.y.max()), -float(audio.y.min()), _CEILING)
    _limited(y, sr, ceiling)
    # Two parts that are as high as can be add up in the fade.
    np.clip(seam, -ceiling, ceiling, out=seam)
    fade = np.linspace(0.0, 1.0, max(2, round(_END_FADE_SEC * sr)), dtype=np.float32)
    if backward:
        y[:, : len(fade)] *= fade
    else:
        y[:, -len(fade) :] *= fade[::-1]
    joins = []
    for join, away in zip(addition.joins, from_joint, strict=True):
        now = float(np.interp(away, from_sec, at_sec, right=np.inf))
        if now < n / sr - _END_FADE_SEC:
            joins.append(replace(join, time_sec=n / sr - now if backward else now))
    # Between two joins the recording is followed unbroken; the last stretch ends with the addition.
    edges = [*sorted(away for away in from_joint if away < seconds), min(seconds, float(from_sec[-1]))]
    runs = np.diff(edges) if addition.slices else np.empty(0)
    self_copy = float(runs[runs > COPY_SEC].sum() / max(runs.sum(), 1e-9)) if len(runs) else 0.0
    return _Side(y=y, seam=seam, joins=joins, self_copy=self_copy)


def _limited(y: FloatArray, sr: int, ceiling: float) -> None:
    """Keep an addition from being higher than the recording, in place; what is below the ceiling is not touched."""
    from core.synth import limit_peaks

    peak = max(float(y.max(initial=0.0)), -float(y.min(initial=0.0)))
    if peak > ceiling:
        y *= np.float32(_CEILING / ceiling)
        limit_peaks(y, sr)
        y *= np.float32(ceiling / _CEILING)


def _measured(
    own: FloatArray,
    audio: Audio,
    request: Request,
    analysis: Analysis,
    course: Course,
    made: dict[Side, _Side],
    kept: tuple[int, int],
    notes: tuple[str, ...],
    tell: Progress,
) -> Result:
    """Put the parts together and measure what came out."""
    sr, (start, stop) = audio.sr, kept
    parts, n_before = [], 0
    head = made["before"].seam if "before" in made else own[:, :0]
    tail = made["after"].seam if "after" in made else own[:, :0]
    middle = own[:, start + head.shape[1] : stop - tail.shape[1]]
    if "before" in made:
        n_before = made["before"].y.shape[1]
        parts += [made["before"].y, head]
    parts.append(middle)
    if "after" in made:
        parts += [tail, made["after"].y]
    whole_course = course_of(parts, sr, tell=lambda share: tell(0.6 * share, "Measuring the whole"))
    n_own = stop - start
    same_head = _n_same(head[:, ::-1], own[:, start : start + head.shape[1]][:, ::-1])
    same_tail = _n_same(tail, own[:, stop - tail.shape[1] : stop])
    recording = _portrait(own, sr, course, analysis.tempo_qpm)
    offsets: dict[Side, int] = {"before": 0, "after": n_before + n_own}
    added = []
    for k, (side, each) in enumerate(made.items()):
        tell(0.7 + 0.2 * k, "Measuring the addition")
        at, length = offsets[side] / sr, each.y.shape[1] / sr
        added.append(
            Added(
                side=side, start_sec=at, stop_sec=at + length, self_copy=each.self_copy,
                joins=tuple(replace(join, time_sec=at + join.time_sec) for join in each.joins),
                portrait=_portrait(each.y, sr, whole_course.between(at, at + length), analysis.tempo_qpm, recording.key),
            )
        )  # fmt: skip
    tell(1.0, "Measured")
    return Result(
        request=request, sr=sr, parts=tuple(parts), own_sec=(n_before / sr, (n_before + n_own) / sr), at_sec=start / sr,
        identical_sec=(
            (n_before + head.shape[1] - same_head) / sr, (n_before + n_own - tail.shape[1] + same_tail) / sr,
        ),
        recording=recording, added=tuple(added), course=whole_course,
        mood=mood_line(whole_course), notes=notes,
    )  # fmt: skip


def _n_same(found: FloatArray, given: FloatArray) -> int:
    """How many samples from the beginning are equal."""
    differs = np.flatnonzero((found != given).any(axis=0))
    return int(differs[0]) if len(differs) else found.shape[1]


def _portrait(
    y: FloatArray, sr: int, course: Course, tempo_qpm: float | None, key: tuple[str, str] | None = None
) -> Portrait:
    return Portrait(
        tempo_qpm=None if tempo_qpm is None else tempo_near(course, tempo_qpm),
        key=key_of(course, key),
        # The weighting has its shelf at 1.7 kHz, which a lower rate cannot hold.
        loudness_lufs=loudness_lufs(Audio(y, sr).resample(max(sr, _LOUDNESS_SR))),
        mood=mood_of(course),
    )
