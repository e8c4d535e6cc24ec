"""Audio continuation: extend a recording and measure every join."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.arrays import Float32Array, FloatArray
from core.audio import Audio
from core.audio.loudness import loudness_lufs
from core.errors import InputError
from core.extrapolate.analysis import Analysis, analyze
from core.extrapolate.blockwise_features import FrameFeatures, estimate_key, measure_frames, tempo_near
from core.extrapolate.cadence import find_closings
from core.extrapolate.descriptions import clock
from core.extrapolate.forecast import Forecaster, targets_for
from core.extrapolate.joins import Join
from core.extrapolate.neural_synthesis import synthesize
from core.extrapolate.recompose import Addition, recompose
from core.extrapolate.request import Ending, Request, Side
from core.extrapolate.result import COPY_SEC, SEAM_SEC, Added, Portrait, Result
from core.extrapolate.sound_mood import mood_line, mood_of, shift_mood, steer_material, tempo_curve
from core.extrapolate.spectrograms import HOP, SR, energy_around
from core.progress import Progress, ignore_progress, scale_progress
from core.synth import limit_peaks

# A whole of so many samples, all channels counted, is 400 MB as floats: seventeen minutes of stereo at 48,000 Hz.
MAX_SAMPLES = 100_000_000
# So much of the recording is left on the side where it goes on: less says nothing about how.
MIN_OWN_SEC = 3.0
# A bound at which it is so far below the usual level lies in a fade-out or silence, from which nothing goes on.
_QUIET_DB = 8.0
_END_FADE_SEC = 0.05
# A fade-out takes so many seconds, or this share of a shorter addition.
_FADE_OUT_SEC, _FADE_OUT_SHARE = 8.0, 0.2
_OWN_SEC = 1.0
_SPARE_SEC = 0.25
_LOUDNESS_SR = 8_000
_CEILING = 10 ** (-1.0 / 20)
# The forecaster reads no more than three minutes.
_CONTEXT_SEC = 181


def extend(
    audio: Audio,
    request: Request,
    *,
    forecaster: Forecaster | None = None,
    analysis: Analysis | None = None,
    progress: Progress | None = None,
) -> Result:
    """Extend a recording after its end, before its beginning, or on both sides.

    Parameters
    ----------
    audio : Audio
        5 s to 15 min.
    request : Request
    forecaster : Forecaster, optional
        Predicts what should come; without it the engine "recompose" goes by the sound and the joins alone.
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

    Examples
    --------
    >>> import numpy as np
    >>> from core.audio import Audio
    >>> from core.extrapolate.request import Request
    >>> hiss = Audio(0.1 * np.random.default_rng(0).standard_normal(6 * 22_050), sr=22_050)
    >>> result = extend(hiss, Request(seconds=2.0))
    >>> result.duration_sec, result.identical, len(result.joins) > 0
    (8.0, True, True)
    """
    tell = progress or ignore_progress
    _check_request(audio, request, forecaster)
    tell(0.0, "Finding beats and bars")
    analysis = analysis or analyze(audio)
    tell(0.1, "Measuring the recording")
    features = measure_frames([np.atleast_2d(audio.y)], audio.sr)
    work = _Extension(audio, request, analysis, features, forecaster)
    bounds, notes = _find_bounds(analysis, request, audio)
    sides: dict[Side, _Side] = {}
    for k, side in enumerate(request.sides):
        width = 0.6 / len(request.sides)
        sides[side] = work.add(side, bounds[side], scale_progress(tell, 0.15 + k * width, width))
    return work.assemble(sides, bounds, notes, scale_progress(tell, 0.8, 0.2))


def _check_request(audio: Audio, request: Request, forecaster: Forecaster | None) -> None:
    if request.engine == "neural" and forecaster is None:
        raise InputError(
            "“Generate” needs its network, which is not installed here. Choose “Rearrange beats”."
        )
    n_tracks = audio.n_channels * len(request.sides)
    room = MAX_SAMPLES - audio.n_samples * audio.n_channels
    if round(request.seconds * audio.sr) * n_tracks > room:
        longest = max(0.0, room / audio.sr / n_tracks)
        advice = f"add at most {longest / 60:.1f} minutes" if longest >= 10 else "choose a shorter recording"
        raise InputError(
            f"This recording is {audio.duration_sec / 60:.1f} minutes long, and with the addition it would need more memory "
            f"than there is: {advice}."
        )


def _find_bounds(
    analysis: Analysis, request: Request, audio: Audio
) -> tuple[dict[Side, int], tuple[str, ...]]:
    """The slice boundary at which each side is joined, and notes for the visitor."""
    times, at_sec = analysis.bounds / analysis.sr, request.at_sec
    bounds = _find_audible(analysis)
    if at_sec is not None:
        side: Side = "before" if request.direction == "before" else "after"
        low = MIN_OWN_SEC if side == "after" else 0.0
        high = audio.duration_sec - (MIN_OWN_SEC if side == "before" else 0.0)
        if not low <= at_sec <= high + 0.05:
            raise InputError(
                f"This recording is {audio.duration_sec:.1f} seconds long; the position to extend from must lie between "
                f"{low:.1f} and {high:.1f} seconds, not at {at_sec:.1f}."
            )
        allowed = np.flatnonzero((times >= low - 0.5) & (times <= high + 0.5))
        allowed = allowed if len(allowed) else np.arange(len(times))
        bounds[side] = int(allowed[np.abs(times[allowed] - at_sec).argmin()])
    notes = []
    left, entered = times[bounds["after"]], times[bounds["before"]]
    if "after" in request.sides and at_sec is None and audio.duration_sec - left >= 1.0:
        notes.append(
            f"The last {audio.duration_sec - left:.1f} seconds of the recording fade out or are silent; it is extended from "
            f"{left:.1f} s."
        )
    if "before" in request.sides and at_sec is None and entered >= 1.0:
        notes.append(
            f"The first {entered:.1f} seconds of the recording fade in or are silent; the addition leads in after them."
        )
    if not analysis.has_beat:
        notes.append(
            "No steady beat was found; the recording is extended as a texture, in grains of half a second."
        )
    return bounds, tuple(notes)


def _find_audible(analysis: Analysis) -> dict[Side, int]:
    """First and last slice boundaries between which the recording has its usual loudness."""
    frames = np.rint(analysis.bounds / analysis.sr * SR / HOP).astype(int)
    levels = (10 * np.log10(energy + 1e-12) for energy in energy_around(analysis.mel_db, frames))
    before, after = next(levels)[1:], next(levels)[:-1]
    return {
        "before": int(np.flatnonzero(after > np.median(after) - _QUIET_DB)[0]),
        "after": int(np.flatnonzero(before > np.median(before) - _QUIET_DB)[-1]) + 1,
    }


@dataclass(frozen=True, eq=False)
class _Side:
    """An addition without the recording, and the adjacent samples of the recording after the fade."""

    y: Float32Array
    seam: Float32Array
    joins: tuple[Join, ...] = ()  # in the time of y
    self_copy: float = 0.0
    ending: Ending = "cut"
    ending_sec: float = 0.0
    note: str = ""


@dataclass(frozen=True, eq=False)
class _Extension:
    """Shared state of one extension."""

    audio: Audio
    request: Request
    analysis: Analysis
    features: FrameFeatures
    forecaster: Forecaster | None

    def add(self, side: Side, bound: int, tell: Progress) -> _Side:
        """One side's addition, in the requested mood and cut to its length."""
        audio, analysis, request = self.audio, self.analysis, self.request
        seconds = float(tempo_curve(request.mood, request.seconds)[1][-1]) + _SPARE_SEC
        said, targets, weights = None, None, None
        if self.forecaster is not None:
            tell(0.0, "Predicting")
            at, reach = int(analysis.bounds[bound]), _CONTEXT_SEC * audio.sr
            span = slice(at, at + reach) if side == "before" else slice(max(0, at - reach), at)
            near = np.atleast_2d(audio.y)[:, span].mean(axis=0, dtype=np.float32)
            said = self.forecaster.forecast(
                near, audio.sr, seconds=seconds, direction=side, seed=request.seed
            )
            targets, weights = targets_for(said, analysis)
        working = scale_progress(tell, 0.1, 0.7)
        if request.engine == "neural":
            assert said is not None  # _check_request has seen to it
            addition = synthesize(
                audio, analysis, said, bound=bound, seed=request.seed, own_sec=_OWN_SEC, progress=working
            )
        else:
            wants_cadence = request.ending == "cadence" and side == "after"
            closings = find_closings(audio, analysis) if wants_cadence else []
            targets, weights = steer_material(
                analysis, self.features, request.mood, request.seconds, targets=targets, weights=weights
            )
            addition = recompose(
                audio,
                analysis,
                bound=bound,
                # A cadence is not cut off: it ends before the spare.
                seconds=seconds - _SPARE_SEC if closings else seconds,
                direction=side,
                targets=targets,
                target_weights=weights,
                adventure=request.adventure,
                seed=request.seed,
                own_sec=_OWN_SEC,
                keep_key=request.mood == "keep",
                closings=closings,
                progress=working,
            )
        tell(0.85, "Changing the mood" if request.mood != "keep" else "Joining")
        return self._shape(addition, backward=side == "before")

    def _shape(self, addition: Addition, *, backward: bool) -> _Side:
        """Remove the recording; shift the mood; set length, ending and peaks."""
        sr, at, request = self.audio.sr, addition.at_sample, self.request
        n_seam = round(SEAM_SEC * sr)
        # Copied: a view would keep all of the unshifted addition in memory.
        seam = (addition.y[:, at : at + n_seam] if backward else addition.y[:, at - n_seam : at]).copy()
        y = addition.y[:, :at] if backward else addition.y[:, at:]
        from_joint = [(at / sr - join.time_sec) * (1 if backward else -1) for join in addition.joins]
        y = shift_mood(y, sr, request.mood, request.seconds, backward=backward)
        n = min(y.shape[1], round(request.seconds * sr))
        y = y[:, -n:] if backward else y[:, :n]
        ceiling = max(float(self.audio.y.max()), -float(self.audio.y.min()), _CEILING)
        _limit(y, sr, ceiling)
        # Two parts that are as high as can be add up in the fade.
        np.clip(seam, -ceiling, ceiling, out=seam)
        at_sec, from_sec = tempo_curve(request.mood, request.seconds)
        ending, ending_sec, note = self._end(y, addition, at_sec, from_sec, backward=backward)
        now = np.interp(from_joint, from_sec, at_sec, right=np.inf).tolist() if from_joint else []
        joins = tuple(
            replace(join, time_sec=n / sr - away if backward else away)
            for join, away in zip(addition.joins, now, strict=True)
            if away < n / sr - _END_FADE_SEC
        )
        # Between two joins the recording is followed unbroken; the last stretch ends with the addition.
        inside = sorted(away for away in from_joint if away < request.seconds)
        runs = (
            np.diff([*inside, min(request.seconds, float(from_sec[-1]))]) if addition.slices else np.empty(0)
        )
        self_copy = float(runs[runs > COPY_SEC].sum() / max(runs.sum(), 1e-9)) if len(runs) else 0.0
        return _Side(y, seam, joins, self_copy, ending, ending_sec, note)

    def _end(
        self, y: Float32Array, addition: Addition, at_sec: FloatArray, from_sec: FloatArray, *, backward: bool
    ) -> tuple[Ending, float, str]:
        """End an addition as requested, in place: how it ends, from how long before the end, and a note on it."""
        sr, ending = self.audio.sr, self.request.ending
        length = y.shape[1] / sr
        outward = y[:, ::-1] if backward else y
        if backward or ending == "cut":
            _fade_out(outward, _END_FADE_SEC, sr, power=1)
            return "cut", 0.0, ""
        closing, arrival = addition.closing, addition.arrival_sample
        if ending == "cadence" and closing is not None and arrival is not None:
            away = float(np.interp((arrival - addition.at_sample) / sr, from_sec, at_sec))
            ringing = max(_END_FADE_SEC, length - away)
            # The first beat of the last chord sounds as it is; the rest of its bar dies away.
            _fade_out(
                outward,
                _END_FADE_SEC if closing.is_own else 0.75 * ringing,
                sr,
                power=1 if closing.is_own else 3,
            )
            on = "the recording's own ending" if closing.is_own else f"a {' '.join(closing.key or ())} chord"
            return "cadence", ringing, f"It ends at {{stop}} on {on}."
        fade_sec = min(_FADE_OUT_SEC, _FADE_OUT_SHARE * length)
        _fade_out(outward, fade_sec, sr, power=2)
        told = f"The sound fades out over the last {fade_sec:.1f} s."
        if ending == "cadence":
            return (
                "fade",
                fade_sec,
                f"{told} No place for a final chord was found: it takes a steady beat, a key and two bars.",
            )
        return "fade", fade_sec, told

    def assemble(
        self, sides: dict[Side, _Side], bounds: dict[Side, int], notes: tuple[str, ...], tell: Progress
    ) -> Result:
        """Assemble the parts and measure the result."""
        own, sr, analysis = np.atleast_2d(self.audio.y), self.audio.sr, self.analysis
        nothing = _Side(own[:, :0], own[:, :0])
        before, after = sides.get("before", nothing), sides.get("after", nothing)
        start = int(analysis.bounds[bounds["before"]]) if "before" in sides else 0
        stop = int(analysis.bounds[bounds["after"]]) if "after" in sides else self.audio.n_samples
        n_head, n_tail = before.seam.shape[1], after.seam.shape[1]
        middle = own[:, start + n_head : stop - n_tail]
        parts = tuple(p for p in (before.y, before.seam, middle, after.seam, after.y) if p.shape[1])
        features = measure_frames(parts, sr, tell=lambda share: tell(0.6 * share, "Measuring the whole"))
        own_start = before.y.shape[1]
        own_stop = own_start + stop - start
        same_head = _count_same(before.seam[:, ::-1], own[:, start : start + n_head][:, ::-1])
        same_tail = _count_same(after.seam, own[:, stop - n_tail : stop])
        recording = self._portray(own, self.features, None)
        added = []
        for k, (side, each) in enumerate(sides.items()):
            tell(0.7 + 0.2 * k, "Measuring the addition")
            at, length = (own_stop / sr if side == "after" else 0.0), each.y.shape[1] / sr
            # A fade-out is no change of loudness or mood.
            body = max(length - each.ending_sec, 0.5 * length) if side == "after" else length
            added.append(
                Added(
                    side=side,
                    start_sec=at,
                    stop_sec=at + length,
                    joins=tuple(replace(join, time_sec=at + join.time_sec) for join in each.joins),
                    portrait=self._portray(
                        each.y[:, : round(body * sr)], features.between(at, at + body), recording.key
                    ),
                    self_copy=each.self_copy,
                    ending=each.ending,
                    ending_sec=each.ending_sec,
                )
            )
            if each.note:
                notes = (*notes, each.note.format(stop=clock(at + length)))
        tell(1.0, "Measured")
        return Result(
            request=self.request,
            sr=sr,
            n_samples=sum(part.shape[1] for part in parts),
            parts=parts,
            own_sec=(own_start / sr, own_stop / sr),
            at_sec=start / sr,
            identical_sec=((own_start + n_head - same_head) / sr, (own_stop - n_tail + same_tail) / sr),
            recording=recording,
            added=tuple(added),
            features=features,
            mood=mood_line(features),
            notes=notes,
        )

    def _portray(self, y: Float32Array, features: FrameFeatures, key: tuple[str, str] | None) -> Portrait:
        tempo_qpm = self.analysis.tempo_qpm
        # The weighting has its shelf at 1.7 kHz, which a lower rate cannot hold.
        measurable = Audio(y, self.audio.sr).resample(max(self.audio.sr, _LOUDNESS_SR))
        return Portrait(
            tempo_qpm=None if tempo_qpm is None else tempo_near(features, tempo_qpm),
            key=estimate_key(features.chroma, key),
            loudness_lufs=loudness_lufs(measurable),
            mood=mood_of(features),
        )


def _fade_out(y: Float32Array, seconds: float, sr: int, *, power: int) -> None:
    """Fade the last seconds to silence, in place; a higher power falls sooner, as a note that dies away does."""
    n = min(y.shape[1], max(2, round(seconds * sr)))
    y[:, -n:] *= np.linspace(1.0, 0.0, n, dtype=np.float32) ** power


def _limit(y: Float32Array, sr: int, ceiling: float) -> None:
    """Peak-limit an addition to the recording's peak, in place."""
    peak = max(float(y.max(initial=0.0)), -float(y.min(initial=0.0)))
    if peak > ceiling:
        y *= np.float32(_CEILING / ceiling)
        limit_peaks(y, sr)
        y *= np.float32(ceiling / _CEILING)


def _count_same(found: Float32Array, given: Float32Array) -> int:
    """Number of equal samples from the beginning."""
    differs = np.flatnonzero((found != given).any(axis=0))
    return int(differs[0]) if len(differs) else found.shape[1]
