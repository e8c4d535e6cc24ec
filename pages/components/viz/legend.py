"""Legend of the scenes: what each of the ten parameters does in each, as the shaders in scenes/ draw it."""

from __future__ import annotations

from core.audioviz.sound_measures import PARAMETERS

_HUE = "the main color, along the chosen colors"
_WARMTH = "how warm the colors are"

# In the order of PARAMETERS: scale, pulse, hue, warmth, turbulence, spread, detail, rotation, glow, drift.
_LEGENDS: dict[str, tuple[str, ...]] = {
    "bars": (
        "how high the bars stand",
        "a wave that runs back through them",
        _HUE,
        _WARMTH,
        "ripples over the field",
        "gaps between the bars, and how far one sees",
        "how thin and how sharp-edged they are",
        "how fast the view swings",
        "how bright the tops are",
        "how fast the floor flows, and the view's height",
    ),
    "spheres": (
        "how large the lamp and the spheres are",
        "the lamp flares and the view comes nearer",
        _HUE,
        _WARMTH,
        "how far the spheres wander",
        "how far apart they are",
        "how many are large, and their rainbow film",
        "how fast the swarm turns",
        "how bright the lamp and the spheres shine",
        "how far and fast they rise and sink",
    ),
    "crystals": (
        "how long the crystals grow",
        "a jolt along them, and light from within",
        _HUE,
        _WARMTH,
        "how crooked they are, and their trembling",
        "how far their roots are from the middle",
        "how many grow long and how thin they are, dust and glints",
        "how fast the druse turns",
        "light within and at the tips",
        "how fast the dust rises and the view moves",
    ),
    "cloud": (
        "how far each family of points swells",
        "a wave from the middle outwards",
        _HUE,
        _WARMTH,
        "how much the points are stirred",
        "the size of the whole",
        "how many points, and how fine the stirring",
        "how fast it turns, more in the middle",
        "how bright the points are",
        "how fast its shape changes",
    ),
    "waves": (
        "how high the swell is",
        "drops that fall into the water",
        _HUE,
        _WARMTH,
        "how choppy the water is",
        "how wide the lights in the sky and the drops are scattered",
        "how fine the ripples are, and the stars",
        "how the swells cross, and the view's swing",
        "glitter, light in the crests and in the sky",
        "how fast the water moves",
    ),
    "planet": (
        "how large the planet is",
        "a wave through the rings, and lightning on the night side",
        _HUE,
        _WARMTH,
        "how stirred the bands and the rings are",
        "how wide the rings are",
        "how many bands and grains of dust",
        "how fast planet and rings turn",
        "the light of the air, the day side and the rings",
        "how fast the moons go round",
    ),
    "storm": (
        "how thick the clouds are",
        "lightning",
        _HUE,
        _WARMTH,
        "how torn the clouds and how rough the sea",
        "how far apart lightning and lamps are",
        "how much rain, how fine the clouds",
        "how wound up the clouds are",
        "light within the clouds and at the horizon",
        "how fast the clouds move, and the wind",
    ),
}


def legend(scene: str) -> list[tuple[str, str]]:
    """The ten parameters of a scene and what each does, in their order.

    Raises
    ------
    KeyError
        If there is no such scene.
    """
    return list(zip(PARAMETERS, _LEGENDS[scene], strict=True))
