"""Video files: frames and a sound become MP4 or WebM, in time with each other."""

from core.video.film_writer import CONTAINERS, MEDIA_TYPES, Container, FilmWriter, choose_bit_rate
from core.video.planes import split_planes, to_planes

__all__ = [
    "CONTAINERS",
    "MEDIA_TYPES",
    "Container",
    "FilmWriter",
    "choose_bit_rate",
    "split_planes",
    "to_planes",
]
