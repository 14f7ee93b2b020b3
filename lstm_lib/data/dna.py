"""Melting temperatures of DNA, computed from published constants: sequences with a target whose noise is known.

Two strands of DNA hold together by pairs A–T and C–G. The **melting temperature** is the one at
which half of them have come apart. To a good approximation it depends only on which *neighbouring*
pairs follow each other, since most of the energy lies in their stacking. Here it is the value of
that model, not of an experiment.
"""

from dataclasses import dataclass

import numpy as np

# Enthalpy (kcal/mol) and entropy (cal/(mol K)) of each stack at 1 mol/l of sodium, read 5' to 3' on one
# strand; the other strand of AA reads TT, so ten entries give all sixteen.
# Allawi & SantaLucia (1997); the unified table of SantaLucia (1998).
STACKS = {
    "AA": (-7.9, -22.2),
    "AT": (-7.2, -20.4),
    "TA": (-7.2, -21.3),
    "CA": (-8.5, -22.7),
    "GT": (-8.4, -22.4),
    "CT": (-7.8, -21.0),
    "GA": (-8.2, -22.2),
    "CG": (-10.6, -27.2),
    "GC": (-9.8, -24.4),
    "GG": (-8.0, -19.9),
}
END = {"A": (2.3, 4.1), "T": (2.3, 4.1), "C": (0.1, -2.8), "G": (0.1, -2.8)}  # for each end of the duplex
SYMMETRY = -1.4  # entropy of a strand that pairs with a copy of itself
GAS_CONSTANT = 1.987  # cal/(mol K)
COMPLEMENT = str.maketrans("ACGT", "TGCA")


def other_strand(sequence: str) -> str:
    """Return the strand that pairs with ``sequence``, read 5' to 3' as well."""
    return sequence.translate(COMPLEMENT)[::-1]


ALL_STACKS = STACKS | {other_strand(pair): energies for pair, energies in STACKS.items()}


def melting_temperature(sequence: str, *, strands: float = 50e-9, sodium: float = 0.05) -> float:
    """Compute the temperature at which half of a DNA duplex has come apart.

    Chapter ``06_tuning``, equation (melting).

    Parameters
    ----------
    sequence : str
        Two or more letters A, C, G, T, read 5' to 3'.
    strands : float
        Concentration of both strands together, mol/l.
    sodium : float
        Concentration of sodium ions, mol/l.

    Returns
    -------
    float
        Degrees Celsius.

    Raises
    ------
    ValueError
        If the sequence is too short or has another letter.

    References
    ----------
    SantaLucia (1998), doi:10.1073/pnas.95.4.1460; Allawi & SantaLucia (1997), doi:10.1021/bi962590c.
    """
    if len(sequence) < 2 or set(sequence) - set("ACGT"):
        raise ValueError(f"a DNA sequence has two or more letters, all of them A, C, G or T, unlike {sequence[:40]!r}")
    pairs = [sequence[k : k + 2] for k in range(len(sequence) - 1)]
    terms = [ALL_STACKS[pair] for pair in pairs] + [END[sequence[0]], END[sequence[-1]]]
    enthalpy, entropy = (sum(column) for column in zip(*terms, strict=True))
    entropy += 0.368 * len(pairs) * np.log(sodium)
    symmetric = sequence == other_strand(sequence)
    entropy += SYMMETRY if symmetric else 0.0
    effective = strands if symmetric else strands / 4
    return 1000 * enthalpy / (entropy + GAS_CONSTANT * np.log(effective)) - 273.15  # eq: melting


@dataclass(frozen=True)
class Oligos:
    """Short DNA sequences and their melting temperatures.

    Attributes
    ----------
    sequences : list of str
    targets : numpy.ndarray
        Shape (N,), degrees Celsius: ``clean`` and noise.
    clean : numpy.ndarray
        Shape (N,): what :func:`melting_temperature` says.
    """

    sequences: list[str]
    targets: np.ndarray
    clean: np.ndarray


def random_oligos(n: int, *, noise_std: float = 1.0, seed: int) -> Oligos:
    """Draw random DNA sequences and measure their melting temperatures with a noisy thermometer.

    Chapter ``06_tuning``. Each sequence has 12 to 40 letters and its own share of G and C, uniform
    from 0.3 to 0.7. The noise is Gaussian, so that no rule has an expected squared error below
    ``noise_std`` squared.

    Parameters
    ----------
    n : int
    noise_std : float
        Degrees Celsius.
    seed : int

    Returns
    -------
    Oligos
    """
    rng = np.random.default_rng(seed)
    sequences = []
    for length, strong in zip(rng.integers(12, 41, size=n), rng.uniform(0.3, 0.7, size=n), strict=True):
        weak, letters = (1 - strong) / 2, np.array(list("ACGT"))
        sequences.append("".join(rng.choice(letters, size=length, p=[weak, strong / 2, strong / 2, weak])))
    clean = np.array([melting_temperature(s) for s in sequences])
    return Oligos(sequences, clean + rng.normal(0, noise_std, size=n), clean)
