"""Sentences about an extension: joins, unchanged part, mood against stated thresholds, tempo, key, loudness."""

from __future__ import annotations

from core.errors import join_words
from core.extrapolate.joins import MAX_FLUX_Z, MAX_PHASE_MS
from core.extrapolate.result import COPY_SEC, Added, Measurements, Portrait

# Where an addition stands, as the page calls it.
_PLACES = {"after": "after the end", "before": "before the beginning"}
# A recording itself varies by so much from one window of six seconds to the next; beyond it the mood has changed.
MOOD_LIMIT = 0.15
# A change of loudness that most listeners notice between two pieces of music.
LOUDNESS_LIMIT_LU = 2.0


def joins_in_words(result: Measurements) -> str:
    """How many joins exceed the limits that they are chosen by."""
    joins = result.joins
    if not joins:
        return "There are no joins."
    bad, total = sum(not join.good for join in joins), len(joins)
    if bad:
        told = (
            f"{bad} of {total} joins {'exceeds' if bad == 1 else 'exceed'}"
            if total > 1
            else "The join exceeds"
        )
        return f"{told} the recording's own limits for level, onset or beat; no better place was found."
    told = {1: "The join is", 2: "Both joins are"}.get(total, f"All {total} joins are")
    return f"{told} within the recording's own limits for level, onset and beat, by which joins are chosen."


def scores_in_words(result: Measurements) -> str:
    """The limit of a join's score, for a help text."""
    joins = result.joins
    beat = (
        f", or the beat is displaced by {MAX_PHASE_MS:g} ms"
        if joins and joins[0].phase_ms is not None
        else ""
    )
    return (
        "Roughness 1 is the limit: the level jumps as much as in the largest 5% of the recording's own level changes, or the onset "
        f"is {MAX_FLUX_Z:g} standard deviations stronger than usual{beat}. Lower is smoother. Joins are chosen by these limits; whether a join makes musical sense is for you to judge."
    )


def length_in_words(result: Measurements) -> str:
    """Where an addition ends short of, or beyond, the length that was asked for; empty where it does not."""
    told = []
    for added in result.added:
        length = added.stop_sec - added.start_sec
        differs = round(length - result.request.seconds, 1)
        if differs:
            why = ", to end on its final chord" if added.ending == "cadence" else ""
            told.append(
                f"{length:.1f} s added {_PLACES[added.side]}: {abs(differs):.1f} s {'shorter' if differs < 0 else 'longer'} than "
                f"asked{why}."
            )
    return " ".join(told)


def identical_in_words(result: Measurements) -> str:
    """Which part of the result is identical to the recording."""
    start, stop = result.identical_sec
    if not result.identical:
        return "The recording itself was changed."
    sides = {added.side for added in result.added}
    when = "before and after that" if len(sides) > 1 else "before that" if "before" in sides else "after that"
    parts = "parts" if len(sides) > 1 else "part"
    return (
        f"The recording is unchanged, sample for sample, from {clock(start)} to {clock(stop)}; {when} it crossfades into the "
        f"added {parts}."
    )


def clock(seconds: float) -> str:
    """A time in minutes and seconds.

    Examples
    --------
    >>> clock(119.97), clock(8.04)
    ('2:00.0', '0:08.0')
    """
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"


def mood_in_words(result: Measurements) -> list[str]:
    """Whether the mood came out as requested, with the largest departure first; a sentence a side."""
    return [_describe_mood(result, added) for added in result.added]


def compare_in_words(result: Measurements) -> list[str]:
    """How each addition differs from the recording by measure, without figures; a sentence a side."""
    return [_compare(result, added) for added in result.added]


def _compare(result: Measurements, added: Added) -> str:
    part, wish = f"The part added {_PLACES[added.side]}", result.request.mood
    before, after = result.recording.mood, added.portrait.mood
    if before is None or after is None:
        return f"{part} is too quiet for its mood to be measured."
    louder = added.portrait.loudness_lufs - result.recording.loudness_lufs
    changes = (
        ("more energetic", "calmer", after.arousal - before.arousal, MOOD_LIMIT),
        ("more pleasant", "less pleasant", after.valence - before.valence, MOOD_LIMIT),
        ("louder", "softer", louder, LOUDNESS_LIMIT_LU),
    )
    told = [more if by > 0 else less for more, less, by, limit in changes if abs(by) > limit]
    wanted = {"lift": "more energetic", "calm": "calmer"}.get(wish)
    text = f"{part} measures as {join_words(told)}{' than' if told else ''}"
    if not told:
        text = f"{part} keeps the mood and loudness of"
    though = f", though a {wanted} one was requested" if wanted and wanted not in told else ""
    return f"{text} the recording{though}."


def _describe_mood(result: Measurements, added: Added) -> str:
    part, wish = f"part added {_PLACES[added.side]}", result.request.mood
    before, after = result.recording.mood, added.portrait.mood
    if before is None or after is None:
        return f"The {part} is too quiet to measure its mood."
    changes = {
        "arousal": (before.arousal, after.arousal, MOOD_LIMIT),
        "valence": (before.valence, after.valence, MOOD_LIMIT),
        "loudness": (result.recording.loudness_lufs, added.portrait.loudness_lufs, LOUDNESS_LIMIT_LU),
    }
    departures = {name: abs(new - old) / limit for name, (old, new, limit) in changes.items()}
    in_order = sorted(departures, key=departures.__getitem__, reverse=True)
    figures = ", ".join(_describe_change(name, *changes[name][:2]) for name in in_order)
    if wish == "keep":
        verdict = f"Mood{'' if departures[in_order[0]] <= 1 else ' not'} kept in the {part}"
    else:
        rise = after.arousal - before.arousal
        met = rise >= MOOD_LIMIT if wish == "lift" else rise <= -MOOD_LIMIT
        verdict = f"The {part} is {'' if met else 'not '}{'more energetic' if wish == 'lift' else 'calmer'}"
    return f"{verdict}: {figures}."


def _describe_change(name: str, old: float, new: float) -> str:
    """A change of figures that are rounded once, so that what is written adds up."""
    digits, unit = (1, " LUFS") if name == "loudness" else (2, "")
    old, new = round(old, digits), round(new, digits)
    sign = "" if name == "loudness" else "+"
    if old == new:
        return f"{name} {_signed(new, digits, sign)}{unit} (same)"
    return f"{name} {_signed(old, digits, sign)} → {_signed(new, digits, sign)}{unit} ({_signed(new - old, digits, '+')})"


def _signed(value: float, digits: int, sign: str) -> str:
    """A number with a true minus, and no sign where it is 0."""
    if round(value, digits) == 0:
        return f"{0:.{digits}f}"
    return f"{value:{sign}.{digits}f}".replace("-", "\u2212")


def copies_in_words(result: Measurements) -> str:
    """How much of each addition is an unbroken copy of the recording."""
    shares = " and ".join(
        f"{added.self_copy:.0%} of the part added {_PLACES[added.side]}" for added in result.added
    )
    return f"Copied in one piece for more than {COPY_SEC:g} seconds: {shares}."


def thresholds_in_words() -> str:
    """The thresholds behind :func:`mood_in_words`."""
    return (
        f"Kept: arousal (energy) and valence (pleasantness) change by {MOOD_LIMIT:g} or less, and loudness by "
        f"{LOUDNESS_LIMIT_LU:g} LU or less. More energetic, calmer: arousal rises or falls by {MOOD_LIMIT:g} or more. The ending is "
        "not counted."
    )


def portrait_rows(result: Measurements) -> list[dict[str, str]]:
    """Tempo, key and loudness of the recording and of each addition, a row each, for a table.

    Parameters
    ----------
    result : Measurements

    Returns
    -------
    list of dict
    """
    columns: dict[str, Portrait] = {"Recording": result.recording}
    columns |= {f"Added {_PLACES[added.side]}": added.portrait for added in result.added}
    return [
        {"Measure": name, **{title: say(portrait) for title, portrait in columns.items()}}
        for name, say in (("Tempo", _tempo), ("Key", _key), ("Loudness", _loudness))
    ]


def _tempo(portrait: Portrait) -> str:
    return "no steady beat found" if portrait.tempo_qpm is None else f"{portrait.tempo_qpm:.1f} BPM"


def _key(portrait: Portrait) -> str:
    return "none found" if portrait.key is None else " ".join(portrait.key)


def _loudness(portrait: Portrait) -> str:
    return "silent" if portrait.loudness_lufs < -70 else f"{_signed(portrait.loudness_lufs, 1, '')} LUFS"
