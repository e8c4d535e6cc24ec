"""Compose melodies that follow data: a product of experts, searched.

One expert is the network's distribution of the next note, the other says how well a pitch and a move tell the
data. A beam over their product finds the melody; hypotheses that end in the same two notes are joined, as in
Viterbi's search, so that the beam holds different melodies and not one with small changes far back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.nn.card import WEIGHTS_DIR, Card
from core.nn.weights import load
from core.sonify.melody.tokenizer import (
    MODES,
    N_QUARTERS,
    REGISTER_DECAY,
    TICKS,
    FloatArray,
    IntArray,
    ioi_class,
)

if TYPE_CHECKING:
    from torch import Tensor

    from core.nn.lstm import State
    from core.sonify.melody.inference import StepNetwork
    from core.sonify.melody.model import MelodyLSTM

BEAM_WIDTH = 8
# At the middle of the dial the data's expert is a bell this wide, as a share of the voice's range: the dial
# means the same in two octaves as in four, in seven notes as in twelve.
MIDDLE_SIGMA_SHARE = 0.041
# Nats that a move in the wrong direction costs at the middle of the dial; standing still where the data move
# by at least one step of the scale costs half.
MIDDLE_DIRECTION_NATS = 5.0
# Standing still costs this share of it, in full where the data move by this part of a step.
STILL_SHARE, STILL_SLOPE = 0.5, 2.0
# How far chance may reorder the notes: the scale of the Gumbel noise at "free", where it is sampling itself.
FREE_TEMPERATURE = 1.0
STEERED_TEMPERATURE = 0.4


@dataclass(frozen=True, kw_only=True)
class SteeredVoice:
    """What one voice asks of the composer.

    Attributes
    ----------
    target : ndarray of float64, shape=(n,)
        Where the data want each note, in steps of the scale from its lowest pitch; no gaps.
    pitches : list of int
        The pitches that may sound, ascending, at least two.
    onset : ndarray of int64, shape=(n,)
        Twelfths of a quarter from a bar line.
    """

    target: FloatArray
    pitches: list[int]
    onset: IntArray


class MelodyComposer:
    """The melody network, ready to compose; shared by every visitor, changed by none."""

    def __init__(self, model: MelodyLSTM, card: Card | None = None) -> None:
        from core.sonify.melody.inference import StepNetwork

        self.model = model
        self.network = StepNetwork(model)
        self.card = card

    @classmethod
    def from_weights(cls, directory: Path = WEIGHTS_DIR) -> MelodyComposer:
        """Load the newest weights; raises WeightsError if they are missing or damaged."""
        from core.sonify.melody.model import MelodyLSTM

        return cls(*load("sonify_melody", MelodyLSTM, directory=directory))

    def compose(
        self,
        voices: Sequence[SteeredVoice],
        *,
        fidelity: Sequence[float],
        tonic: int,
        mode: str,
        bar: int = 4 * TICKS,
        seed: int = 0,
        beam_width: int = BEAM_WIDTH,
        progress: Callable[[float], None] | None = None,
    ) -> list[list[IntArray]]:
        """Compose every voice once for every entry of ``fidelity``, all in one batch.

        Parameters
        ----------
        voices : sequence of SteeredVoice
            At least one note each.
        fidelity : sequence of float
            A take each: from 0, where the data are not heard, to 1, where every note is the nearest to its
            datum. Entries may repeat; their chance differs.
        tonic : int
            Pitch class of the key.
        mode : {"major", "minor", "unknown"}
        bar : int
            Twelfths of a quarter in a bar.
        seed : int
        beam_width : int > 0
        progress : callable, optional
            Called with the share that is done.

        Returns
        -------
        list of list of ndarray of int64
            ``result[voice][take]``: MIDI pitches, shape=(n,). Equal arguments give equal notes on one machine.
        """
        import torch

        with torch.inference_mode():
            search = _Search(self.network, voices, fidelity, tonic, mode, bar, seed, beam_width)
            return search.run(progress)

    def rhythm(
        self,
        pitch: IntArray,
        slots: IntArray,
        *,
        tonic: int,
        mode: str,
        seed: int,
        bar: int = 4 * TICKS,
        temperature: float = 0.8,
    ) -> IntArray:
        """Compose when the notes of a melody sound, on a grid of sixteenths.

        Parameters
        ----------
        pitch : ndarray of int, shape=(n,)
            What the data want each note to be.
        slots : ndarray of int, shape=(n_bars,)
            How many of the notes each bar holds, in order; 0 to ``bar // 3`` each, ``n`` in all.
        tonic, mode, seed, bar
            As in :meth:`compose`.
        temperature : float > 0

        Returns
        -------
        ndarray of int64, shape=(n,)
            Onsets in twelfths of a quarter, rising; each bar holds just its notes.
        """
        import torch

        with torch.inference_mode():
            return _rhythm(self.model, pitch, slots, tonic, mode, seed, bar, temperature)


def data_weights(fidelity: float) -> tuple[float, float, float]:
    """What a place of the dial means.

    Parameters
    ----------
    fidelity : float
        0 to 1.

    Returns
    -------
    level : float
        Nats for a distance as long as the range, squared; 0 at "free".
    direction : float
        Nats for a move in the wrong direction.
    temperature : float
        Scale of the noise.
    """
    odds = fidelity / max(1.0 - fidelity, 1e-6)
    level = odds**2 / (2 * MIDDLE_SIGMA_SHARE**2)
    temperature = FREE_TEMPERATURE * (1 - fidelity) ** 4 + STEERED_TEMPERATURE * (1 - (1 - fidelity) ** 4)
    return level, MIDDLE_DIRECTION_NATS * odds**0.5, temperature if fidelity < 1 else 0.0


class _Search:
    """A beam for every voice and take at once; rows of the batch are voice-major, then take, then beam."""

    def __init__(
        self,
        network: StepNetwork,
        voices: Sequence[SteeredVoice],
        fidelity: Sequence[float],
        tonic: int,
        mode: str,
        bar: int,
        seed: int,
        width: int,
    ) -> None:
        import torch

        self.network, self.width, self.tonic = network, width, tonic
        self.max_interval = network.config.max_interval
        self.n_takes, self.n_voices = len(fidelity), len(voices)
        self.n_groups = self.n_voices * self.n_takes
        self.lengths = np.repeat([len(voice.target) for voice in voices], self.n_takes)
        self.n_steps = int(self.lengths.max())
        n_pitches = max(len(voice.pitches) for voice in voices)
        self.n_pitches = n_pitches
        cand = np.zeros((self.n_groups, n_pitches), dtype=np.int64)
        allowed = np.zeros((self.n_groups, n_pitches), dtype=bool)
        target = np.zeros((self.n_groups, self.n_steps))
        places = np.zeros((3, self.n_groups, self.n_steps), dtype=np.int64)  # ioi, phase, quarter
        noise = np.zeros((self.n_groups, self.n_steps, n_pitches), dtype=np.float32)
        weights = np.array([data_weights(value) for value in fidelity])
        for g in range(self.n_groups):
            voice, take = divmod(g, self.n_takes)
            asked = voices[voice]
            cand[g, : len(asked.pitches)] = asked.pitches
            cand[g, len(asked.pitches) :] = asked.pitches[-1]
            allowed[g, : len(asked.pitches)] = True
            target[g, : len(asked.target)] = asked.target
            places[:, g, : len(asked.target)] = _places(asked.onset, bar)
            rng = np.random.default_rng([seed, voice, take])
            gumbel = rng.gumbel(size=(len(asked.target), n_pitches))
            noise[g, : len(asked.target)] = weights[take, 2] * gumbel
        per_group = np.tile(weights, (self.n_voices, 1)).astype(np.float32)
        spans = np.array([len(voice.pitches) - 1 for voice in voices]).repeat(self.n_takes)
        per_group[:, 0] /= spans**2  # from here in steps of the scale
        self.cand = torch.from_numpy(cand)
        # What the rhythm contributes is known beforehand: a row a group and note.
        self.driven = network.drive(MODES.index(mode), *places)
        self._prepare(torch.from_numpy(target).float(), torch.from_numpy(per_group), noise, allowed)

    def _prepare(
        self, target: Tensor, weights: Tensor, noise: NDArray[np.float32], allowed: NDArray[np.bool_]
    ) -> None:
        """Work out everything that does not depend on the melody before the search begins.

        ``wanted``, shape=(G, T, P), is what datum, chance and scale say of each pitch; ``classes``, (G, P, P), the
        step from pitch to pitch; ``moves``, (P, P), whether it falls (0), stays (1) or rises (2); ``prices``, (G, T, 3),
        what each of these costs.
        """
        import torch

        index = torch.arange(self.n_pitches)
        # Where a target lies beyond the scale's ends the nearest pitch is meant.
        distance = index[None, None] - target[:, :, None]
        wanted = torch.from_numpy(noise) - weights[:, 0, None, None] * distance.square()
        self.wanted = wanted.masked_fill(~torch.from_numpy(allowed)[:, None], -torch.inf)
        step = self.cand[:, None, :] - self.cand[:, :, None]
        beyond = step.abs() > self.max_interval
        self.classes = self._class(step) + beyond * self.network.config.n_intervals
        self.moves = (index[None] - index[:, None]).sign() + 1
        change = torch.diff(target, dim=1, prepend=target[:, :1])
        prices = torch.zeros((*target.shape, 3))
        prices[..., 0] = (change > 0) + 0.25 * (change == 0)
        prices[..., 2] = (change < 0) + 0.25 * (change == 0)
        # Standing still is right for equal data and part of a fault where the data move.
        prices[..., 1] = STILL_SHARE * (STILL_SLOPE * change.abs()).clamp(max=1.0)
        self.prices = -weights[:, 1, None, None] * prices

    def run(self, progress: Callable[[float], None] | None) -> list[list[IntArray]]:
        """Search from the first note to the last, then read the best melodies back."""
        import torch

        groups, width = self.n_groups, self.width
        scores = torch.full((groups, width), -torch.inf)
        # The first note: nothing but the data and chance.
        n_first = min(width, self.n_pitches)
        scores[:, :n_first], index = self.wanted[:, 0].topk(n_first, dim=1)
        current = torch.zeros((groups, width), dtype=torch.int64)
        current[:, :n_first] = index
        history_pitch, history_beam = [current.clone()], []
        state = self.network.lstm.begin(groups * width)
        interval = torch.full((groups, width), self.network.config.n_intervals)
        pitch = self.cand.gather(1, current)
        centre = pitch.float()
        register = torch.zeros((groups, width))
        for t in range(1, self.n_steps):
            logits, state = self._read(interval, pitch, register, t - 1, state)
            scores, beam, chosen = self._advance(scores, logits, current, t)
            before = pitch.gather(1, beam)
            centre_before = centre.gather(1, beam)
            # The state follows the hypothesis that it belongs to.
            rows = (beam + torch.arange(groups)[:, None] * width).reshape(-1).numpy()
            state = [(h[rows], c[rows]) for h, c in state]
            current, pitch = chosen, self.cand.gather(1, chosen)
            interval = self._class(pitch - before)
            centre = REGISTER_DECAY * centre_before + (1 - REGISTER_DECAY) * before.float()
            register = ((pitch.float() - centre) / 12).clamp(-4, 4)
            history_pitch.append(chosen.clone())
            history_beam.append(beam)
            if progress is not None and t % 16 == 0:
                progress(t / self.n_steps)
        return self._trace(scores, history_pitch, history_beam)

    def _read(
        self, interval: Tensor, pitch: Tensor, register: Tensor, t: int, state: State
    ) -> tuple[Tensor, State]:
        import torch

        pitch_class = (pitch - self.tonic) % 12
        driven = self.driven[:, t].repeat(self.width, axis=0)
        places = interval.reshape(-1).numpy(), pitch_class.reshape(-1).numpy()
        logits, state = self.network.step(*places, register.reshape(-1).numpy(), driven, state)
        return torch.from_numpy(logits), state

    def _advance(
        self, scores: Tensor, logits: Tensor, current: Tensor, t: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Extend every hypothesis by every pitch and keep the best; a finished voice stands still."""
        import torch

        groups, width, n_pitches = self.n_groups, self.width, self.n_pitches
        log_p = torch.log_softmax(logits, dim=-1).reshape(groups, width, -1)
        rows = current[:, :, None].expand(groups, width, n_pitches)
        # The second half of the classes are the steps that are too far for any of them.
        music = torch.cat([log_p, log_p - float(np.log(128))], dim=2).gather(2, self.classes.gather(1, rows))
        moves = self.moves[current].reshape(groups, -1)
        direction = self.prices[:, t].gather(1, moves).reshape(groups, width, n_pitches)
        total = music + direction + (scores[:, :, None] + self.wanted[:, t, None])
        total = self._joined(total, current)
        best, flat = total.reshape(groups, -1).topk(width, dim=1)
        beam, chosen = flat // n_pitches, flat % n_pitches
        done = torch.from_numpy(self.lengths <= t)[:, None]
        stay = torch.arange(width).expand(groups, width)
        return (
            torch.where(done, scores, best),
            torch.where(done, stay, beam),
            torch.where(done, current, chosen),
        )

    def _joined(self, total: Tensor, current: Tensor) -> Tensor:
        """Keep the best of the hypotheses that would end in the same two notes."""
        import torch

        groups, width, n_pitches = total.shape
        ending = current[:, :, None] * n_pitches + torch.arange(n_pitches)  # (G, W, P)
        flat, ending = total.reshape(groups, -1), ending.reshape(groups, -1)
        best = torch.full((groups, n_pitches * n_pitches), -torch.inf)
        best.scatter_reduce_(1, ending, flat, "amax")
        # Where scores are equal both survive; that costs a place in the beam and nothing else.
        kept = flat >= best.gather(1, ending)
        return torch.where(kept, flat, torch.tensor(-torch.inf)).reshape(groups, width, n_pitches)

    def _class(self, step: Tensor) -> Tensor:
        largest = self.max_interval
        beyond = (step.abs() - largest).clamp(min=0)
        octaves = (beyond + 11) // 12 * 12
        return step - step.sign() * octaves + largest

    def _trace(
        self, scores: Tensor, history_pitch: list[Tensor], history_beam: list[Tensor]
    ) -> list[list[IntArray]]:
        beam = scores.argmax(dim=1)
        indices = np.zeros((self.n_groups, self.n_steps), dtype=np.int64)
        chosen = [step.numpy() for step in history_pitch]
        beams = [step.numpy() for step in history_beam]
        place, rows = beam.numpy(), np.arange(self.n_groups)
        for t in range(self.n_steps - 1, -1, -1):
            indices[:, t] = chosen[t][rows, place]
            if t:
                place = beams[t - 1][rows, place]
        pitches = np.take_along_axis(self.cand.numpy(), indices, axis=1)
        melodies = [pitches[g, : self.lengths[g]] for g in range(self.n_groups)]
        return [melodies[v * self.n_takes : (v + 1) * self.n_takes] for v in range(self.n_voices)]


def _places(onset: IntArray, bar: int) -> IntArray:
    """Time to the next note and where it stands, shape=(3, n); the last note is followed by a quarter."""
    gap = np.diff(onset, append=onset[-1:] + TICKS)
    following = (onset + gap) % bar
    return np.stack([ioi_class(gap), following % TICKS, np.minimum(following // TICKS, N_QUARTERS - 1)])


def _rhythm(
    model: MelodyLSTM,
    pitch: IntArray,
    slots: IntArray,
    tonic: int,
    mode: str,
    seed: int,
    bar: int,
    temperature: float,
) -> IntArray:
    """Sample onsets note by note; only places that leave room for the rest of a bar can be drawn."""
    import torch

    from core.sonify.melody.config import IOI_QUARTERS
    from core.sonify.melody.tokenizer import interval_class, register_of

    rng = np.random.default_rng([seed, len(pitch)])
    unit = TICKS // 4
    lengths = np.round(np.array(IOI_QUARTERS) * 16)  # in quarters of a sixteenth
    steps = interval_class(np.diff(pitch, prepend=pitch[:1]), model.config)
    steps[0] = model.config.n_intervals
    register, place = register_of(pitch), (pitch - tonic) % 12
    modes = torch.tensor([[MODES.index(mode)]])
    earliest, latest = _room(slots, bar // unit)
    onset = np.zeros(len(pitch), dtype=np.int64)
    onset[0] = earliest[0]
    state: tuple[Tensor, Tensor] | None = None
    log_p = np.zeros(len(IOI_QUARTERS))
    for i in range(len(pitch) - 1):
        note = torch.tensor([[int(steps[i])]]), torch.tensor([[int(place[i])]])
        options = np.arange(max(earliest[i + 1], onset[i] + 1), latest[i + 1] + 1)
        gaps = (options - onset[i]) * 4
        nearest = np.abs(np.log(gaps[:, None]) - np.log(lengths[None])).argmin(axis=1)
        # A gap that no class says exactly is less likely than one that a class says.
        score = (log_p[nearest] - 2.0 * (lengths[nearest] != gaps)) / temperature
        onset[i + 1] = options[int((score + rng.gumbel(size=len(options))).argmax())]
        gap = (onset[i + 1] - onset[i]) * unit
        following = onset[i + 1] * unit % bar
        hidden, state = model(
            *note, torch.tensor([[float(register[i])]]), torch.tensor([[int(ioi_class(gap))]]),
            torch.tensor([[int(following % TICKS)]]),
            torch.tensor([[int(min(following // TICKS, N_QUARTERS - 1))]]), modes, state,
        )  # fmt: skip
        after = torch.tensor([int(steps[i + 1])]), torch.tensor([int(place[i + 1])])
        log_p = torch.log_softmax(model.ioi_logits(hidden[:, -1], *after), -1)[0].double().numpy()
    return onset * unit


def _room(slots: IntArray, per_bar: int) -> tuple[IntArray, IntArray]:
    """The first and the last sixteenth that each note may take so that all notes of its bar find room."""
    bars = np.repeat(np.arange(len(slots)), slots)
    rank = np.concatenate([np.arange(count) for count in slots])
    count = slots[bars]
    return bars * per_bar + rank, (bars + 1) * per_bar - (count - rank)
