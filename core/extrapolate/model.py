"""Forecasting network: a recurrent encoder and decoder with attention and a mixture density output.

The many-to-many encoder, context and decoder of the original project: 20 vectors in, 10 out, each decoder step fed with
the context and with the network's own outputs. What differs: the units are recurrent and share their weights (gated
recurrent units, Cho et al. 2014), where the original had 31 separate networks; a vector describes a second instead of
holding its samples; and a step says a distribution, a mixture of normal densities (Bishop 1994), so that what is drawn
from it does not fade to the average. Each component looks back at the given sound (attention, Bahdanau et al. 2015),
in steps of a sixteenth of a second because music repeats itself after bars and not after whole seconds, and is told for
each group of features how alike the sound is to itself so far back, as a whole and toward its end; then it says how the next second departs from what it sees there.

Vectors come in as departures from the recording's own mean, in units of its own spread: "no change" is 0.

Training fills this module; seconds are said in numpy, by :mod:`core.extrapolate.inference`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.extrapolate.config import LAG_PLACES, LEAST_STD, REPEAT_BIAS, STD_BIAS, ExtrapolateConfig
from core.extrapolate.second_features import PLACES_A_SEC


@dataclass(frozen=True, kw_only=True)
class Norm:
    """Mean and standard deviation of recordings' vectors, shape=(B, n_features)."""

    mean: Tensor
    spread: Tensor


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Encoder output: context, attention memory, and the decoder's first state."""

    context: Tensor  # (B, H)
    keys: Tensor  # (B, P, H)
    values: Tensor  # (B, P, D)
    likeness: Tensor  # (B, J, lags), of the sound to itself so many places back, -1 to 1
    state: Tensor  # (B, H)


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """Mixture density of one step: weights (B, K), means and standard deviations (B, K, D)."""

    logits: Tensor
    mean: Tensor
    std: Tensor

    def expected(self) -> Tensor:
        """The mean of the distribution, (B, D)."""
        return (self.logits.softmax(dim=-1)[..., None] * self.mean).sum(dim=1)

    def nll(self, x: Tensor) -> Tensor:
        """Negative log-likelihood in nats, (B,)."""
        z = (x[:, None] - self.mean) / self.std
        each = -0.5 * (z.square() + 1.8378770664).sum(dim=-1) - self.std.log().sum(dim=-1)
        return -torch.logsumexp(self.logits.log_softmax(dim=-1) + each, dim=-1)


class ExtrapolateNet(nn.Module):
    """Encoder, context and decoder."""

    config_class = ExtrapolateConfig
    usual_mean: Tensor
    usual_spread: Tensor
    within: Tensor

    def __init__(self, config: ExtrapolateConfig) -> None:
        super().__init__()
        self.config = config
        n, size, k = config.n_features, config.hidden_size, config.n_components
        # Over the training recordings: mean, spread of all seconds, and spread within a recording.
        self.register_buffer("usual_mean", torch.zeros(n))
        self.register_buffer("usual_spread", torch.ones(n))
        self.register_buffer("within", torch.ones(n))
        self.begin = nn.Linear(config.n_side, size)
        self.read = nn.Linear(n, size)
        self.encoder = nn.GRU(size, size, batch_first=True)
        self.relate = nn.Linear(2 * size + config.n_side, size)
        self.first = nn.Linear(size, size)
        self.key = nn.Linear(2 * size, size, bias=False)
        self.query = nn.Linear(size, k * size)
        # How far back a place lies, and how much it counts that the sound repeats itself so far back.
        self.lag = nn.Parameter(torch.zeros(k, config.n_coarse_lags))
        self.repeat = nn.Linear(size, k * config.n_likenesses)
        self.decoder = nn.GRUCell(3 * size, size)
        self.seen = nn.Linear(n, size)
        self.trust = nn.Linear(size, k * len(config.groups))
        self.depart = nn.Linear(size, k * config.rank)
        self.directions = nn.Parameter(0.05 * torch.randn(k, config.rank, n))
        self.spread = nn.Linear(size, k * n)
        self.weigh = nn.Linear(size, k)
        self.dropout = nn.Dropout(config.dropout)
        self.register_buffer(
            "group_of", torch.repeat_interleave(torch.arange(len(config.groups)), torch.tensor(config.groups))
        )

    def norm(self, x: Tensor) -> Norm:
        """Mean and standard deviation of recordings' vectors, (B, P, D)."""
        mean = x.mean(dim=1)
        share = ((x - mean[:, None]) / self.within).square().mean(dim=1)  # (B, D)
        of_group = torch.stack(
            [part.mean(dim=-1) for part in torch.split(share, list(self.config.groups), dim=-1)], dim=-1
        )
        factor = (of_group + self.config.floor).sqrt()
        return Norm(mean=mean, spread=factor[:, self.group_of] * self.within)  # type: ignore[index]

    def side(self, norm: Norm, backward: Tensor) -> Tensor:
        """Side input: mean, variation of each feature group, direction; (B, n_side)."""
        mean = (norm.mean - self.usual_mean) / self.usual_spread
        factor = (norm.spread / self.within).log()
        starts = torch.tensor([sum(self.config.groups[:g]) for g in range(len(self.config.groups))])
        return torch.cat([mean.clamp(-4, 4), factor[:, starts], backward[:, None]], dim=-1)

    def encode(self, u: Tensor, side: Tensor) -> Memory:
        """Encode the given sound.

        Parameters
        ----------
        u : Tensor, shape=(B, P, n_features)
            Departures of seconds that begin every sixteenth of a second, oldest first: T whole seconds have
            ``16 (T - 1) + 1`` places, T being at most ``n_context``.
        side : Tensor, shape=(B, n_side)
        """
        begin = torch.tanh(self.begin(side))
        read = F.gelu(self.read(u))  # (B, P, H)
        states, last = self.encoder(self.dropout(read[:, ::PLACES_A_SEC]), begin[None])  # (B, T, H)
        context = torch.tanh(self.relate(torch.cat([last[0], states.mean(dim=1), side], dim=-1)))
        # A place is found by what led to it as well as by itself: one looks for "what came after this".
        before = torch.cat([torch.zeros_like(read[:, :PLACES_A_SEC]), read[:, :-PLACES_A_SEC]], dim=1)
        keys = self.key(torch.cat([before, read], dim=-1))
        return Memory(
            context=context,
            keys=keys,
            values=u,
            likeness=self.likeness(u),
            state=torch.tanh(self.first(context)),
        )

    def likeness(self, u: Tensor) -> Tensor:
        """Likeness of a sound to itself at every lag, in each group of features, (B, P, D) -> (B, J, lags).

        First the autocorrelation of the whole; then the cosine between its last seconds and what lies so far before
        them. Lags that few places have are drawn toward 0; those longer than the sound are 0.
        """
        n, n_lags = u.shape[1], self.config.n_lags
        centered = (u - u.mean(dim=1, keepdim=True)).transpose(1, 2)  # (B, D, P)
        n_recent = min(n, round(self.config.recent_sec * PLACES_A_SEC))
        recent = torch.cat([torch.zeros_like(centered[..., n_recent:]), centered[..., -n_recent:]], dim=-1)
        whole, late = (torch.fft.rfft(x, n=2 * n) for x in (centered, recent))
        groups = list(self.config.groups)

        def add(x: Tensor) -> Tensor:
            """Sums over the columns of each group, (B, D, P) -> (B, G, P)."""
            return torch.stack([part.sum(dim=1) for part in torch.split(x, groups, dim=1)], dim=1)

        product = torch.fft.irfft(add(whole.abs().square()), n=2 * n)[..., :n]
        pairs = n - torch.arange(n)
        alike = product / (pairs + 2 * PLACES_A_SEC) / (product[..., :1] / n + 1e-6)
        crossed = torch.fft.irfft(add(late * whole.conj()), n=2 * n)[..., :n]
        power = F.pad(add(centered.square()).cumsum(dim=-1), (1, 0))  # up to each place
        stop = n - torch.arange(n)
        before = power[..., stop] - power[..., (stop - n_recent).clamp(min=0)]
        cosine = crossed / (before[..., :1] * before + 1e-6).clamp(min=1e-6).sqrt()
        return F.pad(torch.cat([alike, cosine], dim=1), (0, n_lags - n))

    def step(self, memory: Memory, state: Tensor, previous: Tensor, ahead: int) -> tuple[Mixture, Tensor]:
        """Predict the next second.

        Parameters
        ----------
        memory : Memory
        state : Tensor, shape=(B, H)
        previous : Tensor, shape=(B, n_features)
            The second before, given or said by the network itself.
        ahead : int
            From 0 to ``n_horizon - 1``.

        Returns
        -------
        Mixture
        Tensor, shape=(B, H)
            The next state.
        """
        b, n_places, n = memory.values.shape
        k, size = self.config.n_components, self.config.hidden_size
        query = self.query(state).view(b, k, size)
        score = query @ memory.keys.transpose(1, 2) / size**0.5  # (B, K, P)
        nearest = PLACES_A_SEC * (ahead + 1)
        lag = self.lag.repeat_interleave(LAG_PLACES, dim=1)
        score = score + lag[:, nearest : nearest + n_places].flip(-1)
        alike = memory.likeness[:, :, nearest : nearest + n_places].flip(-1)
        score = score + F.softplus(self.repeat(state) + REPEAT_BIAS).view(b, k, -1) @ alike
        seen = score.softmax(dim=-1) @ memory.values  # (B, K, D)
        parts = [F.gelu(self.read(previous)), memory.context, F.gelu(self.seen(seen.mean(dim=1)))]
        state = self.decoder(torch.cat([self.dropout(part) for part in parts], dim=-1), state)
        said = self.dropout(state)
        trust = torch.sigmoid(self.trust(said)).view(b, k, -1)[..., self.group_of]  # type: ignore[index]
        depart = torch.einsum("bkr,krd->bkd", self.depart(said).view(b, k, -1), self.directions)
        std = F.softplus(self.spread(said).view(b, k, n) + STD_BIAS) + LEAST_STD
        return Mixture(logits=self.weigh(said), mean=trust * seen + depart, std=std), state

    def forward(
        self, u: Tensor, side: Tensor, truth: Tensor | None = None, *, feed_truth: bool = False
    ) -> tuple[Tensor, Tensor | None]:
        """Predict ``n_horizon`` seconds.

        Parameters
        ----------
        u : Tensor, shape=(B, P, n_features)
            As in :meth:`encode`.
        side : Tensor, shape=(B, n_side)
        truth : Tensor, shape=(B, n_horizon, n_features), optional
            If given, its likelihood is told.
        feed_truth : bool
            Whether each step is fed with the true second before instead of what the network expected.

        Returns
        -------
        Tensor, shape=(B, n_horizon, n_features)
            What is expected.
        Tensor or None, shape=(B, n_horizon)
            Negative log-likelihood of the truth in nats.
        """
        memory = self.encode(u, side)
        state, previous = memory.state, u[:, -1]
        said, nll = [], []
        for ahead in range(self.config.n_horizon):
            mixture, state = self.step(memory, state, previous, ahead)
            said.append(mixture.expected())
            if truth is not None:
                nll.append(mixture.nll(truth[:, ahead]))
            previous = truth[:, ahead] if truth is not None and feed_truth else said[-1]
        return torch.stack(said, dim=1), torch.stack(nll, dim=1) if nll else None
