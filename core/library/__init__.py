"""Library: sonify, compose, extend and visualize by one call each from Python; the results show themselves in a notebook.

Whoever calls it has a process of their own: decoded samples of a SoundFont are kept, of which a server's workers hold little.
"""

from core.limits import MEGABYTE
from core.synth.sf2.samples import CACHE

CACHE.allow(128 * MEGABYTE)
