"""The seven scenes drawn with numpy and Pillow, for films that are made on the server.

Drawn simpler than in the browser: shapes are flat polygons and dots with painted light in place of a renderer's,
and the middle of the picture is lit by a blurred copy of itself. Motion, colours and what each parameter does
follow the browser's scenes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from core.audioviz.motion import (
    DETAIL,
    DRIFT,
    GLOW,
    PULSE,
    SCALE,
    SPREAD,
    TURBULENCE,
    WARMTH,
    FloatArray,
    Motion,
)

Bytes = NDArray[np.uint8]
Points = list[tuple[float, float]]

_GOLDEN = 2.399963  # radians between neighbours of a sunflower
_SMALL = 4  # the ground is drawn so many times smaller
_DEEP, _MID, _MAIN, _ACCENT, _LIGHT = range(5)


@dataclass(frozen=True, eq=False)
class Frame:
    """One moment: parameters, phases of rotation, drift and turbulence, ages of beats, colours."""

    p: FloatArray
    turn: float
    drift: float
    swirl: float
    ages: FloatArray
    colours: FloatArray
    past: FloatArray  # parameters of the last frames, the latest first
    time_sec: float

    def colour(self, share: float) -> FloatArray:
        """0 is the main colour, 0.5 its counterpart, 1 the light."""
        _, _, main, accent, light = self.colours
        mixed: FloatArray = main + (accent - main) * (share * 2)
        if share >= 0.5:
            mixed = accent + (light - accent) * (share * 2 - 1)
        return mixed

    def ripple(self, at: FloatArray, speed: float, sharp: float) -> FloatArray:
        """How high the waves of the last beats stand at a distance from where they began."""
        out = np.zeros_like(at)
        for age in self.ages:
            if age < 5:
                out += np.exp(-(((at - age * speed) * sharp) ** 2)) * np.exp(-age * 1.3)
        return out


class Painter:
    """Draws frames of one scene at one size.

    Parameters
    ----------
    scene : str
        One of `DRAWERS`.
    width, height : int
        In pixels.
    """

    def __init__(self, scene: str, width: int, height: int) -> None:
        self.scene, self.width, self.height = scene, width, height
        self._draw = DRAWERS[scene]
        rng = np.random.default_rng(7)
        self.noise = rng.random((64, 4))  # of each thing in a scene, always the same
        self.scatter = rng.random((7000, 3))  # and of each dot
        rows, columns = height // _SMALL, width // _SMALL
        y, x = np.mgrid[0:rows, 0:columns]
        self._u = (x + 0.5) / columns - 0.5
        self._v = (y + 0.5) / rows - 0.5
        self.horizon = {"bars": -0.12, "waves": -0.14, "storm": 0.16}.get(scene, 0.0)
        self._band = np.exp(-np.abs(self._v - self.horizon) * 6.5)
        aspect = width / height
        sun = {"bars": (0.1, -0.28), "waves": (0.12, -0.24), "storm": (0.1, 0.06)}.get(scene, (-0.3, -0.2))
        far = ((self._u - sun[0]) * aspect) ** 2 + (self._v - sun[1]) ** 2
        self._sun = (0.16 if self.horizon else 0.07) * np.exp(-far * 14) + 0.9 * (
            np.exp(-far * 420) if self.horizon else 0.0
        )
        self._edge = 1.0 - 0.5 * np.clip((np.hypot(self._u, self._v) - 0.25) / 0.6, 0, 1) ** 2
        self.texture = _clouds(rng, 256)

    def frame(self, motion: Motion, i: int) -> Bytes:
        """Draw frame ``i`` [shape=(height, width, 3), sRGB]."""
        back = max(0, i - 90)
        frame = Frame(
            p=motion.values[i],
            turn=float(motion.phases[i, 0]),
            drift=float(motion.phases[i, 1]),
            swirl=float(motion.phases[i, 2]),
            ages=motion.ages_sec[i],
            colours=motion.colours[i],
            past=motion.values[back : i + 1][::-1],
            time_sec=float(motion.times_sec[i]),
        )
        image = Image.fromarray(encoded(self._ground(frame))).resize(
            (self.width, self.height), Image.Resampling.BICUBIC
        )
        image = self._draw(self, frame, image)
        return np.asarray(self._lit(image, frame))

    def _ground(self, frame: Frame) -> FloatArray:
        """Sky, band of light at the horizon, sun, mist; linear light."""
        deep, mid, main, _, light = frame.colours
        glow = frame.p[GLOW]
        up = np.clip(np.abs(self._v - self.horizon) / 0.6, 0, 1)[..., None]
        ground = mid * 0.24 * (1 - up) + deep * 0.30 * up
        ground = ground + (mid * 0.7 + main * 0.3) * 0.26 * self._band[..., None]
        ground += light * (self._sun * (0.65 + 0.7 * glow))[..., None]
        mist = self.sample(self._u * 1.2 + frame.drift * 0.02, self._v * 1.2)
        ground += main * (mist**4 * (0.06 + 0.12 * glow))[..., None]
        if self.scene == "waves":
            ground = ground + self._curtains(frame)
        if self.scene == "storm":
            ground = self._weather(frame, ground)
        shown: FloatArray = ground * (0.72 * self._edge)[..., None]
        return shown

    def sample(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Clouds at a place; they repeat after 1."""
        side = len(self.texture)
        found: FloatArray = self.texture[(y * side).astype(int) % side, (x * side).astype(int) % side]
        return found

    def _curtains(self, frame: Frame) -> FloatArray:
        """Ten curtains of light above the water, each as bright as its parameter."""
        light = np.zeros((*self._u.shape, 3))
        up = np.maximum(self.horizon - self._v, 0.0)
        for k in range(10):
            value = float(frame.p[k])
            bend = 0.03 * np.sin(frame.drift * 0.35 + 1.9 * k) + 0.02 * np.sin(
                up * 14 + frame.swirl * 0.6 + k
            )
            middle = (k - 4.5) * (0.07 + 0.04 * frame.p[SPREAD]) + bend
            fold = 0.75 + 0.25 * np.sin(self._u * 90 + k * 3 + frame.swirl * 2)
            across = np.exp(-(((self._u - middle) / (0.03 + 0.025 * value)) ** 2)) * fold
            tall = np.clip(up * 9, 0, 1) * np.exp(-up * (9 - 5 * value))
            light += (
                frame.colour(k / 18) * (across * tall * value**2 * (0.12 + 0.6 * frame.p[GLOW]))[..., None]
            )
        return light

    def _weather(self, frame: Frame, ground: FloatArray) -> FloatArray:
        """Clouds in perspective above the sea, lit from within and by lightning."""
        above = np.maximum(self.horizon - self._v, 0.0)
        reach = 0.10 / (above + 0.07)
        torn = 0.10 + 0.35 * frame.p[TURBULENCE]
        warp = self.sample(self._u * reach + frame.swirl * 0.012, reach - frame.swirl * 0.01) - 0.5
        x = self._u * reach * 1.5 + frame.turn * 0.02 + warp * torn
        body = self.sample(x, reach * 0.9 + frame.drift * 0.06 + warp * torn)
        thick = np.clip((body - 0.50 + 0.25 * frame.p[SCALE]) * 2.6, 0, 1) * np.clip(above * 9, 0, 1)
        _, mid, main, accent, light = frame.colours
        shade = mid * (0.10 + 0.25 * body)[..., None]
        for k in range(5):
            value = float(frame.p[2 * k] + frame.p[2 * k + 1]) / 2
            at = (k - 2) * (0.15 + 0.09 * frame.p[SPREAD]) + 0.05 * np.sin(frame.drift * 0.4 + 2.1 * k)
            lamp = np.exp(-(((self._u - at) * 5) ** 2) - ((self._v + 0.10) * 6) ** 2)
            shade += (
                frame.colour(k / 5) * (lamp * body**2 * value**2 * (0.3 + 0.9 * frame.p[GLOW]))[..., None]
            )
        flash = float(np.exp(-frame.ages * 4.5).sum()) * (0.08 + 0.35 * frame.p[PULSE])
        shade += (accent * 0.4 + light * 0.6) * (flash * body**2)[..., None]
        out = ground + (shade - ground) * (thick * 0.85)[..., None]
        sea = np.clip((self._v - self.horizon) * 60, 0, 1)
        wave = self.sample(self._u * reach.max() * 1.4, self._v * 6 - frame.drift * 0.3) - 0.5
        mirror = out[::-1] * 0.35 + main * 0.02 + light * np.maximum(0, wave)[..., None] * 0.06
        result: FloatArray = out + (mirror - out) * sea[..., None]
        return result

    def _lit(self, image: Image.Image, frame: Frame) -> Image.Image:
        """Let bright things glow: a blurred small copy is added."""
        small = image.reduce(_SMALL)
        wide = small.filter(ImageFilter.BoxBlur(5)).filter(ImageFilter.BoxBlur(5))
        share = 0.30 + 0.35 * frame.p[GLOW] + 0.15 * frame.p[PULSE]
        dark = wide.point([int(max(0, code - 26) * share) for code in range(256)] * 3)
        return ImageChops.add(image, dark.resize(image.size, Image.Resampling.BILINEAR))

    def project(self, places: FloatArray, *, distance: float, tilt: float = 0.25) -> FloatArray:
        """Turn places around the middle into x, y and depth on the screen; the last axis is (x, y, z)."""
        cos, sin = np.cos(tilt), np.sin(tilt)
        x, y, z = places[..., 0], places[..., 1], places[..., 2]
        y, z = cos * y - sin * z, sin * y + cos * z
        depth = distance - z
        size = self.height * 1.2 / np.maximum(0.3, depth)
        return np.stack([self.width / 2 + x * size, self.height / 2 - y * size, depth, size], axis=-1)

    def dots(self, image: Image.Image, at: FloatArray, colours: FloatArray) -> Image.Image:
        """Add points of light [places (n, 2+), linear colours (n, 3)]; those outside are left out."""
        x, y = at[:, 0].astype(int), at[:, 1].astype(int)
        inside = (x >= 1) & (x < self.width - 1) & (y >= 1) & (y < self.height - 1)
        cell = y[inside] * self.width + x[inside]
        picture = np.array(image)
        pixels = picture.reshape(-1, 3)
        codes = encoded(colours[inside]).astype(np.float32)
        # A dot is a little cross, not one hard pixel; of two dots in one place the later one is seen.
        for offset, share in ((0, 1.0), (1, 0.4), (-1, 0.4), (self.width, 0.4), (-self.width, 0.4)):
            pixels[cell + offset] = np.minimum(255, pixels[cell + offset] + codes * share).astype(np.uint8)
        return Image.fromarray(picture)


def encoded(light: NDArray[np.floating]) -> Bytes:
    """Linear light to sRGB bytes, with a film-like shoulder (Narkowicz's fit of ACES, 2016)."""
    # The root makes the steps of the table even to the eye.
    codes: Bytes = _CODES[np.minimum(np.sqrt(np.maximum(light, 0)) * _STEPS, 2 * _STEPS).astype(np.int32)]
    return codes


_STEPS = 1024


def _code_table() -> Bytes:
    light = (np.arange(2 * _STEPS + 1) / _STEPS) ** 2
    curve = (light * (2.51 * light + 0.03)) / (light * (2.43 * light + 0.59) + 0.14)
    return (np.clip(curve, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)


_CODES = _code_table()


def paint(colour: FloatArray, strength: float = 1.0) -> tuple[int, int, int]:
    """A linear colour as Pillow takes it."""
    red, green, blue = encoded(colour * max(0.0, strength)).tolist()
    return red, green, blue


def _clouds(rng: np.random.Generator, side: int) -> FloatArray:
    """A texture of clouds from 0 to 1 that repeats without a seam."""
    total = np.zeros((side, side))
    for octave in range(5):
        cells = 4 * 2**octave
        coarse = rng.random((cells, cells))
        at = np.arange(side) * cells / side
        low, part = at.astype(int), at % 1
        part = part * part * (3 - 2 * part)
        rows = coarse[low] * (1 - part)[:, None] + coarse[(low + 1) % cells] * part[:, None]
        total += (rows[:, low] * (1 - part) + rows[:, (low + 1) % cells] * part) / 2**octave
    even: FloatArray = (total - total.min()) / np.ptp(total)
    return even


def _turned(places: FloatArray, angle: float | FloatArray) -> FloatArray:
    cos, sin = np.cos(angle), np.sin(angle)
    x, y, z = places[..., 0], places[..., 1], places[..., 2]
    return np.stack([cos * x + sin * z, y, cos * z - sin * x], axis=-1)


def _sunflower(n: int) -> FloatArray:
    """Directions spread evenly over a sphere [shape=(n, 3)]."""
    i = np.arange(n)
    y = 1 - 2 * (i + 0.5) / n
    flat = np.sqrt(1 - y * y)
    return np.stack([np.cos(i * _GOLDEN) * flat, y, np.sin(i * _GOLDEN) * flat], axis=1)


def _bars(painter: Painter, frame: Frame, image: Image.Image) -> Image.Image:
    draw = ImageDraw.Draw(image)
    width, height, p = painter.width, painter.height, frame.p
    columns, rows = 24, 16
    column = np.abs((np.arange(columns) + 0.5) / columns * 2 - 1)
    eye = height * (0.5 + painter.horizon)
    sway = np.sin(frame.turn * 0.5) * 0.12
    for row in range(rows - 1, -1, -1):
        age = row / rows
        values = np.interp(column * 9, np.arange(10), frame.past[min(len(frame.past) - 1, row * 5)])
        wave = np.sin(column * 14 - frame.swirl * 3 + age * 16)
        tall = (
            0.10 + values**1.7 * (1.0 + 2.2 * p[SCALE]) + (0.05 + 0.25 * p[TURBULENCE]) * (0.5 + 0.5 * wave)
        )
        tall = tall + 0.8 * p[PULSE] * frame.ripple(np.array([age * 4.2]), 2.2, 2.4)[0]
        size = height * 0.95 / (3.2 + row * 1.1)
        floor = eye + size * (1.75 + 0.2 * p[DRIFT])
        gap = size * (0.42 + 0.2 * p[SPREAD])
        fog = np.exp(-age * 2.2)
        wide = gap * (0.40 - 0.10 * p[DETAIL])
        for k in range(columns):
            x = width / 2 + (k + 0.5 - columns / 2) * gap - sway * size * 4
            if x < -gap or x > width + gap:
                continue
            top = floor - tall[k] * size
            base = frame.colour(0.5 * float(column[k]))
            body = base * (0.10 + 0.30 * fog * values[k]) * fog + frame.colours[_MID] * 0.12 * (1 - fog)
            draw.rectangle((x - wide, floor, x + wide, floor + tall[k] * size * 0.35), fill=paint(body, 0.3))
            draw.rectangle((x - wide, top, x + wide, floor), fill=paint(body))
            shine = base * (0.3 + (0.5 + 0.9 * p[GLOW]) * values[k] ** 2) * fog
            lip = size * 0.10
            corners = [
                (x - wide, top),
                (x + wide, top),
                (x + wide * 0.8, top - lip),
                (x - wide * 0.8, top - lip),
            ]
            draw.polygon(corners, fill=paint(shine + frame.colours[_MID] * 0.10 * (1 - fog)))
    return image


def _spheres(painter: Painter, frame: Frame, image: Image.Image) -> Image.Image:
    draw, p, n = ImageDraw.Draw(image), frame.p, 64
    h = painter.noise
    values = p[np.arange(n) % 10]
    shell = 1.3 + 1.7 * h[:, 0] + (0.3 + 1.8 * p[SPREAD]) * (0.3 + h[:, 0])
    places = _turned(_sunflower(n) * [1, 0.62, 1] * shell[:, None], frame.turn * (0.55 + 0.5 * h[:, 1]))
    places = places + (0.1 + 0.5 * p[TURBULENCE]) * np.sin(frame.swirl * 1.2 + h[:, :3] * 6.28)
    places[:, 1] += 0.4 * np.sin(frame.drift * 0.5 + h[:, 1] * 6.28) * (0.3 + p[DRIFT])
    radius = 0.07 + 0.13 * h[:, 1] + (0.08 + 0.34 * h[:, 0]) * values**1.4 * (0.45 + 0.8 * p[SCALE])
    radius[h[:, 2] > 0.35 + 0.65 * p[DETAIL]] *= 0.5
    places[0], radius[0] = 0.0, 0.40 + 0.28 * p[SCALE] + 0.18 * p[PULSE]
    at = painter.project(places, distance=7.6 - 0.4 * p[PULSE] + 1.2 * p[SPREAD])
    for i in np.argsort(-at[:, 2]):
        x, y, depth, size = at[i]
        r = radius[i] * size
        fog = float(np.exp(-max(0.0, depth - 5) * 0.14))
        base = frame.colour(float(h[i, 2])) if i else frame.colours[_LIGHT] * 0.6 + frame.colours[_MAIN] * 0.4
        lamp = np.array([painter.width / 2 - x, painter.height / 2 - y])
        lamp = lamp / max(1.0, float(np.hypot(*lamp)))
        strength = (
            (0.12 + 0.4 * values[i] * (0.4 + p[GLOW])) * fog if i else 0.22 + 0.25 * p[GLOW] + 0.2 * p[PULSE]
        )
        # Discs, each nearer to the lamp and brighter: a ball.
        for step, part in enumerate((1.0, 0.88, 0.74, 0.58, 0.40, 0.22)):
            cx, cy = x + lamp[0] * r * (1 - part) * 0.75, y + lamp[1] * r * (1 - part) * 0.75
            light = strength * (0.30 + 0.28 * step) if i else strength * (0.6 + 0.25 * step)
            draw.ellipse(
                (cx - r * part, cy - r * part, cx + r * part, cy + r * part), fill=paint(base, light)
            )
    return image


def _crystals(painter: Painter, frame: Frame, image: Image.Image) -> Image.Image:
    draw, p, n = ImageDraw.Draw(image), frame.p, 60
    h = painter.noise[:n]
    values = p[np.arange(n) % 10]
    axis = _sunflower(n) + (h[:, :3] - 0.5) * (0.25 + 0.5 * p[TURBULENCE])
    axis = axis + 0.1 * (0.2 + p[TURBULENCE]) * np.sin(frame.swirl + h[:, :3] * 6.28)
    axis = _turned(axis / np.linalg.norm(axis, axis=1, keepdims=True), frame.turn * 0.8)
    long = 0.55 + 0.5 * h[:, 1] ** 2 + (0.4 + 1.05 * h[:, 0]) * values**1.5 * (0.45 + 0.9 * p[SCALE])
    long = long * (1 + 0.35 * p[PULSE] * float(np.exp(-((frame.ages[0] * 3) ** 2))))
    root = axis * (0.30 + 0.5 * p[SPREAD])
    distance = 6.0 - 0.4 * p[PULSE] + 0.8 * p[SPREAD]
    tilt = 0.28 + 0.2 * np.sin(frame.drift * 0.27)
    low, waist, tip = (
        painter.project(root + axis * (long * share)[:, None], distance=distance, tilt=tilt)
        for share in (0.0, 0.72, 1.0)
    )
    thick = (0.10 + 0.12 * h[:, 1] ** 2) * (1.2 - 0.4 * p[DETAIL])
    for i in np.argsort(-tip[:, 2]):
        along = tip[i, :2] - low[i, :2]
        aside = np.array([-along[1], along[0]]) / max(1.0, float(np.hypot(*along))) * thick[i] * low[i, 3]
        base = frame.colour(float(h[i, 0] * 0.8))
        fog = float(np.exp(-max(0.0, tip[i, 2] - 4.5) * 0.22))
        light = (0.12 + 0.35 * values[i] ** 2 * (0.3 + 1.2 * p[GLOW])) * fog
        for side, strength in ((-1.0, 0.65), (0.0, 1.9)):
            edge = [low[i, :2] + aside * side * 0.7, waist[i, :2] + aside * side, tip[i, :2]]
            other = [waist[i, :2] + aside * (side + 1.0), low[i, :2] + aside * (side + 1.0) * 0.7]
            draw.polygon([(float(x), float(y)) for x, y in edge + other], fill=paint(base, light * strength))
    n_dust = int(150 + 500 * p[DETAIL])
    k = np.arange(n_dust)
    dust = (np.stack([k * 0.618 % 1, (k * 0.755 + frame.drift * 0.03) % 1, k * 0.569 % 1], axis=1) - 0.5) * [
        9,
        6,
        9,
    ]
    at = painter.project(_turned(dust, frame.turn * 0.15), distance=distance)
    return painter.dots(image, at, np.tile(frame.colours[_LIGHT] * (0.06 + 0.4 * p[GLOW]), (n_dust, 1)))


def _cloud(painter: Painter, frame: Frame, image: Image.Image) -> Image.Image:
    p = frame.p
    n = int(7000 * (0.5 + 0.5 * p[DETAIL]))
    i = np.arange(n)
    h = painter.scatter[:n]
    family = i % 10
    radius = 0.25 + 3.2 * h[:, 0] ** 0.7
    angle = radius * 1.35 + np.floor(h[:, 1] * 3) * 2.0944 + (h[:, 2] - 0.5) * 1.1
    spiral = np.stack([np.cos(angle) * radius, (h[:, 2] - 0.5) * 0.7, np.sin(angle) * radius], axis=1)
    up = 1 - 2 * h[:, 1]
    flat = np.sqrt(1 - up * up)
    ball = np.stack([np.cos(h[:, 2] * 6.283) * flat, up, np.sin(h[:, 2] * 6.283) * flat], axis=1)
    ball = ball * (1.2 + 1.4 * h[:, :1])
    share = 0.5 - 0.5 * np.cos(frame.drift * 0.17)
    places = spiral + (ball - spiral) * (share * share * (3 - 2 * share))
    far = np.linalg.norm(places, axis=1)
    places = _turned(places, frame.turn * (0.9 - 0.12 * far))
    flow = np.sin(places[:, [1, 2, 0]] * 1.4 + places[:, [2, 0, 1]] + frame.swirl * 0.35)
    wave = frame.ripple(far, 3.6, 2.6)
    places = places + flow * (0.05 + 0.5 * p[TURBULENCE])
    grown = 0.74 + 0.35 * p[SPREAD] + (0.1 + 0.34 * p[SCALE]) * p[family] + wave * 0.2 * (0.3 + p[PULSE])
    at = painter.project(places * grown[:, None], distance=7.4 - 0.5 * p[PULSE], tilt=0.45)
    shades = np.stack([frame.colour(0.1 + 0.075 * k) for k in range(10)])
    bright = (0.07 + 0.35 * (p[family] + 0.5 * wave) ** 2 + 0.2 * p[GLOW]) * np.exp(
        -np.maximum(0, at[:, 2] - 5) * 0.11
    )
    return painter.dots(image, at, shades[family] * bright[:, None])


def _waves(painter: Painter, frame: Frame, image: Image.Image) -> Image.Image:
    draw, p = ImageDraw.Draw(image), frame.p
    width, height = painter.width, painter.height
    eye = height * (0.5 + painter.horizon)
    x = np.linspace(-0.1, 1.1, 72)
    high = 0.10 + 0.36 * p[SCALE]
    rows = 22
    for row in range(rows):
        near = row / (rows - 1)
        depth = 1 + 9 * (1 - near) ** 1.6
        along = (x - 0.5) * depth * 1.6
        level = high * np.sin(along * 1.1 + frame.drift * 1.1 + depth)
        level += 0.6 * high * np.sin(-along * 1.9 + frame.drift * 1.4 + depth * 1.7)
        chop = np.sin(along * (3 + 2 * p[DETAIL]) + frame.swirl + 1.7 * np.sin(depth * 2 + frame.swirl * 0.5))
        level += (0.04 + 0.3 * p[TURBULENCE]) * chop * 0.5
        level += (0.2 + 0.6 * p[PULSE]) * 0.4 * frame.ripple(np.hypot(along, depth - 3), 3.0, 1.2)
        base = eye + (height - eye) * (0.02 + 1.05 * near**1.7)
        y = base - level * height * 0.20 / depth**0.8
        crest = float(np.clip(level.max() / (high * 1.6 + 0.05), 0, 1))
        colour = frame.colour(0.5 * (0.5 + 0.5 * np.sin(depth * 0.7 + frame.drift * 0.3)))
        body = frame.colours[_DEEP] * (0.35 - 0.15 * near) + frame.colours[_MID] * 0.10 * (1 - near)
        body = body + colour * crest**2 * (0.03 + 0.14 * p[GLOW] + 0.10 * p[PULSE])
        line: Points = list(zip((x * width).tolist(), y.tolist(), strict=True))
        draw.polygon([*line, (width * 1.1, height + 2), (-width * 0.1, height + 2)], fill=paint(body))
        shine = colour * 0.4 + frame.colours[_LIGHT] * 0.6
        draw.line(line, fill=paint(shine, 0.03 + 0.26 * crest * (0.2 + p[GLOW]) * (0.4 + near)), width=2)
    return image


def _planet(painter: Painter, frame: Frame, image: Image.Image) -> Image.Image:
    p = frame.p
    n = int(6000 * (0.6 + 0.4 * p[DETAIL]))
    i = np.arange(n)
    h = painter.scatter[:n]
    band = i % 10
    radius = 2.05 + (band + 0.12 + 0.76 * h[:, 0]) / 10 * (1.5 + 1.0 * p[SPREAD])
    angle = h[:, 1] * 6.283 + frame.turn * 1.6 / radius + frame.drift * 0.25 / radius
    wave = frame.ripple(radius - 1.4, 2.2, 4.0)
    lift = (h[:, 2] - 0.5) * (0.03 + 0.3 * p[TURBULENCE] * p[band]) + wave * (0.1 + 0.4 * p[PULSE]) * (
        h[:, 2] - 0.2
    )
    places = np.stack([np.cos(angle) * radius, lift, np.sin(angle) * radius], axis=1)
    distance = 8.2 - 0.3 * p[PULSE] + 1.2 * p[SPREAD]
    at = painter.project(places, distance=distance, tilt=0.27 + 0.15 * np.sin(frame.drift * 0.16))
    shades = np.stack([frame.colour(k / 9) for k in range(10)])
    bright = 0.08 + 0.5 * (p[band] + 0.5 * wave) ** 2 + 0.25 * p[GLOW] * p[band]
    behind = at[:, 2] > distance
    image = painter.dots(image, at[behind], (shades[band] * bright[:, None])[behind])
    size = int((1.42 + 0.22 * p[SCALE] + 0.05 * p[PULSE]) * painter.height * 1.2 / distance)
    side = 2 * size + 1
    v, u = (np.mgrid[0:side, 0:side] - size) / max(1, size)
    inside = u * u + v * v <= 1
    z = np.sqrt(np.maximum(0, 1 - u * u - v * v))
    lon = np.arctan2(u, z + 1e-6) / 6.283 + frame.turn * 0.11
    curl = painter.sample(lon, v * 0.35) - 0.5
    band_at = np.sin(v * (8 + 10 * p[DETAIL]) + curl * (2 + 8 * p[TURBULENCE]))[..., None]
    colour = frame.colours[_MAIN] * (0.5 - 0.5 * band_at) + frame.colours[_ACCENT] * (0.5 + 0.5 * band_at)
    day = np.clip((-0.6 * u - 0.4 * v + 0.65 * z + 0.15) * 1.1, 0.03, 1)[..., None]
    rim = ((1 - z) ** 2.6)[..., None]
    lit = colour * day * (0.6 + 0.4 * p[GLOW]) + frame.colours[_LIGHT] * rim * (0.1 + 0.8 * day) * (
        0.4 + 0.7 * p[GLOW]
    )
    mask = Image.fromarray((inside * 255).astype(np.uint8)).filter(ImageFilter.BoxBlur(1))
    image.paste(Image.fromarray(encoded(lit)), (painter.width // 2 - size, painter.height // 2 - size), mask)
    return painter.dots(image, at[~behind], (shades[band] * bright[:, None])[~behind])


def _storm(painter: Painter, frame: Frame, image: Image.Image) -> Image.Image:
    draw, p = ImageDraw.Draw(image), frame.p
    width, height = painter.width, painter.height
    sea = height * (0.5 + painter.horizon)
    for age in frame.ages:
        if age > 0.5:
            continue
        # A beat has a bolt of its own: its seed is the moment of the beat.
        rng = np.random.default_rng(max(0, round((frame.time_sec - float(age)) * 50)))
        steps = np.cumsum(rng.normal(0, width * 0.018, 14))
        x = width * (0.5 + (rng.random() - 0.5) * (0.5 + 0.4 * p[SPREAD])) + steps
        bolt: Points = list(zip(x.tolist(), np.linspace(0, sea, 14).tolist(), strict=True))
        strength = float(np.exp(-age * 6.5)) * (0.6 + 1.6 * p[PULSE])
        draw.line(bolt, fill=paint(frame.colours[_LIGHT], strength), width=3)
    drops = int(60 + 260 * p[DETAIL])
    i = np.arange(drops)
    wind = (0.1 + 0.4 * p[DRIFT]) * np.sin(frame.turn * 0.4) + 0.12
    fall = (i * 0.754878 + frame.drift * 0.9 + frame.swirl * 0.7) % 1.2 - 0.1
    long = height * (0.03 + 0.05 * p[SCALE]) * (0.5 + i * 0.569840 % 1)
    left = ((i * 0.618034 + wind * fall * 0.3) % 1) * width
    rain = paint(frame.colours[_LIGHT] * 0.5 + frame.colours[_MID], 0.05 + 0.12 * p[GLOW] + 0.02 * p[WARMTH])
    for k in range(drops):
        y = float(fall[k] * height)
        draw.line((left[k], y, left[k] + wind * long[k] * 0.5, y + long[k]), fill=rain, width=1)
    return image


DRAWERS: dict[str, Callable[[Painter, Frame, Image.Image], Image.Image]] = {
    "bars": _bars,
    "spheres": _spheres,
    "crystals": _crystals,
    "cloud": _cloud,
    "waves": _waves,
    "planet": _planet,
    "storm": _storm,
}
"""One function a scene: draws what moves over the ground and returns the picture."""
