"""Tokens of several letters, each written as one character, for what reads a text a character at a time.

The characters are of a plane that Unicode leaves to private use, so that no text has them for anything else.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

PATTERNS = {"smiles": r"\[[^\]]+\]|Br|Cl|%[0-9]{2}"}  # what is more than one letter, and one thing
FIRST, LAST = 0x100000, 0x10FFFD
PRIVATE = f"[{chr(FIRST)}-{chr(LAST)}]"


class Tokens:
    """How texts are read before their characters get numbers: in which case, and what counts as one character.

    Parameters
    ----------
    pattern : str, optional
        Regular expression of the tokens, or the name of one of ``PATTERNS``; whatever lies between them is read a
        character at a time.
    lower_case : bool
        Whether upper and lower case are one.
    names : list of str
        Tokens that are known, in order.

    Raises
    ------
    ValueError
        If the pattern is no regular expression, or fits nothing at all.
    """

    def __init__(self, pattern: str | None = None, *, lower_case: bool = False, names: Sequence[str] = ()) -> None:
        self.pattern, self.lower_case = pattern, lower_case
        self.names = list(names)
        self._rule = None
        if pattern is not None:
            expression = PATTERNS.get(pattern, pattern)
            try:
                fits_nothing = re.compile(expression).match("")
                self._rule = re.compile(f"(?:{expression})|{PRIVATE}")
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
            if fits_nothing:
                raise ValueError(f"{pattern!r} fits the empty text, too; a token has a letter at least")
        self._places = {name: chr(FIRST + k) for k, name in enumerate(self.names)}

    @classmethod
    def learn(cls, texts: Iterable[str], pattern: str | None = None, *, lower_case: bool = False) -> Self:
        """Return the tokens that training texts have."""
        tokens = cls(pattern, lower_case=lower_case)
        found = {name for text in texts for name in tokens.split(text) if len(name) > 1 or ord(name) >= FIRST}
        return cls(pattern, lower_case=lower_case, names=sorted(found))

    def split(self, text: str) -> list[str]:
        """Cut a text into tokens and the characters between them."""
        text = text.lower() if self.lower_case else text
        if self._rule is None:
            return list(text)
        pieces, end = [], 0
        for found in self._rule.finditer(text):
            pieces += [*text[end : found.start()], found[0]]
            end = found.end()
        return [*pieces, *text[end:]]

    def encode(self, texts: Iterable[str]) -> list[str]:
        """Return texts with one character for each token; a token that is new gets one that no known one has."""
        return ["".join(map(self._character, self.split(text))) for text in texts]

    def _character(self, name):
        if self._rule is None or (len(name) == 1 and ord(name) < FIRST):
            return name
        if name not in self._places and FIRST + len(self._places) < LAST:
            self._places[name] = chr(FIRST + len(self._places))
        return self._places.get(name, chr(LAST))

    def shown(self, character: str) -> str:
        """Return the token, or the character, that a character of an encoded text stands for."""
        return next((name for name, other in self._places.items() if other == character), character)

    def as_dict(self) -> dict[str, Any]:
        """Return what :meth:`from_dict` needs, for a file."""
        return {"pattern": self.pattern, "lower_case": self.lower_case, "names": self.names}

    @classmethod
    def from_dict(cls, about: Mapping[str, Any]) -> Self:
        """Return what :meth:`as_dict` described; ValueError or TypeError if it is something else."""
        pattern, lower_case, names = about["pattern"], about["lower_case"], about["names"]
        if not isinstance(pattern, str | None) or not isinstance(lower_case, bool) or not isinstance(names, list):
            raise TypeError("tokens")
        if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
            raise TypeError("tokens")
        return cls(pattern, lower_case=lower_case, names=names)
