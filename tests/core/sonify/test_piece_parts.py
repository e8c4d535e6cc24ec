"""The parts of Piece: chords, tokens, measures, and the two networks."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.accompaniment import chords, consonance, tokenizer
from core.accompaniment.config import FigurationConfig, HarmoniserConfig
from core.accompaniment.figuration import STEPS_FROM, DataVoice, FigureWriter, _Score
from core.accompaniment.harmony import ChordWriter, chord_suits_data
from core.arrays import IntArray
from core.music.scales import KEYS, SCALES
from core.nn.weights import load, to_arrays
from tests.core.sonify.test_piece import melody_of, walk
from training.sonify import piece_events
from training.sonify.piece_scores import accompanied_share, clear_share

# Chords and scales.


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("key", ["C", "F#", "Bb"])
def test_every_scale_has_a_harmony_with_a_chord_on_its_tonic(key: str, scale: str) -> None:
    classes = chords.harmony_scale(key, scale)
    tonic = KEYS.index(key)
    assert 6 <= len(classes) <= 7 and tonic in classes
    fits = chords.chords_in(classes, tonic)
    assert fits[chords.tonic_chord(classes, tonic)]
    assert not fits[chords.NO_CHORD]
    if scale not in ("chromatic", "continuous", "major blues", "minor blues"):
        assert {(tonic + step) % 12 for step in SCALES[scale]} <= set(classes)


def test_chromatic_data_get_the_mode_that_holds_more_of_them() -> None:
    minor = np.array([60, 63, 67, 68, 70, 72])
    assert chords.harmony_scale("C", "chromatic", minor) == chords.harmony_scale("C", "natural minor")
    assert chords.harmony_scale("C", "chromatic", minor + 1) == chords.harmony_scale("C", "major")


# Tokens.


@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.integers(1, 60), st.integers(30, 90), st.integers(1, 127)),
        min_size=1,
        max_size=40,
    )
)
def test_snapped_onsets_lie_on_sixteenths_or_triplets_and_stay(rows: list[tuple[int, int, int, int]]) -> None:
    notes = np.array(sorted(rows), dtype=np.int64)
    snapped = piece_events.snap(notes)
    assert np.isin(snapped[:, 0] % 12, [0, 3, 4, 6, 8, 9]).all()
    assert np.array_equal(piece_events.snap(snapped), snapped)
    assert len(snapped) <= len(notes)


def harmony_of(ids: list[int], *, tonic: int = 0) -> tokenizer.Harmony:
    return tokenizer.Harmony(chords=np.array(ids), tonic=tonic, minor=False, bar=48, style="pop")


def accompaniment_example(n: int = 60, seed: int = 0) -> IntArray:
    rng = np.random.default_rng(seed)
    onsets = np.sort(rng.choice([0, 3, 4, 6, 8, 9], size=n) + 12 * rng.integers(0, 16, size=n))
    notes = np.stack([onsets, rng.integers(2, 40, n), rng.integers(30, 90, n), rng.integers(40, 90, n)], 1)
    return piece_events.snap(notes)


def test_pitches_come_back_from_their_class_above_the_root() -> None:
    notes = accompaniment_example()
    harmony = harmony_of([0] * 4 + [5] * 4 + [7] * 4 + [21] * 4, tonic=2)
    events = piece_events.encode(notes, harmony)
    assert np.array_equal(events.note[:, 1] + tokenizer.LOW, notes[:, 2])
    assert np.array_equal(events.note[:, 2] - 11 + events.roots + tokenizer.LOW, notes[:, 2])
    sizes = (tokenizer.N_STEPS, tokenizer.N_HEIGHTS, tokenizer.N_RELATIVE, tokenizer.N_DURATIONS, 16)
    assert (events.note >= 0).all() and (events.note < np.array(sizes)).all()
    assert np.array_equal(piece_events.duration_class(tokenizer.DURATIONS), np.arange(tokenizer.N_DURATIONS))


def test_a_figure_that_repeats_is_seen_to_repeat() -> None:
    bar = [(0, 12, 48, 70), (12, 12, 55, 70), (12, 12, 60, 70), (24, 24, 64, 70)]
    notes = np.array([(onset + 48 * i, *rest) for i in range(3) for onset, *rest in bar])
    events = piece_events.encode(notes, harmony_of([0] * 12))
    later = slice(len(bar), None)
    assert np.array_equal(events.lag[later, 2], events.note[later, 2])
    assert np.array_equal(events.lag[later, 3], events.note[later, 3])
    assert (events.lag[: len(bar), 2] == tokenizer.N_RELATIVE).all()


def test_what_is_written_is_remembered_as_training_shows_it() -> None:
    # The composer keeps the bar before in lists; training reads it off arrays. Both must say the same.
    notes = accompaniment_example(120, seed=4)
    events = piece_events.encode(notes, harmony_of([0, 7, 9, 5] * 4))
    score = _Score()
    place, last = -1, -1
    for i, moment in enumerate(events.times.tolist()):
        place = place + 1 if moment == last else 0
        last = moment
        assert score.lag_at(moment, place, 48) == tuple(events.lag[i, 2:5])
        score.remember(moment, int(events.note[i, 2]), int(events.note[i, 3]))
        ahead, more = score.lag_after(moment, place, 48)
        # While a moment is being written, later notes of the bar before are known, so nothing is missing.
        assert (ahead, more) == tuple(events.lag[i, :2])


def test_contexts_do_not_depend_on_the_key_but_for_heights() -> None:
    melody = melody_of(walk(64))
    times = np.arange(0, 384, 3)
    level = np.full(len(times), 3)
    here = tokenizer.contexts(times, melody, harmony_of([0, 5, 7, 9] * 8), level)
    up = tokenizer.contexts(
        times, melody + np.array([0, 0, 5, 0]), harmony_of([0, 5, 7, 9] * 8, tonic=5), level
    )
    assert here.shape == (len(times), FigurationConfig().n_context)
    differs = np.flatnonzero((np.abs(here - up) > 1e-6).any(axis=0))
    assert differs.tolist() == [90, 91]


def test_steps_never_leave_the_grid_or_mix_triplets_with_sixteenths() -> None:
    assert STEPS_FROM[0, [0, 3, 4, 6, 8, 9, 12, 48]].all()
    assert not STEPS_FROM[0, [1, 2, 5, 7, 10, 11]].any()
    assert not STEPS_FROM[4, [2, 5]].any() or STEPS_FROM[4, 4]
    assert not STEPS_FROM[3, 1] and not STEPS_FROM[3, 5] and STEPS_FROM[3, 3] and STEPS_FROM[3, 9]
    assert not STEPS_FROM[4, 5] and STEPS_FROM[4, 8]


# Measures.


def test_consonance_follows_its_table() -> None:
    melody = melody_of([72], length=12)
    for interval, expected in (
        (0, 1),
        (1, -1),
        (3, 1),
        (4, 1),
        (5, 0),
        (6, -1),
        (7, 1),
        (9, 1),
        (11, -1),
        (12, 1),
    ):
        notes = np.array([[0, 12, 72 - interval, 60]])
        assert consonance.consonance(melody, notes) == expected
        assert clear_share(melody, notes) == (expected >= 0)


def test_only_what_sounds_at_an_onset_counts() -> None:
    melody = melody_of([72, 74, 76], length=12)
    notes = np.array([[0, 12, 60, 60], [13, 11, 61, 60], [6, 19, 60, 60]])
    # At 0 a C under C; at 12 a C under D; at 24 a C under E, for it lasts to 25.
    assert consonance.consonance_by_onset(melody, notes).tolist() == [1.0, -1.0, 1.0]
    assert accompanied_share(melody, notes[:1]) == pytest.approx(1 / 3)
    assert np.isnan(consonance.consonance(melody, notes[:0]))
    assert consonance.in_key_rate(notes, (0, 4, 7)) == pytest.approx(2 / 3)


def test_the_chord_of_the_notes_suits_them_best() -> None:
    notes = melody_of([60, 64, 67, 64], length=3)
    suits = chord_suits_data(notes, 1, 0)[0]
    assert int(suits[:24].argmax()) == 0
    assert suits.min() >= -1 and suits.max() <= 1 and suits[chords.NO_CHORD] == 0


@given(st.integers(0, 200), st.integers(1, 60))
def test_the_data_voice_finds_what_sounds(begin: int, length: int) -> None:
    melody = np.concatenate([melody_of(walk(40), length=5), np.array([[7, 150, 40, 90], [30, 2, 42, 90]])])
    melody = melody[np.argsort(melody[:, 0], kind="stable")]
    onsets, pitches = DataVoice(melody).during(begin, begin + length)
    sounds = (melody[:, 0] < begin + length) & (melody[:, 0] + melody[:, 1] > begin)
    assert onsets.tolist() == melody[sounds, 0].tolist()
    assert pitches.tolist() == melody[sounds, 2].tolist()


# The models.


def figure_batch(n: int = 24, seed: int = 0) -> tuple[IntArray, IntArray, IntArray, np.ndarray]:
    notes = accompaniment_example(n, seed)
    harmony = harmony_of([0, 5, 7, 9] * 4)
    events = piece_events.encode(notes, harmony)
    context = tokenizer.contexts(events.times, melody_of(walk(60)), harmony, np.full(len(notes), 3))
    return events.note, events.lag, events.roots, context


@pytest.mark.parametrize("size", ["tiny", "shipped"])
def test_the_writer_scores_notes_as_the_model_does(size: str) -> None:
    import torch

    from core.accompaniment.model import Figurator

    torch.manual_seed(0)
    tiny = Figurator(FigurationConfig.tiny()).eval()
    model = tiny if size == "tiny" else load("sonify_figuration", Figurator)[0]
    note, lag, root, context = figure_batch()
    first = np.arange(len(note)) == 0
    batch = [torch.from_numpy(part)[None] for part in (context, note, lag, root, first)]
    with torch.no_grad():
        expected = [scores[0].numpy() for scores in model(*batch)]
    writer = FigureWriter(to_arrays(model))
    driving, around = writer.project(context)
    state = writer.lstm.begin()
    for i in range(len(note) - 1):
        step, height, relative, length, velocity = note[i]
        told = (-1, tokenizer.N_HEIGHTS, -1, -1, -1) if i == 0 else (step, height, relative, length, velocity)
        state, steps, from_state = writer.advance(writer.drive((*told, *lag[i, :2]), driving[i]), state)
        j = i + 1
        here = writer.here(from_state, (note[j, 0], *lag[j, 2:6]), around[j])
        mixed = writer.mix(here, note[j, 3])
        got = [
            steps,
            writer.duration_scores(here),
            writer.pitch_scores(mixed, int(root[j])),
            writer.velocity_scores(mixed, note[j, 1]),
        ]
        for ours, theirs in zip(got, expected, strict=True):
            np.testing.assert_allclose(ours, theirs[i], atol=1e-5)


@pytest.mark.parametrize("size", ["tiny", "blind", "shipped"])
def test_the_writer_scores_chords_as_the_model_does(size: str) -> None:
    import torch

    from core.accompaniment.model import Harmonizer

    torch.manual_seed(0)
    config = dataclasses.replace(HarmoniserConfig.tiny(), look_ahead=size != "blind")
    model = load("sonify_chords", Harmonizer)[0] if size == "shipped" else Harmonizer(config).eval()
    writer = ChordWriter(to_arrays(model))
    features, given = torch.randn(1, 12, tokenizer.N_BEAT_FEATURES), torch.randint(0, 109, (1, 12))
    with torch.no_grad():
        expected = model(features, given)[0].numpy()
    driven, heard = writer.encode(features[0].numpy())
    before, state = [chords.N_CHORDS, *given[0, :-1].tolist()], writer.begin()
    for beat, chord in enumerate(before):
        logits, state = writer.step(driven[beat], heard[beat], np.array([chord]), state)
        assert np.abs(logits[0] - expected[beat]).max() <= 1e-5 * max(1.0, np.abs(expected[beat]).max())


def test_a_harmonizer_with_look_ahead_hears_the_future_and_one_without_does_not() -> None:
    import torch

    from core.accompaniment.model import Harmonizer

    features = torch.randn(1, 12, tokenizer.N_BEAT_FEATURES)
    changed = features.clone()
    changed[0, -1] += 1.0
    for look_ahead in (True, False):
        config = HarmoniserConfig(d_encoder=8, d_decoder=8, d_chord=4, look_ahead=look_ahead)
        model = Harmonizer(config).eval()
        with torch.no_grad():
            same = torch.equal(model.encode(features)[0, 0], model.encode(changed)[0, 0])
            logits = model(features, torch.zeros(1, 12, dtype=torch.long))
        assert same is not look_ahead
        assert logits.shape == (1, 12, chords.N_CHORDS)


def test_both_models_learn_one_batch_by_heart() -> None:
    import torch
    from torch.nn.functional import cross_entropy

    from core.accompaniment.model import Figurator, Harmonizer

    torch.manual_seed(0)
    features, labels = torch.randn(2, 8, tokenizer.N_BEAT_FEATURES), torch.randint(0, 109, (2, 8))
    harmonizer = Harmonizer(HarmoniserConfig.tiny())
    note, lag, root, context = figure_batch(16)
    first = np.arange(len(note)) == 0
    batch = [torch.from_numpy(part)[None] for part in (context, note, lag, root, first)]
    figurator = Figurator(FigurationConfig.tiny())
    targets = [torch.from_numpy(note[1:, column]) for column in (0, 3, 1, 4)]

    def harmony_loss() -> torch.Tensor:
        return cross_entropy(harmonizer(features, labels).flatten(0, 1), labels.flatten())

    def figure_loss() -> torch.Tensor:
        scores = figurator(*batch)
        return torch.stack([cross_entropy(s[0], t) for s, t in zip(scores, targets, strict=True)]).sum()

    for model, loss_of in ((harmonizer, harmony_loss), (figurator, figure_loss)):
        optimizer = torch.optim.Adam(model.parameters(), lr=0.04)
        first_loss = float(loss_of().detach())
        for _ in range(60):
            loss = loss_of()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        assert float(loss_of().detach()) < 0.2 * first_loss


@pytest.mark.parametrize("refused", [{"d_state": 0}, {"dropout": 1.0}])
def test_sizes_that_make_no_model_are_refused(refused: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(refused))):
        FigurationConfig(**refused)  # type: ignore[arg-type]
