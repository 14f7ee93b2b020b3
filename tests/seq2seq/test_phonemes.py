"""The key of the phonemes: each example has its sound, by the dictionary itself."""

from lstm_lib.data import cmudict
from lstm_lib.seq2seq import SOUNDS, sounds_of


def test_every_phoneme_of_the_dictionary_has_a_word_that_is_said_with_it():
    lexicon = cmudict()
    said = {}
    for part in (lexicon.train, lexicon.validation, lexicon.test):
        for word, texts in part.references().items():
            said[word] = texts
    assert {name for texts in said.values() for text in texts for name in text.split()} == SOUNDS.keys()
    wrong = {n: (word, said[word]) for n, word in SOUNDS.items() if not all(n in t.split() for t in said[word])}
    assert wrong == {}
    assert len(set(SOUNDS.values())) == len(SOUNDS)


def test_a_key_leaves_stress_out_and_is_empty_for_other_symbols():
    assert sounds_of(["OW1", "F", "OW0", "N"]) == {"F": "fan", "N": "net", "OW": "boat"}
    assert sounds_of(["F", "chat"]) == {} and sounds_of([]) == {}
