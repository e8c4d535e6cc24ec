"""Collections of folk tunes and songs: by folder, by language, by composer where a set tells no more."""

from __future__ import annotations

from pathlib import Path

GERMAN_SONGS, FRENCH_SONGS, ART_SONGS = "german songs", "french songs", "art songs"
POLISH_SONGS, POLISH_PSALMS, HYMNS, IRISH, NOTTINGHAM = (
    "polish songs",
    "polish psalms",
    "hymns",
    "irish",
    "nottingham",
)
ERK = "germany/erk"  # the collection that the original learned from

_GERMANY = {
    "erk": ERK,
    "ballad": "germany/ballads",
    "boehme": "germany/boehme",
    "fink": "germany/fink",
    "zuccal": "germany/zuccalmaglio",
    "kinder": "germany/children",
    "altdeu1": "germany/old",
    "altdeu2": "germany/old",
}
_EUROPE = {
    "oesterrh": "austria",
    "tirol": "austria",
    "schweiz": "switzerland",
    "elsass": "alsace",
    "lothring": "lorraine",
    "nederlan": "netherlands",
    "luxembrg": "netherlands",
    "sverige": "scandinavia",
    "danmark": "scandinavia",
    "france": "france and italy",
    "italia": "france and italy",
    "polska": "eastern europe",
    "czech": "eastern europe",
    "rossiya": "eastern europe",
    "ukraina": "eastern europe",
    "magyar": "eastern europe",
    "romania": "balkans",
    "jugoslav": "balkans",
}
# OpenScore Lieder tells composers but no languages. Those who set one language almost only; all others, English ones
# among them, are art songs.
_GERMAN_COMPOSERS = (
    "Brahms", "Schubert", "Robert Schumann", "Josephine Lang", "Robert Franz", "Kinkel", "Reichardt", "Hensel",
    "Peter Cornelius", "Faisst", "Schröter", "Hugo Wolf", "Kralik", "Clara Wieck", "Beethoven", "Mendelssohn", "Paradis",
    "Webern", "Zumsteeg", "Schoenberg", "Mahler", "Greger", "Le Beau", "Emilie Mayer", "Wagner", "Faltis",
    "Richard Strauss", "Zemlinsky", "Berg, Alban", "Liszt",
)  # fmt: skip  # a table: one entry a line would fill a screen
_FRENCH_COMPOSERS = (
    "Holmès", "Chaminade", "Bizet", "Fauré", "Viardot", "Debussy", "Satie", "Lili Boulanger", "Jaëll", "Grandval",
    "Chausson", "Gounod", "Duchambge", "Puget", "Berlioz", "Chabrier", "Sophie Gail", "Paladilhe", "Bonis", "Farrenc",
    "Flégier", "Massenet", "Thys", "Gabrielle Ferrari",
)  # fmt: skip  # a table: one entry a line would fill a screen


def name_essen_collection(path: Path) -> str:
    """The collection that the folders of the Essen set name; ``"unknown"`` where they name none."""
    parts = [part.lower() for part in path.parts]
    folder = parts[-2] if len(parts) > 1 else ""
    if "deutschl" in parts or folder in _GERMANY:
        return _GERMANY.get(folder, "germany/other")
    if folder in _EUROPE or "europa" in parts:
        return _EUROPE.get(folder, "europe")
    if "china" in parts or folder in ("han", "shanxi", "natmin", "xinhua"):
        return f"china/{folder}" if folder in ("han", "shanxi") else "china"
    if "america" in parts:
        return "america"
    return "elsewhere" if "asia" in parts or "africa" in parts else "unknown"


def name_art_songs(composer: str) -> str:
    """Songs by the language that a composer set.

    Examples
    --------
    >>> name_art_songs("Franz Schubert"), name_art_songs("Lili Boulanger"), name_art_songs("Roger Quilter")
    ('german songs', 'french songs', 'art songs')
    """
    if any(name in composer for name in _GERMAN_COMPOSERS):
        return GERMAN_SONGS
    return FRENCH_SONGS if any(name in composer for name in _FRENCH_COMPOSERS) else ART_SONGS
