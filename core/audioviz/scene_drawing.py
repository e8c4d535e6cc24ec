"""The seven scenes of a rendered video, drawn frame by frame on the server.

Motion, colors and what each parameter does follow the browser's scenes.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from core.arrays import FloatArray
from core.audioviz.motion import DETAIL, DRIFT, GLOW, PULSE, SCALE, SPREAD, TURBULENCE, WARMTH
from core.audioviz.painter import Frame, Painter, encode_light, haze, paint, spread_directions, turn_around

Points = list[tuple[float, float]]

_DEEP, _MID, _MAIN, _ACCENT, _LIGHT = range(5)


class Bars(Painter):
    """Rows of bars on a mirror, the latest in front, that go back into the haze."""

    grade = (1.04, -13.8, 0.68)
    horizon = -0.12
    sun = (0.1, -0.28)

    def draw(self, frame: Frame, image: Image.Image) -> Image.Image:
        """As `Painter.draw`."""
        draw = ImageDraw.Draw(image)
        width, height, p = self.width, self.height, frame.p
        columns, rows = 24, 16
        column = np.abs((np.arange(columns) + 0.5) / columns * 2 - 1)
        eye = height * (0.5 + self.horizon)
        sway = np.sin(frame.turn * 0.5) * 0.12
        for row in range(rows - 1, -1, -1):
            age = row / rows
            values = np.interp(column * 9, np.arange(10), frame.past[min(len(frame.past) - 1, row * 5)])
            wave = np.sin(column * 14 - frame.swirl * 3 + age * 16)
            tall = (
                0.10
                + values**1.7 * (1.0 + 2.2 * p[SCALE])
                + (0.05 + 0.25 * p[TURBULENCE]) * (0.5 + 0.5 * wave)
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
                base = frame.color(0.5 * float(column[k]))
                body = base * (0.10 + 0.30 * fog * values[k]) * fog + frame.colors[_MID] * 0.12 * (1 - fog)
                draw.rectangle(
                    (x - wide, floor, x + wide, floor + tall[k] * size * 0.35), fill=paint(body, 0.3)
                )
                draw.rectangle((x - wide, top, x + wide, floor), fill=paint(body))
                shine = base * (0.3 + (0.5 + 0.9 * p[GLOW]) * values[k] ** 2) * fog
                lip, back = top - size * 0.10, wide * 0.8
                corners = [(x - wide, top), (x + wide, top), (x + back, lip), (x - back, lip)]
                draw.polygon(corners, fill=paint(shine + frame.colors[_MID] * 0.10 * (1 - fog)))
        return image


class Spheres(Painter):
    """Balls of light around a sun."""

    grade = (1.03, 5.0, 0.93)

    def draw(self, frame: Frame, image: Image.Image) -> Image.Image:
        """As `Painter.draw`."""
        draw, p, n = ImageDraw.Draw(image), frame.p, 64
        h = self.noise
        values = p[np.arange(n) % 10]
        shell = 1.3 + 1.7 * h[:, 0] + (0.3 + 1.8 * p[SPREAD]) * (0.3 + h[:, 0])
        places = spread_directions(n) * [1, 0.62, 1] * shell[:, None]
        places = turn_around(places, frame.turn * (0.55 + 0.5 * h[:, 1]))
        places = places + (0.1 + 0.5 * p[TURBULENCE]) * np.sin(frame.swirl * 1.2 + h[:, :3] * 6.28)
        places[:, 1] += 0.4 * np.sin(frame.drift * 0.5 + h[:, 1] * 6.28) * (0.3 + p[DRIFT])
        radius = 0.07 + 0.13 * h[:, 1] + (0.08 + 0.34 * h[:, 0]) * values**1.4 * (0.45 + 0.8 * p[SCALE])
        radius[h[:, 2] > 0.35 + 0.65 * p[DETAIL]] *= 0.5
        places[0], radius[0] = 0.0, 0.40 + 0.28 * p[SCALE] + 0.18 * p[PULSE]
        at = self.project(places, distance=7.6 - 0.4 * p[PULSE] + 1.2 * p[SPREAD])
        fog, sun = haze(at[:, 2], 5.0, 0.14), 0.22 + 0.25 * p[GLOW] + 0.2 * p[PULSE]
        for i in np.argsort(-at[:, 2]):
            x, y, _, size = at[i]
            r = radius[i] * size
            lamp = np.array([self.width / 2 - x, self.height / 2 - y])
            lamp = lamp / max(1.0, float(np.hypot(*lamp)))
            base, strength = frame.color(float(h[i, 2])), (0.12 + 0.4 * values[i] * (0.4 + p[GLOW])) * fog[i]
            dim, brighter = 0.30, 0.28
            if i == 0:
                base, strength = frame.colors[_LIGHT] * 0.6 + frame.colors[_MAIN] * 0.4, sun
                dim, brighter = 0.6, 0.25
            # Discs, each nearer to the lamp and brighter: a ball.
            for step, part in enumerate((1.0, 0.88, 0.74, 0.58, 0.40, 0.22)):
                cx, cy = x + lamp[0] * r * (1 - part) * 0.75, y + lamp[1] * r * (1 - part) * 0.75
                box = (cx - r * part, cy - r * part, cx + r * part, cy + r * part)
                draw.ellipse(box, fill=paint(base, strength * (dim + brighter * step)))
        return image


class Crystals(Painter):
    """Splinters that grow from one root, in dust."""

    grade = (1.06, -5.2, 0.79)

    def draw(self, frame: Frame, image: Image.Image) -> Image.Image:
        """As `Painter.draw`."""
        draw, p, n = ImageDraw.Draw(image), frame.p, 60
        h = self.noise[:n]
        values = p[np.arange(n) % 10]
        axis = spread_directions(n) + (h[:, :3] - 0.5) * (0.25 + 0.5 * p[TURBULENCE])
        axis = axis + 0.1 * (0.2 + p[TURBULENCE]) * np.sin(frame.swirl + h[:, :3] * 6.28)
        axis = turn_around(axis / np.linalg.norm(axis, axis=1, keepdims=True), frame.turn * 0.8)
        long = 0.55 + 0.5 * h[:, 1] ** 2 + (0.4 + 1.05 * h[:, 0]) * values**1.5 * (0.45 + 0.9 * p[SCALE])
        long = long * (1 + 0.35 * p[PULSE] * float(np.exp(-((frame.ages[0] * 3) ** 2))))
        root = axis * (0.30 + 0.5 * p[SPREAD])
        distance = 6.0 - 0.4 * p[PULSE] + 0.8 * p[SPREAD]
        tilt = 0.28 + 0.2 * np.sin(frame.drift * 0.27)
        low, waist, tip = (
            self.project(root + axis * (long * share)[:, None], distance=distance, tilt=tilt)
            for share in (0.0, 0.72, 1.0)
        )
        thick = (0.10 + 0.12 * h[:, 1] ** 2) * (1.2 - 0.4 * p[DETAIL])
        fog = haze(tip[:, 2], 4.5, 0.22)
        for i in np.argsort(-tip[:, 2]):
            along = tip[i, :2] - low[i, :2]
            aside = np.array([-along[1], along[0]]) / max(1.0, float(np.hypot(*along))) * thick[i] * low[i, 3]
            base = frame.color(float(h[i, 0] * 0.8))
            light = (0.12 + 0.35 * values[i] ** 2 * (0.3 + 1.2 * p[GLOW])) * fog[i]
            for side, strength in ((-1.0, 0.65), (0.0, 1.9)):
                edge = [low[i, :2] + aside * side * 0.7, waist[i, :2] + aside * side, tip[i, :2]]
                other = [waist[i, :2] + aside * (side + 1.0), low[i, :2] + aside * (side + 1.0) * 0.7]
                outline = [(float(x), float(y)) for x, y in edge + other]
                draw.polygon(outline, fill=paint(base, light * strength))
        n_dust = int(150 + 500 * p[DETAIL])
        k = np.arange(n_dust)
        dust = np.stack([k * 0.618 % 1, (k * 0.755 + frame.drift * 0.03) % 1, k * 0.569 % 1], axis=1)
        dust = (dust - 0.5) * np.array([9, 6, 9])
        at = self.project(turn_around(dust, frame.turn * 0.15), distance=distance)
        return self.dots(image, at, np.tile(frame.colors[_LIGHT] * (0.06 + 0.4 * p[GLOW]), (n_dust, 1)))


class Cloud(Painter):
    """Seven thousand dots between a spiral and a ball."""

    grade = (0.99, 1.6, 0.74)

    def draw(self, frame: Frame, image: Image.Image) -> Image.Image:
        """As `Painter.draw`."""
        p = frame.p
        n = int(7000 * (0.5 + 0.5 * p[DETAIL]))
        i = np.arange(n)
        h = self.scatter[:n]
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
        places = turn_around(places, frame.turn * (0.9 - 0.12 * far))
        flow = np.sin(places[:, [1, 2, 0]] * 1.4 + places[:, [2, 0, 1]] + frame.swirl * 0.35)
        wave = frame.ripple(far, 3.6, 2.6)
        places = places + flow * (0.05 + 0.5 * p[TURBULENCE])
        grown = 0.74 + 0.35 * p[SPREAD] + (0.1 + 0.34 * p[SCALE]) * p[family] + wave * 0.2 * (0.3 + p[PULSE])
        at = self.project(places * grown[:, None], distance=7.4 - 0.5 * p[PULSE], tilt=0.45)
        shades = np.stack([frame.color(0.1 + 0.075 * k) for k in range(10)])
        bright = 0.07 + 0.35 * (p[family] + 0.5 * wave) ** 2 + 0.2 * p[GLOW]
        bright *= haze(at[:, 2], 5.0, 0.11)
        return self.dots(image, at, shades[family] * bright[:, None])


class Waves(Painter):
    """A sea under curtains of light."""

    grade = (1.35, -8.0, 0.66)
    horizon = -0.14
    sun = (0.12, -0.24)

    def light_ground(self, frame: Frame, ground: FloatArray) -> FloatArray:
        """Ten curtains of light above the water, each as bright as its parameter."""
        up = np.maximum(self.horizon - self.v, 0.0)
        for k in range(10):
            value = float(frame.p[k])
            middle = (k - 4.5) * (0.07 + 0.04 * frame.p[SPREAD]) + 0.03 * np.sin(frame.drift * 0.35 + 1.9 * k)
            middle = middle + 0.02 * np.sin(up * 14 + frame.swirl * 0.6 + k)
            fold = 0.75 + 0.25 * np.sin(self.u * 90 + k * 3 + frame.swirl * 2)
            across = np.exp(-(((self.u - middle) / (0.03 + 0.025 * value)) ** 2)) * fold
            tall = np.clip(up * 9, 0, 1) * np.exp(-up * (9 - 5 * value))
            light = across * tall * value**2 * (0.12 + 0.6 * frame.p[GLOW])
            ground = ground + frame.color(k / 18) * light[..., None]
        return ground

    def draw(self, frame: Frame, image: Image.Image) -> Image.Image:
        """As `Painter.draw`."""
        draw, p = ImageDraw.Draw(image), frame.p
        width, height = self.width, self.height
        eye = height * (0.5 + self.horizon)
        x = np.linspace(-0.1, 1.1, 72)
        high = 0.10 + 0.36 * p[SCALE]
        rows = 22
        for row in range(rows):
            near = row / (rows - 1)
            depth = 1 + 9 * (1 - near) ** 1.6
            along = (x - 0.5) * depth * 1.6
            level = high * np.sin(along * 1.1 + frame.drift * 1.1 + depth)
            level += 0.6 * high * np.sin(-along * 1.9 + frame.drift * 1.4 + depth * 1.7)
            gust = frame.swirl + 1.7 * np.sin(depth * 2 + frame.swirl * 0.5)
            level += (0.04 + 0.3 * p[TURBULENCE]) * np.sin(along * (3 + 2 * p[DETAIL]) + gust) * 0.5
            level += (0.2 + 0.6 * p[PULSE]) * 0.4 * frame.ripple(np.hypot(along, depth - 3), 3.0, 1.2)
            base = eye + (height - eye) * (0.02 + 1.05 * near**1.7)
            y = base - level * height * 0.20 / depth**0.8
            crest = float(np.clip(level.max() / (high * 1.6 + 0.05), 0, 1))
            color = frame.color(0.5 * (0.5 + 0.5 * np.sin(depth * 0.7 + frame.drift * 0.3)))
            body = frame.colors[_DEEP] * (0.35 - 0.15 * near) + frame.colors[_MID] * 0.10 * (1 - near)
            body = body + color * crest**2 * (0.03 + 0.14 * p[GLOW] + 0.10 * p[PULSE])
            line: Points = list(zip((x * width).tolist(), y.tolist(), strict=True))
            draw.polygon([*line, (width * 1.1, height + 2), (-width * 0.1, height + 2)], fill=paint(body))
            shine = color * 0.4 + frame.colors[_LIGHT] * 0.6
            draw.line(line, fill=paint(shine, 0.03 + 0.26 * crest * (0.2 + p[GLOW]) * (0.4 + near)), width=2)
            self._glitter(draw, frame, line, level / max(1e-6, float(level.max())), body, near)
        return image

    def _glitter(
        self,
        draw: ImageDraw.ImageDraw,
        frame: Frame,
        line: Points,
        level: FloatArray,
        body: FloatArray,
        near: float,
    ) -> None:
        """Draw the sun's way on the water: crests shine, the more the nearer they are to the line below the sun."""
        middle, reach = (0.5 + self.sun[0]) * self.width, (0.06 + 0.2 * near) * self.width
        width = max(1, round(self.height * (0.003 + 0.006 * near)))
        for (first, second), high in zip(pairwise(line), level.tolist(), strict=False):
            away = abs(0.5 * (first[0] + second[0]) - middle) / reach
            strength = (0.3 + 0.7 * frame.p[GLOW]) * max(0.0, 1 - away) ** 2 * max(0.0, high) ** 2
            if strength > 0.01:
                draw.line((first, second), fill=paint(body + frame.colors[_LIGHT] * strength), width=width)


class Planet(Painter):
    """A striped planet in a ring of dots."""

    grade = (0.78, 7.0, 1.03)
    exposure = 0.9

    def draw(self, frame: Frame, image: Image.Image) -> Image.Image:
        """As `Painter.draw`."""
        p = frame.p
        n = int(6000 * (0.6 + 0.4 * p[DETAIL]))
        i = np.arange(n)
        h = self.scatter[:n]
        band = i % 10
        radius = 2.05 + (band + 0.12 + 0.76 * h[:, 0]) / 10 * (1.5 + 1.0 * p[SPREAD])
        angle = h[:, 1] * 6.283 + frame.turn * 1.6 / radius + frame.drift * 0.25 / radius
        wave = frame.ripple(radius - 1.4, 2.2, 4.0)
        lift = (h[:, 2] - 0.5) * (0.03 + 0.3 * p[TURBULENCE] * p[band])
        lift += wave * (0.1 + 0.4 * p[PULSE]) * (h[:, 2] - 0.2)
        places = np.stack([np.cos(angle) * radius, lift, np.sin(angle) * radius], axis=1)
        distance = 8.2 - 0.3 * p[PULSE] + 1.2 * p[SPREAD]
        at = self.project(places, distance=distance, tilt=0.27 + 0.15 * np.sin(frame.drift * 0.16))
        shades = np.stack([frame.color(k / 9) for k in range(10)])
        bright = 0.08 + 0.5 * (p[band] + 0.5 * wave) ** 2 + 0.25 * p[GLOW] * p[band]
        behind = at[:, 2] > distance
        image = self.dots(image, at[behind], (shades[band] * bright[:, None])[behind])
        size = int((1.42 + 0.22 * p[SCALE] + 0.05 * p[PULSE]) * self.unit / distance)
        self._paint_globe(frame, image, size)
        return self.dots(image, at[~behind], (shades[band] * bright[:, None])[~behind])

    def _paint_globe(self, frame: Frame, image: Image.Image, size: int) -> None:
        """The planet itself, of a radius in pixels; its soft stripes are computed at half the size."""
        p, radius = frame.p, max(1, size // 2)
        at = (np.arange(2 * radius + 1) - radius) / radius
        u, v = at[None, :], at[:, None]
        z = np.sqrt(np.maximum(0, 1 - u * u - v * v))
        lon = np.arctan2(u, z + 1e-6) / 6.283 + frame.turn * 0.11
        curl = self.sample(lon, v * 0.35) - 0.5
        band = np.sin(v * (8 + 10 * p[DETAIL]) + curl * (2 + 8 * p[TURBULENCE]))[..., None]
        color = frame.colors[_MAIN] * (0.5 - 0.5 * band) + frame.colors[_ACCENT] * (0.5 + 0.5 * band)
        # The sun stands behind it to the left: more than half of what is seen is night.
        day = np.clip((-0.75 * u - 0.45 * v + 0.18 * z + 0.05) * 1.3, 0.015, 1)[..., None]
        rim = ((1 - z) ** 2.6)[..., None]
        lit = color * day * (0.5 + 0.35 * p[GLOW])
        lit += frame.colors[_LIGHT] * rim * (0.12 + 0.5 * day) * (0.4 + 0.6 * p[GLOW])
        side = 2 * size + 1
        globe = Image.fromarray(encode_light(lit)).resize((side, side), Image.Resampling.BICUBIC)
        edge = (np.arange(side) - size) / max(1, size)
        inside = edge[None, :] ** 2 + edge[:, None] ** 2 <= 1
        mask = Image.fromarray((inside * 255).astype(np.uint8)).filter(ImageFilter.BoxBlur(1))
        image.paste(globe, (self.width // 2 - size, self.height // 2 - size), mask)


class Storm(Painter):
    """Clouds over the sea, rain and lightning on the beats."""

    grade = (0.82, 7.0, 0.85)
    horizon = 0.16
    sun = (0.1, 0.06)
    exposure = 1.25

    def light_ground(self, frame: Frame, ground: FloatArray) -> FloatArray:
        """Clouds in perspective above the sea, lit from within and by lightning."""
        above = np.maximum(self.horizon - self.v, 0.0)
        reach = 0.10 / (above + 0.07)
        torn = 0.10 + 0.35 * frame.p[TURBULENCE]
        warp = self.sample(self.u * reach + frame.swirl * 0.012, reach - frame.swirl * 0.01) - 0.5
        x = self.u * reach * 1.5 + frame.turn * 0.02 + warp * torn
        body = self.sample(x, reach * 0.9 + frame.drift * 0.06 + warp * torn)
        thick = np.clip((body - 0.50 + 0.25 * frame.p[SCALE]) * 2.6, 0, 1) * np.clip(above * 9, 0, 1)
        _, mid, main, accent, light = frame.colors
        shade = mid * (0.10 + 0.25 * body)[..., None]
        for k in range(5):
            value = float(frame.p[2 * k] + frame.p[2 * k + 1]) / 2
            at = (k - 2) * (0.15 + 0.09 * frame.p[SPREAD]) + 0.05 * np.sin(frame.drift * 0.4 + 2.1 * k)
            lamp = np.exp(-(((self.u - at) * 5) ** 2) - ((self.v + 0.10) * 6) ** 2)
            lamp *= body**2 * value**2 * (0.3 + 0.9 * frame.p[GLOW])
            shade += frame.color(k / 5) * lamp[..., None]
        flash = float(np.exp(-frame.ages * 4.5).sum()) * (0.08 + 0.35 * frame.p[PULSE])
        shade += (accent * 0.4 + light * 0.6) * (flash * body**2)[..., None]
        out = ground + (shade - ground) * (thick * 0.85)[..., None]
        sea = np.clip((self.v - self.horizon) * 60, 0, 1)
        wave = self.sample(self.u * reach.max() * 1.4, self.v * 6 - frame.drift * 0.3) - 0.5
        mirror = out[::-1] * 0.35 + main * 0.02 + light * np.maximum(0, wave)[..., None] * 0.06
        return np.asarray(out + (mirror - out) * sea[..., None])

    def draw(self, frame: Frame, image: Image.Image) -> Image.Image:
        """As `Painter.draw`."""
        draw, p = ImageDraw.Draw(image), frame.p
        width, height = self.width, self.height
        sea = height * (0.5 + self.horizon)
        for age in frame.ages:
            if age > 0.5:
                continue
            # A beat has a bolt of its own: its seed is the moment of the beat.
            rng = np.random.default_rng(max(0, round((frame.time_sec - float(age)) * 50)))
            steps = np.cumsum(rng.normal(0, width * 0.018, 14))
            x = width * (0.5 + (rng.random() - 0.5) * (0.5 + 0.4 * p[SPREAD])) + steps
            bolt: Points = list(zip(x.tolist(), np.linspace(0, sea, 14).tolist(), strict=True))
            strength = float(np.exp(-age * 6.5)) * (0.6 + 1.6 * p[PULSE])
            draw.line(bolt, fill=paint(frame.colors[_LIGHT], strength), width=3)
        drops = int(60 + 260 * p[DETAIL])
        i = np.arange(drops)
        wind = (0.1 + 0.4 * p[DRIFT]) * np.sin(frame.turn * 0.4) + 0.12
        fall = (i * 0.754878 + frame.drift * 0.9 + frame.swirl * 0.7) % 1.2 - 0.1
        long = height * (0.03 + 0.05 * p[SCALE]) * (0.5 + i * 0.569840 % 1)
        left = ((i * 0.618034 + wind * fall * 0.3) % 1) * width
        gray = frame.colors[_LIGHT] * 0.5 + frame.colors[_MID]
        rain = paint(gray, 0.05 + 0.12 * p[GLOW] + 0.02 * p[WARMTH])
        for k in range(drops):
            y = float(fall[k] * height)
            draw.line((left[k], y, left[k] + wind * long[k] * 0.5, y + long[k]), fill=rain, width=1)
        return image


PAINTERS: dict[str, type[Painter]] = {
    "bars": Bars,
    "spheres": Spheres,
    "crystals": Crystals,
    "cloud": Cloud,
    "waves": Waves,
    "planet": Planet,
    "storm": Storm,
}
