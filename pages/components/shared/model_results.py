"""Main test results of each model in plain words, beside those of a simple baseline."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from core.nn.card import Card

_BITS = "bits per note, lower is better"
_NATS = "negative log-likelihood in nats, lower is better"
#: What a row says, where its value stands in a card's metrics, and how it is written; by the card's name. Places with a bar
#: between them are those of different models of that name: the first that a card has counts.
RESULTS: Mapping[str, tuple[tuple[str, str, str], ...]] = MappingProxyType(
    {
        "extrapolate": (
            ("Error of the predicted features (lower is better)", "test/features/model/distance/mean", ".2f"),
            ("– the recording's mean instead", "test/features/baselines/mean/distance/mean", ".2f"),
            (
                "– the best repetition, drawn toward the mean, instead",
                "test/features/baselines/repeat_best_lag_toward_mean/distance/mean",
                ".2f",
            ),
            (
                "Rank of the beat chosen at a join among 20, by a network that the search does not use (chance: 10.5)",
                "test/independent/next_beat/clips/joins/rank/mean",
                ".1f",
            ),
            ("– the true next beat", "test/independent/next_beat/clips/true_next_beat/rank/mean", ".1f"),
        ),
        "face": (
            ("Happy, sad or neutral recognized", "test/accuracy_3", ".0%"),
            ("– always the most frequent answer", "test/baselines/majority/accuracy_3", ".0%"),
            ("Happy told from sad", "test/accuracy_happy_sad", ".0%"),
        ),
        "mood": (
            (
                "Pleasant told from unpleasant (valence)",
                "test/emopia/valence_accuracy",
                ".0%",
            ),
            (
                "– always the most frequent answer",
                "test/emopia/baselines/majority/valence_accuracy",
                ".0%",
            ),
            (
                "Energetic told from calm (arousal)",
                "test/emopia/arousal_accuracy",
                ".0%",
            ),
            (
                "– always the most frequent answer",
                "test/emopia/baselines/majority/arousal_accuracy",
                ".0%",
            ),
        ),
        "emotion_classic": (
            ("Happy told from sad", "standardized/test/happy_sad_accuracy", ".0%"),
            ("Pleasant told from unpleasant (valence)", "standardized/test/valence_accuracy", ".0%"),
        ),
        "piano": (
            ("Next pitch predicted correctly", "test_piano_midi_de/pitch_accuracy", ".0%"),
            (f"Next pitch ({_NATS})", "test_piano_midi_de/pitch_nll_nats", ".2f"),
        ),
        "sonify_melody": (
            (f"Next pitch ({_NATS})", "test/lstm/nats", ".2f"),
            ("– n-gram baseline", "test/ngram_order3/nats", ".2f"),
        ),
        "sonify_ngram": ((f"Next pitch ({_NATS})", "test/ngram_order3/nats", ".2f"),),
        "sonify_chords": (
            (f"Chord of a beat ({_NATS})", "test/nll/value", ".2f"),
            ("– counts of pairs of chords", "test/nll_bigram/value", ".2f"),
        ),
        "sonify_figuration": (
            (f"Next pitch ({_NATS})", "test/pitch/nll/value", ".2f"),
            ("– counts of pairs of notes", "test/pitch/nll_bigram/value", ".2f"),
        ),
        **{
            f"audioviz_{kind}": (
                ("Style named correctly, artists not heard in training", "artist-disjoint/accuracy", ".0%"),
                (
                    "– regression on deviations of MFCCs",
                    "artist-disjoint/baselines/mfcc_regression/accuracy",
                    ".0%",
                ),
                ("– always the most frequent answer", "artist-disjoint/baselines/majority/accuracy", ".0%"),
            )
            for kind in ("alexnet", "vgg")
        },
        "audioviz_mfcc": (
            ("Style named correctly, artists not heard in training", "artist-disjoint/accuracy", ".0%"),
            ("– best style model chosen without those artists", "nested/accuracy", ".0%"),
            ("– always the most frequent answer", "artist-disjoint/baselines/majority/accuracy", ".0%"),
        ),
        "folk_melody": (
            (f"Next pitch ({_BITS})", "test/all/pitch_bits", ".2f"),
            ("– n-gram baseline", "test/all/baselines/ngram_pitch_bits", ".2f"),
            ("– n-gram of the tune’s own past", "test/all/in_piece/pitch_bits", ".2f"),
            ("– tunes without relatives in training", "test/without_relatives/pitch_bits", ".2f"),
            ("– the same network without places looked up", "test/all/without_copies/pitch_bits", ".2f"),
        ),
        "folk_fingerprint": (
            ("Longest match with another tune, in intervals (median)", "test/median", ".0f"),
            ("– exceeded by 1 tune in 20", "test/percentile_95", ".0f"),
        ),
        "voice": (
            ("Sung notes transcribed correctly (F1)", "real/ssvd/note_f1|cross_validation/note_f1", ".0%"),
            (
                "– segmented by the pitch tracker itself",
                "real/ssvd/baselines/swift_f0_segmentation/note_f1",
                ".0%",
            ),
            ("Note onsets found (F1)", "real/ssvd/onset_f1|cross_validation/onset_f1", ".0%"),
        ),
    }
    | {
        f"audioviz_ae_{kind}": (
            ("Reconstruction error (lower is better)", "test/reconstruction/model", ".4f"),
            ("– PCA with as many numbers", "test/reconstruction/pca10", ".4f"),
        )
        for kind in ("normal", "shared", "skip")
    }
)


def list_results(card: Card) -> list[tuple[str, str]]:
    """Main results of a card: what was measured, and its value with the 95 % interval; none for a model without a list.

    Examples
    --------
    >>> from core.nn.card import find_pair, read_card
    >>> list_results(read_card(find_pair("face_v3")))[0]
    ('Happy, sad or neutral recognized', '81% (80% to 83%)')
    """
    rows = []
    for words, places, form in RESULTS.get(card.name, ()):
        for place in places.split("|"):
            found = _find(card.metrics, place)
            if isinstance(found, int | float):
                rows.append((words, f"{found:{form}}{_write_interval(card.metrics, place, form)}"))
                break
    return rows


def _find(metrics: Mapping[str, Any], place: str) -> Any:
    found: Any = metrics
    for part in place.split("/"):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _write_interval(metrics: Mapping[str, Any], place: str, form: str) -> str:
    """The 95 % interval that stands beside a figure, in brackets; nothing where there is none."""
    folder, _, name = place.rpartition("/")
    names = [f"{name}_interval", f"intervals/{name}", *(["interval"] if name in ("value", "mean") else [])]
    for beside in names:
        found = _find(metrics, f"{folder}/{beside}")
        if isinstance(found, list) and len(found) == 2:
            return f" ({found[0]:{form}} to {found[1]:{form}})"
    return ""
