"""Texts for simulated typists: sentences of common words put together by lot, and phrases; nobody wrote them."""

from __future__ import annotations

import numpy as np

_WORDS = (
    "the and for with this that from they have will about there which their would other after first could water "
    "more people before right where small great every under never while again house point world still learn plant "
    "cover between country light story always began until river carry state without second later miss idea enough "
    "eat face watch far really almost above girl sometimes mountain cut young talk soon list song leave family body "
    "music colour stand sun question fish area mark dog horse birds problem complete room knew since ever piece "
    "told usually friends easy heard order red door sure become top ship across today during short better best "
    "however low hours black products happened whole measure remember early waves reached listen wind rock space "
    "covered fast several hold himself toward five step morning passed vowel true hundred against pattern numeral "
    "table north slowly money map farm pulled draw voice seen cold cried plan notice south sing war ground fall "
    "king town unit figure certain field travel wood fire upon quick jump lazy zero exact query major "
)
WORDS = tuple(_WORDS.split())
SIGNS = "!@#$%&*-_=+.,;?/"
LETTERS, DIGITS = "abcdefghijklmnopqrstuvwxyz", "0123456789"


def sentence(rng: np.random.Generator) -> str:
    """Return five to eleven words by lot, with a capital and a full stop.

    Examples
    --------
    >>> text = sentence(np.random.default_rng(0))
    >>> text[0].isupper(), text[-1], 4 < len(text.split()) < 12
    (True, '.', True)
    """
    words = [WORDS[place] for place in rng.integers(0, len(WORDS), int(rng.integers(5, 12)))]
    return " ".join(words).capitalize() + "."


def word_phrase(rng: np.random.Generator) -> str:
    """Return common words by lot, 16 to 28 characters with the spaces between them.

    Examples
    --------
    >>> phrases = [word_phrase(np.random.default_rng(seed)) for seed in range(50)]
    >>> min(map(len, phrases)) >= 16, max(map(len, phrases)) <= 28
    (True, True)
    """
    length, text = int(rng.integers(16, 26)), ""
    while len(text) < length:
        short = [word for word in WORDS if len(text) + 1 + len(word) <= 28]
        text = f"{text} {short[int(rng.integers(0, len(short)))]}".strip()
    return text


def random_phrase(rng: np.random.Generator) -> str:
    """Return a phrase of 8 to 28 characters by lot: words, a password, or words with digits and signs; some with Enter.

    Examples
    --------
    >>> phrases = [random_phrase(np.random.default_rng(seed)) for seed in range(50)]
    >>> 8 <= min(map(len, phrases)) <= max(map(len, phrases)) <= 29, len(set(phrases))
    (True, 50)
    """
    kind = rng.integers(0, 3)
    words = [WORDS[place] for place in rng.integers(0, len(WORDS), 6)]
    length = int(rng.integers(8, 29))
    if kind == 0:
        text = " ".join(words)[:length].strip()
    elif kind == 1:
        drawn = rng.choice(list(LETTERS * 5 + LETTERS.upper() + DIGITS * 2 + SIGNS), size=int(rng.integers(8, 15)))
        text = "".join(drawn)
    else:
        digits = "".join(rng.choice(list(DIGITS), size=int(rng.integers(1, 5))))
        text = (words[0].capitalize() + str(rng.choice(list(SIGNS))) + words[1] + digits)[:28]
    text = text if len(text) >= 8 else text + "".join(words)[: 8 - len(text)]
    return text + ("\n" if rng.random() < 0.5 else "")
