"""Melting temperatures agree with Biopython's, and the noise is what it claims to be."""

import numpy as np
import pytest
from Bio.SeqUtils import MeltingTemp as Bio

from lstm_lib.data.dna import ALL_STACKS, melting_temperature, other_strand, random_oligos


def biopython(sequence, *, strands, sodium):
    """Its salt correction 5 and its table of Allawi & SantaLucia; concentrations in nmol/l and mmol/l."""
    symmetric = sequence == other_strand(sequence)
    each = strands * 1e9 if symmetric else strands * 1e9 / 2
    return Bio.Tm_NN(
        sequence, nn_table=Bio.DNA_NN3, dnac1=each, dnac2=each, selfcomp=symmetric, Na=sodium * 1e3, saltcorr=5
    )


@pytest.mark.parametrize(("strands", "sodium"), [(50e-9, 0.05), (3e-7, 1.0)])
def test_thousands_of_random_oligos_melt_where_biopython_says(strands, sodium):
    sequences = random_oligos(3000, seed=1).sequences
    assert len(set(sequences)) == 3000 and set("".join(sequences)) == set("ACGT")
    ours = [melting_temperature(s, strands=strands, sodium=sodium) for s in sequences]
    theirs = [biopython(s, strands=strands, sodium=sodium) for s in sequences]
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


@pytest.mark.parametrize("sequence", ["GAATTCGAATTC", "ATATATATATAT", "GGGGCCCC", "CG"])
def test_a_strand_that_pairs_with_itself_does_too(sequence):
    assert sequence == other_strand(sequence)
    ours = melting_temperature(sequence, strands=2e-7, sodium=0.3)
    assert ours == pytest.approx(biopython(sequence, strands=2e-7, sodium=0.3), abs=1e-9)
    one_sided = Bio.Tm_NN(sequence, dnac1=100, dnac2=100, Na=300)
    assert abs(ours - one_sided) > 0.5  # else the case would test nothing


def test_both_strands_melt_together():
    assert len(ALL_STACKS) == 16
    for sequence in random_oligos(50, seed=2).sequences:
        assert melting_temperature(other_strand(sequence)) == pytest.approx(melting_temperature(sequence), abs=1e-9)


@pytest.mark.parametrize("sequence", ["", "A", "ACGU", "acgt", "AC GT"])
def test_what_is_not_dna_is_refused(sequence):
    with pytest.raises(ValueError, match="A, C, G or T"):
        melting_temperature(sequence)


def test_the_noise_has_the_asked_size_and_the_seed_decides_everything():
    oligos = random_oligos(4000, noise_std=2.0, seed=3)
    noise = oligos.targets - oligos.clean
    assert noise.std() == pytest.approx(2.0, rel=0.05) and abs(noise.mean()) < 0.15
    assert abs(np.corrcoef(noise, oligos.clean)[0, 1]) < 0.05
    lengths = [len(s) for s in oligos.sequences]
    assert min(lengths) == 12 and max(lengths) == 40
    again, other = random_oligos(4000, noise_std=2.0, seed=3), random_oligos(4000, noise_std=2.0, seed=4)
    assert again.sequences == oligos.sequences and np.array_equal(again.targets, oligos.targets)
    assert other.sequences != oligos.sequences
    quiet = random_oligos(10, noise_std=0.0, seed=3)
    np.testing.assert_array_equal(quiet.targets, quiet.clean)
