"""A translator as one object: networks, symbols, the search, and what is known of their training; in a file, too.

Chapter ``08_seq2seq``. Each method is a few calls of what the chapters teach: :func:`~lstm_lib.seq2seq.train`,
:func:`~lstm_lib.seq2seq.write`, :class:`~lstm_lib.seq2seq.Scorer`.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, Self

import numpy as np

from lstm_lib.data.lexicons import FORMS, NFC, Pairs, as_pairs
from lstm_lib.data.symbols import Symbols, separator_of
from lstm_lib.errors import InputError
from lstm_lib.frameworks.torch_parts import CELLS, device_of, parameter_arrays, set_parameters, torch
from lstm_lib.seq2seq.ensemble import Ensemble, train_in_turn
from lstm_lib.seq2seq.files import KIND, read_file
from lstm_lib.seq2seq.model import ATTENTIONS, Architecture, Seq2Seq
from lstm_lib.seq2seq.scoring import Scorer, accuracies, sample_sources
from lstm_lib.seq2seq.training import Recipe
from lstm_lib.seq2seq.writing import as_read, write
from lstm_lib.storage import checkpoint

SomePairs = Pairs | Sequence[tuple[str, str]]


class Translator:
    """Learn to turn texts into texts, and do it.

    Parameters
    ----------
    models : int
        Networks that are trained one after the other and write together.
    separators : tuple
        What stands between the symbols of the sources, and of the targets: ``""`` between characters, ``" "`` between
        tokens; None: spaces where nine in ten of the training texts have one.
    beam_width : int
        Prefixes that a search keeps; 1 is greedy.
    length_penalty : float
        A search divides log-probabilities by length to this power. Without attention about 2.5 is better.
    form : {"NFC", "NFD"}, optional
        Of Unicode, for all texts: é may be one character or, in NFD, two. None: texts stay as they are.
    seed : int
        Of the first weights, the order of the pairs and the dropout of the first network; the next has the next number.
    device : torch.device or str
        Where the networks are trained.
    **shape
        Fields of :class:`~lstm_lib.seq2seq.Architecture`, ``cell`` and so on, but for the numbers of symbols.

    Attributes
    ----------
    network : Seq2Seq or Ensemble
        None before training, as are the symbols.
    source_symbols, target_symbols : lstm_lib.data.Symbols
    record : dict
        What is known of the training: ``data``, ``settings``, ``device`` and ``history``.

    Examples
    --------
    >>> Translator.load().translate(["phoneme", "knight"])
    ['F OW N IY M', 'N AY T']
    """

    def __init__(
        self,
        *,
        models: int = 1,
        separators: tuple[str | None, str | None] = (None, None),
        beam_width: int = 5,
        length_penalty: float = 0.5,
        form: str | None = NFC,
        seed: int = 0,
        device: torch.device | str = "cpu",
        **shape: Any,
    ) -> None:
        wanted = Architecture(0, 0, **shape)
        for value, allowed in ((wanted.cell, CELLS), (wanted.attention, ATTENTIONS), (form, (*FORMS, None))):
            if value not in allowed:
                raise InputError(f"there is no {value!r} among {', '.join(map(str, allowed))}")
        self.shape, self.models, self.separators, self.seed = shape, models, separators, seed
        self.beam_width, self.length_penalty, self.form, self.device = beam_width, length_penalty, form, device
        self.network: Seq2Seq | Ensemble | None = None
        self.source_symbols: Symbols | None = None
        self.target_symbols: Symbols | None = None
        self.record: dict[str, Any] = {}

    @classmethod
    def from_parts(
        cls,
        network: Seq2Seq | Ensemble,
        source_symbols: Symbols,
        target_symbols: Symbols,
        *,
        beam_width: int = 5,
        length_penalty: float = 0.5,
        form: str | None = None,
        record: dict[str, Any] | None = None,
    ) -> Self:
        """Return a translator made of a network that was trained already, in a form of Unicode, and of its symbols."""
        made = cls(
            models=len(network.models) if isinstance(network, Ensemble) else 1,
            separators=(source_symbols.separator, target_symbols.separator),
            beam_width=beam_width,
            length_penalty=length_penalty,
            form=form,
            device=device_of(network),
            **network.architecture.shape,
        )
        made.network, made.source_symbols, made.target_symbols = network, source_symbols, target_symbols
        made.record = record or {}
        return made

    @classmethod
    def load(cls, path: str | os.PathLike | None = None, *, device: torch.device | str = "cpu") -> Self:
        """Return what :meth:`save` wrote.

        Parameters
        ----------
        path : str or Path, optional
            A file, or the folder of a run that holds it; left out: the course's own model of English words.
        device : torch.device or str

        Raises
        ------
        InputError
            If the file is missing, cut short, or holds something else.
        """
        arrays, about = read_file(path)
        sides = about["source"], about["target"]
        symbols = [Symbols(tuple(side["names"]), separator=side["separator"]) for side in sides]
        models = [Seq2Seq(Architecture(**about["architecture"]), seed=0) for _ in range(about["models"])]
        network = Ensemble(models) if len(models) > 1 else models[0]
        set_parameters(network, arrays)
        made = cls.from_parts(
            network.eval().to(device), *symbols, **about["search"], form=about["form"], record=about["record"]
        )
        made.seed = about["seed"]
        return made

    def save(self, path: str | os.PathLike) -> None:
        """Write everything in one safetensors file.

        Weights are stored in 16 bits each, and set to what is stored: what is scored is what a reader will load.
        """
        self._require_network()
        arrays = {name: array.astype(np.float16) for name, array in parameter_arrays(self.network).items()}
        set_parameters(self.network, arrays)
        sides = {"source": self.source_symbols, "target": self.target_symbols}
        about = {
            "kind": KIND,
            "architecture": asdict(self.network.architecture),
            "models": self.models,
            "seed": self.seed,
            "form": self.form,
            **{side: {"names": list(s.names), "separator": s.separator} for side, s in sides.items()},
            "search": {"beam_width": self.beam_width, "length_penalty": self.length_penalty},
            "record": self.record,
        }
        checkpoint.save(path, arrays, about)

    def fit(
        self,
        pairs: SomePairs,
        validation: SomePairs | None = None,
        *,
        epochs: int | None = None,
        budget: float | None = None,
        recipe: Recipe | None = None,
        sample: int = 2000,
        run: checkpoint.Run | None = None,
        **hooks: Callable[..., None],
    ) -> list[dict[str, Any]]:
        """Learn the symbols of some pairs, and train new networks on them.

        Parameters
        ----------
        pairs : lstm_lib.data.Pairs or list of (str, str)
            Sources with their targets.
        validation : lstm_lib.data.Pairs or list of (str, str), optional
            Other pairs, to measure on after each epoch.
        epochs, budget : int or float, optional
            Passes over the pairs; or seconds, of the CPU or, on a GPU, of the clock, which several networks share.
        recipe : Recipe, optional
        sample : int
            About how many training sources are measured with ``validation``.
        run : lstm_lib.storage.checkpoint.Run, optional
            Where to save the state, and from where to resume.
        **hooks
            ``on_start``, ``on_epoch`` and ``on_step`` of :func:`~lstm_lib.seq2seq.train_in_turn`.

        Returns
        -------
        list of dict
            The rows of :func:`~lstm_lib.seq2seq.train`, each with the number of its ``model``; with ``validation``
            also what :func:`~lstm_lib.seq2seq.accuracies` returns.

        Raises
        ------
        InputError
            If there are no pairs, one has an empty text, or ``run`` holds another model.
        DivergedError
            If a loss is not finite.
        """
        pairs, recipe = as_pairs(pairs).in_form(self.form), recipe or Recipe()
        self.source_symbols, self.target_symbols = symbols = [
            Symbols.learn(texts, separator=separator_of(texts) if separator is None else separator)
            for texts, separator in zip((pairs.sources, pairs.targets), self.separators, strict=True)
        ]
        architecture = Architecture(*(side.size for side in symbols), **self.shape)
        members = [Seq2Seq(architecture, seed=self.seed + k).to(self.device) for k in range(self.models)]
        self.network = Ensemble(members) if self.models > 1 else members[0]
        parts = [] if validation is None else [sample_sources(pairs, sample), as_pairs(validation).in_form(self.form)]
        scorers = [Scorer(part, *symbols) for part in parts]
        history = train_in_turn(
            members,
            symbols[0].encode_rows(pairs.sources),
            symbols[1].encode_rows(pairs.targets, end=True),
            recipe,
            epochs=epochs,
            budget=budget,
            seed=self.seed,
            measure=(lambda model: accuracies(model, *scorers)) if scorers else None,
            run=run,
            **hooks,
        )
        settings = {"epochs": epochs, "budget": budget, "models": self.models, "seed": self.seed}
        settings |= self.network.architecture.shape | asdict(recipe)
        self.record = {"data": pairs.name, "settings": settings, "device": str(self.device), "history": history}
        if self.models > 1 and scorers:
            self.record["together"] = accuracies(self.network, *scorers)
        return history

    def translate(
        self,
        texts: Sequence[str],
        *,
        beam_width: int | None = None,
        length_penalty: float | None = None,
        n_best: int = 1,
        strict: bool = True,
    ) -> list[str] | list[list[tuple[str, float]]]:
        """Write the likeliest outputs for some texts.

        Parameters
        ----------
        texts : list of str
        beam_width, length_penalty : optional
            Of the search; left out: the translator's own.
        n_best : int
        strict : bool
            Whether a text with unknown symbols is refused. If not, they are read as the one symbol that stands for all
            such, and texts in small letters where the model knows no others.

        Returns
        -------
        list of str
            One output for each text. With ``n_best`` above 1: for each a list of ``(text, score)``, the best first.

        Raises
        ------
        InputError
            If a text has no symbol that the training had, or is empty, or, if ``strict``, has one that it had not.
        """
        self._require_network()
        texts = as_read(texts, self.source_symbols, self.form, strict=strict)
        search = self.search(beam_width, length_penalty, n_best)
        written = write(self.network, self.source_symbols.encode_rows(texts), n_best=n_best, **search)
        outputs = [[(self.target_symbols.decode(tokens), score) for tokens, score in best] for best in written]
        return outputs if n_best > 1 else [best[0][0] for best in outputs]

    def score(self, pairs: SomePairs, *, beam_width: int | None = None, length_penalty: float | None = None) -> dict:
        """Score what is written for some pairs, greedily and with a beam.

        Parameters
        ----------
        pairs : lstm_lib.data.Pairs or list of (str, str)
        beam_width, length_penalty : optional
            As in :meth:`translate`.

        Returns
        -------
        dict
            As :meth:`lstm_lib.seq2seq.Scorer.scores` returns it.
        """
        self._require_network()
        scorer = Scorer(as_pairs(pairs).in_form(self.form), self.source_symbols, self.target_symbols)
        return scorer.scores(self.network, **self.search(beam_width, length_penalty))

    def search(self, beam_width: int | None = None, length_penalty: float | None = None, n_best: int = 1) -> dict:
        """Return how to search, for :func:`~lstm_lib.seq2seq.write`; what is None is the translator's own."""
        return {
            "beam_width": max(self.beam_width, n_best) if beam_width is None else beam_width,
            "length_penalty": self.length_penalty if length_penalty is None else length_penalty,
        }

    def _require_network(self):
        if self.network is None:
            raise ValueError("this translator has learned nothing yet: call fit, or Translator.load")
