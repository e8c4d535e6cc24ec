"""Legend of the scenes: the effect of each of the ten parameters in each scene, as in the shaders."""

from __future__ import annotations

from core.audioviz.sound_measures import PARAMETERS

_HUE = "main color, within the chosen palette"
_WARMTH = "color temperature, from cool to warm"

# In the order of PARAMETERS: scale, pulse, hue, warmth, turbulence, spread, detail, rotation, glow, drift.
_LEGENDS: dict[str, tuple[str, ...]] = {
    "bars": (
        "height of the bars",
        "a wave that runs back through the bars",
        _HUE,
        _WARMTH,
        "ripples across the field",
        "gaps between the bars, and viewing distance",
        "thinness and sharpness of the bars",
        "swing of the camera",
        "brightness of the tops",
        "flow of the floor, and height of the camera",
    ),
    "spheres": (
        "size of the lamp and the spheres",
        "flare of the lamp, and a zoom toward it",
        _HUE,
        _WARMTH,
        "wandering of the spheres",
        "distance between the spheres",
        "number of large spheres, and their rainbow film",
        "rotation of the swarm",
        "brightness of the lamp and the spheres",
        "rising and sinking of the spheres",
    ),
    "crystals": (
        "length of the crystals",
        "a jolt along the crystals, and light from within",
        _HUE,
        _WARMTH,
        "crookedness and trembling of the crystals",
        "distance of their roots from the center",
        "number and thinness of the long crystals, dust and glints",
        "rotation of the cluster",
        "light within and at the tips",
        "rising dust, and movement of the camera",
    ),
    "cloud": (
        "size of each family of points",
        "a wave outward from the center",
        _HUE,
        _WARMTH,
        "stirring of the points",
        "size of the whole cloud",
        "number of points, and fineness of the stirring",
        "rotation, faster toward the center",
        "brightness of the points",
        "speed at which the shape changes",
    ),
    "waves": (
        "height of the swell",
        "drops falling into the water",
        _HUE,
        _WARMTH,
        "choppiness of the water",
        "scatter of the drops and of the lights in the sky",
        "fineness of the ripples, and the stars",
        "angle between the swells, and swing of the camera",
        "glitter, and light in the crests and the sky",
        "speed of the water",
    ),
    "planet": (
        "size of the planet",
        "a wave through the rings, and lightning on the night side",
        _HUE,
        _WARMTH,
        "swirls in the cloud bands and the rings",
        "width of the rings",
        "number of cloud bands and of dust grains",
        "rotation of the planet and the rings",
        "light of the atmosphere, the day side and the rings",
        "orbit of the moons",
    ),
    "storm": (
        "thickness of the clouds",
        "lightning",
        _HUE,
        _WARMTH,
        "raggedness of the clouds and roughness of the sea",
        "distance between flashes and between lamps",
        "amount of rain, and fineness of the clouds",
        "swirl of the clouds",
        "light within the clouds and at the horizon",
        "speed of the clouds, and the wind",
    ),
}


def legend(scene: str) -> list[tuple[str, str]]:
    """The ten parameters of a scene and their effects, in order.

    Raises
    ------
    KeyError
        If there is no such scene.
    """
    return list(zip(PARAMETERS, _LEGENDS[scene], strict=True))
