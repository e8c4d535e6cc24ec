"""Sentences about an extension: joins, the untouched part, mood, tempo, key, loudness."""

from __future__ import annotations

from core.extrapolate.result import Added, Measurements, Portrait

_SIDES = {"after": "after the recording", "before": "before the recording"}
# Smaller differences of mood are within what one recording does from window to window.
_MOOD_TOLD = 0.1


def joins_in_words(result: Measurements) -> str:
    """How many joins there are and how many of them keep to what the recording itself does."""
    joins = result.joins
    if not joins:
        return "There are no joins."
    good = sum(join.good for join in joins)
    many = "1 join" if len(joins) == 1 else f"{len(joins)} joins"
    kept = "all" if good == len(joins) else f"{good}"
    beat = ", or moves the beat by more than 30 ms" if joins[0].phase_ms is not None else ""
    return (
        f"{many}, {kept} within the recording's own changes. A join's score is 1 where its level jumps as far as the "
        f"recording's own 95th percentile, or where an onset is 2 standard deviations beyond its usual ones{beat}; less is "
        "better."
    )


def identical_in_words(result: Measurements) -> str:
    """Which part of the whole is the recording itself."""
    start, stop = result.identical_sec
    if not result.identical:
        return "The recording's own part was changed."
    return (
        f"From {start:.2f} s to {stop:.2f} s every sample is the recording's own, compared one by one; only the fades of "
        "the joints differ."
    )


def mood_in_words(result: Measurements) -> list[str]:
    """What the wish did to the mood, a sentence a side."""
    return [_mood_of(result, added) for added in result.added]


def _mood_of(result: Measurements, added: Added) -> str:
    wish = {"keep": "Kept", "lift": "Lifted", "calm": "Calmed"}[result.request.mood]
    before, after = result.recording.mood, added.portrait.mood
    if before is None or after is None:
        return f"{wish} {_SIDES[added.side]}: too quiet for a mood to be measured."
    valence, arousal = _change(before.valence, after.valence), _change(before.arousal, after.arousal)
    return f"{wish} {_SIDES[added.side]}: valence {valence}, arousal {arousal}."


def _change(first: float, second: float) -> str:
    if abs(second - first) < _MOOD_TOLD:
        return f"stays near {first:+.2f} ({second:+.2f})"
    return f"{'rises' if second > first else 'falls'} from {first:+.2f} to {second:+.2f}"


def portrait_rows(result: Measurements) -> list[dict[str, str]]:
    """Tempo, key and loudness of the recording and of what was added, a row each, for a table.

    Parameters
    ----------
    result : Measurements

    Returns
    -------
    list of dict
        The first key is an empty text, the name of the row.
    """
    columns: dict[str, Portrait] = {"recording": result.recording}
    columns |= {_SIDES[added.side]: added.portrait for added in result.added}
    return [
        {"": name, **{title: say(portrait) for title, portrait in columns.items()}}
        for name, say in (("tempo", _tempo), ("key", _key), ("loudness", _loudness))
    ]


def _tempo(portrait: Portrait) -> str:
    return "no beat" if portrait.tempo_qpm is None else f"{portrait.tempo_qpm:.1f} beats a minute"


def _key(portrait: Portrait) -> str:
    return "none heard" if portrait.key is None else " ".join(portrait.key)


def _loudness(portrait: Portrait) -> str:
    return "silent" if portrait.loudness_lufs < -70 else f"{portrait.loudness_lufs:.1f} LUFS"
