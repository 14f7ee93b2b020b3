"""A character model as one object: its network, its symbols, and what is known of its training; in a file, too.

Chapter ``07_char_lm``.
"""

import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Self

from lstm_lib.char_lm.model import Architecture, CharLM, whole_loss
from lstm_lib.char_lm.training import Recipe, train
from lstm_lib.char_lm.writing import sample
from lstm_lib.data.symbols import TEXT, Symbols
from lstm_lib.errors import InputError
from lstm_lib.frameworks import layouts
from lstm_lib.frameworks.torch_parts import CELLS, parameter_arrays, set_parameters, torch
from lstm_lib.storage import checkpoint, records

KIND = "lstm_lib.char_lm 1"  # what its file says it is
SHIPPED = Path(__file__).parents[1] / "weights" / "07_char_lm.safetensors"  # the course's own model
SHOWN = 60  # characters that a message lists
FORM = {  # of what a file says
    "kind": records.choice(KIND),
    "architecture": {
        **dict.fromkeys(("vocab_size", "hidden_size"), records.whole(1)),
        "layers": records.whole(1, 1000),
        "cell": records.choice(*CELLS),
        "embedding_size": records.whole(0),
        **dict.fromkeys(("dropout", "recurrent_dropout"), records.number(0, 1)),
        "tied": records.choice(False, True),
        "forget_bias": records.number(),
    },
    "seed": records.whole(0, 2**63),
    "characters": records.characters,
    "record": records.history,
}


class CharModel:
    """A character network with the symbols that it reads and writes.

    >>> from lstm_lib.char_lm import CharModel
    >>> text = CharModel.load().sample("HAMLET:")

    Parameters
    ----------
    seed : int
        Of the first weights and the dropout.
    device : torch.device or str
        Where the network computes.
    **shape
        ``hidden_size``, ``cell``, ``layers`` and whatever else :class:`Architecture` wants besides the number of
        symbols, which follows from the text that is learned.

    Attributes
    ----------
    network : CharLM or None
        After :meth:`fit` or :meth:`load`.
    symbols : lstm_lib.data.Symbols or None
        Likewise.
    record : dict
        What is known of its training; anything YAML can hold. It is saved with the model.
    """

    def __init__(self, *, seed: int = 0, device: torch.device | str = "cpu", **shape: Any) -> None:
        self.architecture = Architecture(vocab_size=0, **shape)
        self.seed, self.device = seed, device
        self.network: CharLM | None = None
        self.symbols: Symbols | None = None
        self.record: dict[str, Any] = {}

    def fit(
        self,
        text: str,
        validation: str | None = None,
        *,
        recipe: Recipe | None = None,
        epochs: int | None = None,
        budget: float | None = None,
        run: checkpoint.Run | None = None,
        name: str = "model",
        on_step: Callable[[float, float, int], None] | None = None,
    ) -> list[dict[str, float]]:
        """Learn the symbols of a text and train a new network on it; return the history.

        Parameters
        ----------
        text : str
        validation : str, optional
            Another text, scored along the way.
        recipe : Recipe, optional
            By default ``Recipe()``.
        epochs, budget, run, name, on_step
            As in :func:`lstm_lib.char_lm.train`.

        Returns
        -------
        list of dict
            From :func:`lstm_lib.char_lm.train`: ``train_loss``, ``validation_loss`` and more, some rows an epoch.

        Raises
        ------
        InputError
            If the text is too short, or no character comes twice in it.
        DivergedError
            If a loss is not finite.
        """
        recipe = recipe or Recipe()
        symbols = Symbols.learn([text], special=TEXT, least=2)
        if not symbols.names:
            raise InputError("no character comes twice in the training text; there is nothing to learn")
        architecture = replace(self.architecture, vocab_size=symbols.size)
        network = CharLM(architecture, seed=self.seed).to(self.device)
        history = train(
            network,
            symbols.encode(text),
            recipe,
            epochs=epochs,
            budget=budget,
            seed=self.seed,
            validation=None if validation is None else symbols.encode(validation),
            run=run,
            name=name,
            on_step=on_step,
        )
        self.network, self.symbols = network, symbols
        self.record = {"seed": self.seed, "recipe": asdict(recipe), "history": history}
        return history

    def sample(
        self,
        prime: str | None = None,
        length: int = 500,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        seed: int = 0,
    ) -> str:
        """Return a text that goes on from a beginning, the beginning included.

        Parameters
        ----------
        prime : str, optional
            The beginning; by default a line break, or the first symbol where the model knows no line break.
        length : int
            Characters to write after it.
        temperature, top_k
            As in :func:`lstm_lib.char_lm.draw`.
        seed : int
            Of what is drawn.

        Returns
        -------
        str

        Raises
        ------
        InputError
            If the beginning is empty, or holds a character that the model does not know.
        """
        self._require_network()
        known = self.symbols.names
        if prime is None:
            prime = "\n" if "\n" in known else known[0]
        if not prime:
            raise InputError("the beginning is empty: name at least one character to go on from")
        strange = "".join(sorted(set(prime) - set(known)))
        if strange:
            raise InputError(f"the model does not know {_listed(strange)}; it knows {_listed(''.join(known))}")
        options = {"temperature": temperature, "top_k": top_k, "seed": seed}
        (written,) = sample(self.network, self.symbols.encode(prime), length, **options)
        return prime + self.symbols.decode(written)

    def score(self, text: str) -> float:
        """Return the loss on a text, read as it stands with the state carried through, in nats per character.

        Parameters
        ----------
        text : str
            The first character is not scored: each is predicted from those before.

        Raises
        ------
        InputError
            If the text has fewer than two characters.
        """
        self._require_network()
        if len(text) < 2:
            raise InputError(f"{len(text)} characters are too few to score: each is predicted from those before")
        return whole_loss(self.network, self.symbols.encode(text))

    def save(self, path: str | os.PathLike) -> None:
        """Write the model with its symbols and its record to one ``.safetensors`` file, whole or not at all."""
        self._require_network()
        about = {"kind": KIND, "architecture": asdict(self.network.architecture), "seed": self.seed}
        about |= {"characters": "".join(self.symbols.names), "record": self.record}
        checkpoint.save(path, parameter_arrays(self.network), about)

    @classmethod
    def load(cls, path: str | os.PathLike | None = None, *, device: torch.device | str = "cpu") -> Self:
        """Read what :meth:`save` wrote.

        Parameters
        ----------
        path : str or Path, optional
            By default the course's own model, which has read seven plays of Shakespeare.
        device : torch.device or str

        Returns
        -------
        CharModel

        Raises
        ------
        InputError
            If the file is missing, cut short, or holds something else.
        """
        path = SHIPPED if path is None else path
        arrays, about = checkpoint.load(path, expect=_shapes_of(path), types=("F32",))
        model = cls(seed=about["seed"], device=device)
        model.architecture = Architecture(**about["architecture"])
        model.symbols, model.record = Symbols(tuple(about["characters"]), TEXT), dict(about["record"])
        model.network = CharLM(model.architecture, seed=0)
        set_parameters(model.network, arrays)
        model.network.to(device)
        return model

    def _require_network(self):
        if self.network is None:
            raise ValueError("this model has learned nothing yet: call fit, or CharModel.load")


def _shapes_of(path):
    """Return a function of what a file says that returns the shapes of its weights, before memory is taken for them."""

    def expected(about):
        if about.get("kind") != KIND:
            kind = f"{about.get('kind')!r:.{SHOWN}}"
            raise InputError(f"{path}: not a character model of this version; its kind is {kind}, not {KIND!r}")
        records.require(about, FORM)
        a = about["architecture"]
        V, E, H = a["vocab_size"], a["embedding_size"], a["hidden_size"]
        if len(about["characters"]) + len(TEXT) != V:
            raise ValueError(f"{len(about['characters'])} characters are not those of a vocab_size of {V}")
        if a["tied"] and not E:
            raise ValueError("tied weights need an embedding")
        shapes = {"embedding.weight": (V, E)} if E else {}
        shapes |= layouts.torch_shapes("recurrent", a["cell"], E or V, H, layers=a["layers"])
        if a["tied"]:
            return shapes | layouts.linear_shapes("project", H, E) | {"bias": (V,)}
        return shapes | layouts.linear_shapes("output", H, V)

    return expected


def _listed(characters):
    more = len(characters) - SHOWN
    return repr(characters[:SHOWN]) + (f" and {more:,} more" if more > 0 else "")
