"""Frame rendering with numpy and Pillow: background, light, perspective, points, sRGB colors.

Drawn simpler than in the browser: shapes are flat polygons and dots with painted light in place of a renderer's,
and the middle of the picture is lit by a blurred copy of itself.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from core.arrays import FloatArray
from core.audioviz.motion import GLOW, PULSE, Motion

Bytes = NDArray[np.uint8]

_GOLDEN = 2.399963  # radians between neighbors of a sunflower
_LUMA = (0.299, 0.587, 0.114)  # of sRGB codes, ITU-R BT.601
_SMALL = 4  # the ground is drawn so many times smaller


@dataclass(frozen=True, eq=False)
class Frame:
    """State of one frame: parameters, phases of rotation, drift and turbulence, beat ages, colors."""

    p: FloatArray
    turn: float
    drift: float
    swirl: float
    ages: FloatArray
    colors: FloatArray
    past: FloatArray  # parameters of the last frames, the latest first
    time_sec: float

    def color(self, share: float) -> FloatArray:
        """0 is the main color, 0.5 its counterpart, 1 the light."""
        _, _, main, accent, light = self.colors
        mixed: FloatArray = main + (accent - main) * (share * 2)
        if share >= 0.5:
            mixed = accent + (light - accent) * (share * 2 - 1)
        return mixed

    def ripple(self, at: FloatArray, speed: float, sharp: float) -> FloatArray:
        """Height of the ripples of recent beats at a distance from their origin."""
        out = np.zeros_like(at)
        for age in self.ages:
            if age < 5:
                out += np.exp(-(((at - age * speed) * sharp) ** 2)) * np.exp(-age * 1.3)
        return out


class Painter(ABC):
    """Draws frames of one scene at one size; a subclass a scene.

    Parameters
    ----------
    width, height : int
        In pixels.
    """

    # Where the band of light lies and where the sun stands, from the middle of the picture (down is positive).
    horizon = 0.0
    sun = (-0.3, -0.2)
    exposure = 0.72  # of the ground
    # Contrast, lift of the codes, saturation: fitted so that the scene's frames have the mean, contrast and saturation of the
    # browser's (tests/browser/test_film_look.py compares frames of both).
    grade = (1.0, 0.0, 1.0)

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        # Pixels of a length of 1 at a distance of 1. As in the browser, the camera stands further off for narrow pictures.
        aspect = width / height
        self.unit = 1.2 * height / (1.2 + 0.5 * (1.2 - aspect) if aspect < 1.2 else 1.0)
        rng = np.random.default_rng(7)
        self.noise = rng.random((64, 4))  # of each thing in a scene, always the same
        self.scatter = rng.random((7000, 3))  # and of each dot
        rows, columns = height // _SMALL, width // _SMALL
        # A row and a column: what depends on one of them alone is not computed for every pixel.
        self.u = (np.arange(columns)[None, :] + 0.5) / columns - 0.5
        self.v = (np.arange(rows)[:, None] + 0.5) / rows - 0.5
        self._band = np.exp(-np.abs(self.v - self.horizon) * 6.5)
        far = ((self.u - self.sun[0]) * width / height) ** 2 + (self.v - self.sun[1]) ** 2
        self._sun = 0.07 * np.exp(-far * 14)
        if self.horizon:
            self._sun = 0.16 * np.exp(-far * 14) + 0.9 * np.exp(-far * 420)
        self._edge = 1.0 - 0.5 * np.clip((np.hypot(self.u, self.v) - 0.25) / 0.6, 0, 1) ** 2
        self._texture = _make_clouds(rng, 256)

    def frame(self, motion: Motion, i: int) -> Bytes:
        """Draw frame ``i`` [shape=(height, width, 3), sRGB]."""
        turn, drift, swirl = motion.phases[i].tolist()
        frame = Frame(
            p=motion.values[i],
            turn=turn,
            drift=drift,
            swirl=swirl,
            ages=motion.ages_sec[i],
            colors=motion.colors[i],
            past=motion.values[max(0, i - 90) : i + 1][::-1],
            time_sec=float(motion.times_sec[i]),
        )
        ground = self.light_ground(frame, self._paint_ground(frame)) * (self.exposure * self._edge)[..., None]
        image = Image.fromarray(encode_light(ground))
        image = image.resize((self.width, self.height), Image.Resampling.BICUBIC)
        return np.asarray(self._apply_grade(self._let_glow(self.draw(frame, image), frame)))

    @abstractmethod
    def draw(self, frame: Frame, image: Image.Image) -> Image.Image:
        """Draw the scene's moving objects."""

    def light_ground(self, frame: Frame, ground: FloatArray) -> FloatArray:
        """Add scene-specific light to the background; linear light."""
        return ground

    def _paint_ground(self, frame: Frame) -> FloatArray:
        """Sky, band of light at the horizon, sun, mist; linear light."""
        deep, mid, main, _, light = frame.colors
        glow = frame.p[GLOW]
        up = np.clip(np.abs(self.v - self.horizon) / 0.6, 0, 1)[..., None]
        ground = mid * 0.24 * (1 - up) + deep * 0.30 * up
        ground = ground + (mid * 0.7 + main * 0.3) * 0.26 * self._band[..., None]
        ground = ground + light * (self._sun * (0.65 + 0.7 * glow))[..., None]
        mist = self.sample(self.u * 1.2 + frame.drift * 0.02, self.v * 1.2)
        ground += main * (mist**4 * (0.06 + 0.12 * glow))[..., None]
        return np.asarray(ground)

    def sample(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Sample the cloud texture at a position; it repeats after 1."""
        side = len(self._texture)
        found: FloatArray = self._texture[(y * side).astype(int) % side, (x * side).astype(int) % side]
        return found

    def _let_glow(self, image: Image.Image, frame: Frame) -> Image.Image:
        """Bloom: add a blurred, downsampled copy of the bright parts."""
        small = image.reduce(_SMALL)
        wide = small.filter(ImageFilter.BoxBlur(5)).filter(ImageFilter.BoxBlur(5))
        share = 0.30 + 0.35 * frame.p[GLOW] + 0.15 * frame.p[PULSE]
        dark = wide.point([int(max(0, code - 26) * share) for code in range(256)] * 3)
        return ImageChops.add(image, dark.resize(image.size, Image.Resampling.BILINEAR))

    def _apply_grade(self, image: Image.Image) -> Image.Image:
        """Contrast, lift and saturation in one pass, as a color matrix."""
        contrast, lift, saturation = self.grade
        weights = contrast * (np.eye(3) * saturation + np.array(_LUMA) * (1 - saturation))
        rows = np.column_stack([weights, np.full(3, lift)])
        return image.convert("RGB", tuple(rows.reshape(-1).tolist()))

    def project(self, places: FloatArray, *, distance: float, tilt: float = 0.25) -> FloatArray:
        """Project 3-D points (last axis x, y, z) to screen x, y and depth."""
        cos, sin = np.cos(tilt), np.sin(tilt)
        x, y, z = places[..., 0], places[..., 1], places[..., 2]
        y, z = cos * y - sin * z, sin * y + cos * z
        depth = distance - z
        size = self.unit / np.maximum(0.3, depth)
        return np.stack([self.width / 2 + x * size, self.height / 2 - y * size, depth, size], axis=-1)

    def dots(self, image: Image.Image, at: FloatArray, colors: FloatArray) -> Image.Image:
        """Add points of light [places (n, 2+), linear colors (n, 3)]; those outside are left out."""
        x, y = at[:, 0].astype(int), at[:, 1].astype(int)
        inside = (x >= 1) & (x < self.width - 1) & (y >= 1) & (y < self.height - 1)
        cell = y[inside] * self.width + x[inside]
        picture = np.array(image)
        pixels = picture.reshape(-1, 3)
        codes = encode_light(colors[inside]).astype(np.float32)
        # A dot is a little cross, not one hard pixel; of two dots in one place the later one is seen.
        for offset, share in ((0, 1.0), (1, 0.4), (-1, 0.4), (self.width, 0.4), (-self.width, 0.4)):
            pixels[cell + offset] = np.minimum(255, pixels[cell + offset] + codes * share).astype(np.uint8)
        return Image.fromarray(picture)


def encode_light(light: NDArray[np.floating]) -> Bytes:
    """Linear light to sRGB bytes, with a film-like shoulder (Narkowicz's fit of ACES, 2016)."""
    # The root makes the steps of the table even to the eye.
    codes: Bytes = _CODES[np.minimum(np.sqrt(np.maximum(light, 0)) * _STEPS, 2 * _STEPS).astype(np.int32)]
    return codes


_STEPS = 1024


def _code_table() -> Bytes:
    light = (np.arange(2 * _STEPS + 1) / _STEPS) ** 2
    curve = (light * (2.51 * light + 0.03)) / (light * (2.43 * light + 0.59) + 0.14)
    curve = np.clip(curve, 0, 1)
    # sRGB's own curve: the usual root of 2.2 lifts the blacks, and a picture without blacks looks flat.
    codes = np.where(curve <= 0.0031308, 12.92 * curve, 1.055 * curve ** (1 / 2.4) - 0.055)
    table: Bytes = np.rint(codes * 255).astype(np.uint8)
    return table


_CODES = _code_table()


def paint(color: FloatArray, strength: float = 1.0) -> tuple[int, int, int]:
    """Convert a linear color to Pillow's format."""
    red, green, blue = encode_light(color * max(0.0, strength)).tolist()
    return red, green, blue


def _make_clouds(rng: np.random.Generator, side: int) -> FloatArray:
    """Make a seamlessly tiling cloud texture with values from 0 to 1."""
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


def haze(depth: FloatArray, near: float, rate: float) -> FloatArray:
    """Transmittance of the haze at a depth; 1 nearer than ``near``."""
    return np.asarray(np.exp(-np.maximum(0, depth - near) * rate))


def turn_around(places: FloatArray, angle: float | FloatArray) -> FloatArray:
    """Rotate points about the vertical axis."""
    cos, sin = np.cos(angle), np.sin(angle)
    x, y, z = places[..., 0], places[..., 1], places[..., 2]
    return np.stack([cos * x + sin * z, y, cos * z - sin * x], axis=-1)


def spread_directions(n: int) -> FloatArray:
    """Directions spread evenly over a sphere [shape=(n, 3)]."""
    i = np.arange(n)
    y = 1 - 2 * (i + 0.5) / n
    flat = np.sqrt(1 - y * y)
    return np.stack([np.cos(i * _GOLDEN) * flat, y, np.sin(i * _GOLDEN) * flat], axis=1)
