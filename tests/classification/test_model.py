"""The classifier learns, masks, normalises on its training part, and its rivals see no order."""

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from lstm_lib import classification as cl
from lstm_lib.classification.model import KIND
from lstm_lib.data.tasks import temporal_order
from lstm_lib.errors import DivergedError, InputError
from lstm_lib.frameworks.keras_setup import keras, load_model, save_model
from lstm_lib.frameworks.layouts import from_keras

N, T, D = 6, 5, 3


def ragged(seed=0, n=N):
    rng = np.random.default_rng(seed)
    return rng.normal(3, 2, size=(n, T, D)), rng.integers(0, 2, size=n), rng.integers(1, T + 1, size=n)


@pytest.fixture(scope="module")
def trained():
    """A small LSTM that knows the order of two symbols in 20 steps."""
    rng = np.random.default_rng(0)
    train, validation = (temporal_order(rng, n, 20, classes=2) for n in (600, 100))
    classifier = cl.SequenceClassifier(hidden_size=12, seed=1)
    history = classifier.fit(*train, validation=validation, classes=["X", "Y"], epochs=12, learning_rate=0.02)
    return classifier, history, temporal_order(rng, 300, 20, classes=2)


def test_it_learns_an_order_and_its_rival_does_not(trained):
    classifier, history, (xs, ys, lengths) = trained
    assert cl.score(classifier.predict_probabilities(xs, lengths), ys)["accuracy"] > 0.98
    assert [row["epoch"] for row in history] == list(range(1, len(history) + 1))
    kept = history[classifier.record["kept_epoch"] - 1]
    assert kept["validation_loss"] == min(row["validation_loss"] for row in history) < 0.3 < history[0]["train_loss"]
    assert kept["validation_accuracy"] > 0.98 and 0.4 < history[0]["train_accuracy"] < 0.9
    rng = np.random.default_rng(5)
    fit, choose, test = (temporal_order(rng, n, 20, classes=2) for n in (600, 100, 1000))
    features = [cl.order_free_features(part[0], part[2]) for part in (fit, choose, test)]
    rival = cl.logistic_baseline(features[0], fit[1], (features[1], choose[1]), features[2])
    assert abs(cl.score(rival, test[1])["accuracy"] - 0.5) < 0.06
    shuffled = cl.shuffle_time(rng, xs, lengths)
    assert abs(cl.score(classifier.predict_probabilities(shuffled, lengths), ys)["accuracy"] - 0.5) < 0.1


def test_it_answers_with_the_name_of_the_likeliest_class(trained):
    classifier, _, (xs, ys, lengths) = trained
    answers = classifier.predict(xs, lengths)
    assert answers.shape == (300,) and set(answers) == {"X", "Y"}
    assert np.mean(answers == np.array(["X", "Y"])[ys]) > 0.98
    likeliest = classifier.predict_probabilities(xs, lengths).argmax(axis=1)
    np.testing.assert_array_equal(answers, np.array(["X", "Y"])[likeliest])


def test_names_of_classes_are_learned_as_their_numbers_are():
    xs, ys, lengths = ragged(n=40)
    names = np.array(["west", "east"])
    found = []
    for answers, classes in ((ys, None), (1 - ys, ["east", "west"]), (names[ys], None), (names[ys].tolist(), None)):
        classifier = cl.SequenceClassifier(hidden_size=3, seed=2)
        classifier.fit(xs, answers, lengths, validation=(xs, answers, lengths), classes=classes, epochs=2)
        found.append(classifier)
    number, named, array, of_list = found
    assert number.classes == [0, 1] and number.predict(xs).dtype.kind == "i"
    assert named.classes == array.classes == of_list.classes == ["east", "west"]  # sorted
    expected = named.predict_probabilities(xs, lengths)
    for classifier in (array, of_list):
        np.testing.assert_array_equal(classifier.predict_probabilities(xs, lengths), expected)
    with pytest.raises(ValueError, match="class 'north' is none of 'east', 'west'"):
        array.fit(xs, names[ys], lengths, validation=(xs, ["north"] * 40, lengths), epochs=1)


def test_what_cannot_be_read_is_named_before_keras_sees_it(trained):
    with pytest.raises(ValueError, match=r"xs must have shape \(N, T, 8\), got \(5, 8\)"):
        trained[0].predict(np.zeros((5, 8)))
    with pytest.raises(ValueError, match="has learned nothing yet; fit it, or load one"):
        cl.SequenceClassifier().predict(np.zeros((1, 5, 8)))


def test_padding_changes_no_prediction_whatever_stands_in_it(trained):
    classifier, _, (xs, _, lengths) = trained
    padded = np.full((len(xs), xs.shape[1] + 7, 8), np.nan)
    padded[:, : xs.shape[1]] = np.where(cl.inside(xs, lengths)[:, :, None], xs, 123.0)
    p = classifier.predict_probabilities(xs, lengths)
    np.testing.assert_array_equal(classifier.predict_probabilities(padded, lengths), p)
    alone = classifier.predict_probabilities(xs[:1, : lengths[0]])
    np.testing.assert_allclose(alone, p[:1], atol=1e-6)


def test_hidden_states_end_in_what_the_head_reads(trained):
    classifier, _, (xs, _, lengths) = trained
    hs = classifier.hidden_states(xs, lengths)
    assert hs.shape == (len(xs), xs.shape[1], 12)
    W, b = classifier.model.layers[3].get_weights()
    p = 1 / (1 + np.exp(-(hs[np.arange(len(xs)), lengths - 1] @ W + b)))
    np.testing.assert_allclose(p[:, 0], classifier.predict_probabilities(xs, lengths)[:, 1], atol=1e-5)
    np.testing.assert_array_equal(hs[:, -1], hs[np.arange(len(xs)), lengths - 1])


def test_a_saved_classifier_answers_the_same_anywhere(trained, tmp_path):
    classifier, _, (xs, _, lengths) = trained
    classifier.save(tmp_path / "m.keras")
    loaded = cl.SequenceClassifier.load(tmp_path / "m.keras")
    p = classifier.predict_probabilities(xs, lengths)
    np.testing.assert_array_equal(loaded.predict_probabilities(xs, lengths), p)
    np.testing.assert_array_equal(loaded.predict(xs, lengths), classifier.predict(xs, lengths))
    assert loaded.classes == ["X", "Y"] and loaded.features is None and loaded.hidden_size == 12
    assert loaded.record == classifier.record
    kept = trained[1][loaded.record["kept_epoch"] - 1]
    assert loaded.record.items() >= {"epochs": 12, "learning_rate": 0.02, "epochs_run": len(trained[1])}.items()
    assert loaded.record["validation_loss"] == kept["validation_loss"]
    save_model(tmp_path / "o.keras", classifier.model, {"kind": "another"})
    with pytest.raises(InputError, match=r"its kind is 'another', not 'lstm_lib\.classification 3'"):
        cl.SequenceClassifier.load(tmp_path / "o.keras")


WRONG = [
    {"start": "evil"},
    {"classes": ...},
    {"classes": 3},
    {"classes": ["X", "X"]},
    {"classes": ["X", "Y", "Z"]},
    {"classes": ["X", 1]},
    {"features": ["one of eight"]},
    {"record": "long ago"},
    {"hidden_size": ...},
]


@pytest.mark.parametrize("changes", WRONG)
def test_a_file_that_says_too_little_or_nonsense_about_its_network_is_refused(trained, tmp_path, changes):
    trained[0].save(tmp_path / "m.keras")
    model, about = load_model(tmp_path / "m.keras", KIND)
    about = {name: value for name, value in (about | changes).items() if value is not ...}
    save_model(tmp_path / "m.keras", model, about)
    with pytest.raises(InputError, match=r"m\.keras: what it says about its network is incomplete or wrong"):
        cl.SequenceClassifier.load(tmp_path / "m.keras")


@pytest.mark.parametrize(("classes", "parameters"), [(2, 128 + 1), (3, 3 * 128 + 3)])
def test_the_network_has_the_heads_and_sizes_of_the_chapter(classes, parameters):
    model = cl.build(1, classes)
    assert model.layers[2].count_params() == 66_560 and model.layers[3].count_params() == parameters
    p = model.predict(np.zeros((2, 4, 1)), verbose=0)
    assert p.shape == ((2, 1) if classes == 2 else (2, 3))
    if classes == 3:
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)


def test_more_than_two_classes_are_told_apart():
    rng = np.random.default_rng(3)
    ys = np.repeat([0, 1, 2], 40)
    xs = rng.normal(ys[:, None, None], 0.3, size=(120, T, D))
    classifier = cl.SequenceClassifier(cell="gru", hidden_size=5)
    classifier.fit(xs, ys, validation=(xs, ys), epochs=20, learning_rate=0.03)
    p = classifier.predict_probabilities(xs)
    assert p.shape == (120, 3) and cl.score(p, ys)["accuracy"] > 0.95
    assert np.trace(cl.confusion(p, ys)) == np.sum(p.argmax(axis=1) == ys)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_chrono_biases_keep_the_state_and_forget_bias_1_is_kerass_own(cell):
    def bias(layer):
        return from_keras(cell, layer.get_weights())[2]

    rng, keep = np.random.default_rng(0), slice(64, 128)  # f of i f g o, z of r z n
    chrono = bias(cl.build(D, 2, cell=cell, hidden_size=64, longest=100, rng=rng).layers[2])
    plain = bias(cl.build(D, 2, cell=cell, hidden_size=64).layers[2])
    assert chrono[keep].min() > 0 and 4 < chrono[keep].max() < np.log(99)
    assert (plain[keep] == (cell == "lstm")).all()
    np.testing.assert_array_equal(chrono[:64], -chrono[keep] if cell == "lstm" else 0)
    np.testing.assert_array_equal(chrono[128:], 0)
    # With no input and no recurrence, a unit keeps the share of its state that its bias says.
    layer = cl.build(D, 2, cell=cell, hidden_size=64, longest=100, rng=rng).layers[2]
    kernel, recurrent, biases = layer.get_weights()
    layer.set_weights([0 * kernel, 0 * recurrent, biases])
    state = [np.ones((1, 64), np.float32)] * (2 if cell == "lstm" else 1)
    _, after = layer.cell(np.zeros((1, D), np.float32), state)
    gate = 1 / (1 + np.exp(-bias(layer)[keep]))
    np.testing.assert_allclose(np.array(after[-1])[0], gate, rtol=1e-5)


def test_normalisation_is_that_of_the_steps_inside_the_training_part():
    xs, ys, lengths = ragged()
    xs[:, :, 1] = 7.0
    mean, variance = cl.feature_moments(xs, lengths)
    steps = np.concatenate([x[:n] for x, n in zip(xs, lengths, strict=True)])
    np.testing.assert_allclose(mean, steps.mean(axis=0))
    np.testing.assert_allclose(variance, [steps[:, 0].var(), 1, steps[:, 2].var()])
    classifier = cl.SequenceClassifier(hidden_size=2)
    other = ragged(1)
    classifier.fit(xs, ys, lengths, validation=(other[0] + 100, other[1], other[2]), epochs=1)
    np.testing.assert_allclose(np.ravel(classifier.model.layers[1].mean), mean, rtol=1e-6)


def test_order_free_features_are_the_statistics_of_each_sequence():
    xs, _, lengths = ragged()
    found = cl.order_free_features(np.where(cl.inside(xs, lengths)[:, :, None], xs, np.nan), lengths)
    for row, x, n in zip(found, xs, lengths, strict=True):
        x = x[:n]
        np.testing.assert_allclose(row, [*x.mean(0), *x.std(0), *x.min(0), *x.max(0), n])
    shuffled = cl.shuffle_time(np.random.default_rng(0), xs, lengths)
    np.testing.assert_allclose(cl.order_free_features(shuffled, lengths), found)


def test_shuffling_moves_steps_within_their_sequence_only():
    xs, _, lengths = ragged(n=40)
    shuffled = cl.shuffle_time(np.random.default_rng(0), xs, lengths)
    moved = 0
    for old, new, n in zip(xs, shuffled, lengths, strict=True):
        assert sorted(map(tuple, old[:n])) == sorted(map(tuple, new[:n]))
        moved += not np.array_equal(old[:n], new[:n])
    assert moved > 20


def test_the_logistic_baseline_chooses_on_the_validation_part():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(60, 40))
    ys = (features[:, 0] > 0).astype(int)
    fresh = rng.normal(size=(400, 40))
    labels = (fresh[:, 0] > 0).astype(int)
    weak = cl.logistic_baseline(features, ys, (fresh, 1 - labels), fresh)  # the less it learns the better
    strong = cl.logistic_baseline(features, ys, (features, ys), fresh)
    assert np.ptp(weak[:, 0]) < np.ptp(strong[:, 0])
    assert strong.shape == (400, 2) and cl.score(strong, labels)["accuracy"] > 0.6


def test_a_score_has_accuracy_interval_and_loss():
    p = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [1.0, 0.0]])
    found = cl.score(p, np.array([0, 1, 1, 1]))
    assert found["accuracy"] == 0.5
    assert found["accuracy_95"] == list(proportion_confint(2, 4, method="wilson"))
    assert found["loss"] == pytest.approx(-np.mean(np.log([0.9, 0.8, 0.4, 1e-12])))
    assert cl.confusion(p, np.array([0, 1, 1, 1])) == [[1, 0], [2, 1]]


def test_a_loss_that_is_not_finite_ends_the_training():
    xs, ys, lengths = ragged()
    with pytest.raises(DivergedError, match="lower the learning rate"):
        classifier = cl.SequenceClassifier(hidden_size=2)
        classifier.fit(xs, ys, lengths, validation=(xs, ys, lengths), learning_rate=3e38, epochs=9)


def test_an_unknown_start_is_named():
    with pytest.raises(ValueError, match="chrono, keras, got 'zero'"):
        cl.SequenceClassifier(start="zero")


def test_stateful_layers_carry_their_state_over_a_cut_and_stateless_ones_do_not(trained):
    classifier, _, (xs, _, _) = trained
    xs, cut = xs[:4, :20], 11
    old = classifier.model.layers[2]
    layers = {}
    for stateful in (True, False):
        layer = type(old).from_config(old.get_config() | {"stateful": stateful})
        layers[stateful] = layer
        layer.build((4, None, 8))
        layer.set_weights(old.get_weights())
    whole = layers[False](xs).numpy()
    for stateful, layer in layers.items():
        layer(xs[:, :cut])
        assert np.allclose(layer(xs[:, cut:]).numpy(), whole, atol=1e-5) == stateful
    layers[True].reset_state()
    assert np.allclose(layers[True](xs).numpy(), whole, atol=1e-5)


def test_keras_is_the_one_of_the_shared_start():
    assert keras.backend.backend() == "tensorflow"


def test_features_without_order_are_the_same_a_few_sequences_at_once(monkeypatch):
    xs, _, lengths = ragged(n=7)
    whole = [cl.order_free_features(xs, ends) for ends in (lengths, None)]
    monkeypatch.setattr("lstm_lib.classification.rivals.AT_ONCE", 2 * T * D)
    for found, ends in zip(whole, (lengths, None), strict=True):
        np.testing.assert_array_equal(cl.order_free_features(xs, ends), found)
    assert cl.order_free_features(xs[:0]).shape == (0, 4 * D + 1)


def test_weights_of_classes_count_in_the_training_and_the_choice_of_the_epoch_alike():
    xs, _, lengths = ragged(n=48)
    ys = np.arange(48) % 4 // 3
    options = {"validation": (xs, ys, lengths), "epochs": 3, "learning_rate": 0.03}
    found = []
    for weights in (None, {0: 1.0, 1: 1.0}, {0: 2.0, 1: 2.0}, {0: 0.01, 1: 1.0}):
        classifier = cl.SequenceClassifier(hidden_size=3, seed=1)
        history = classifier.fit(xs, ys, lengths, class_weights=weights, **options)
        found.append((history[-1]["validation_loss"], classifier.predict(xs, lengths).mean()))
    assert found[0] == found[1]
    assert found[3][1] == 1 > found[0][1]
    p = cl.SequenceClassifier(hidden_size=3, seed=1)
    p.fit(xs, ys, lengths, class_weights={0: 0.5, 1: 2.0}, **options)
    mean = cl.score(p.predict_probabilities(xs, lengths), ys, np.array([0.5, 2.0]))["loss"]
    share = np.mean(np.where(ys, 2.0, 0.5))  # Keras divides by the number of sequences
    assert p.record["validation_loss"] == pytest.approx(mean * share, rel=1e-4)


def test_a_weighted_loss_and_the_chance_of_right_answers_are_those_by_hand():
    p = np.array([[0.5, 0.5], [0.75, 0.25], [0.2, 0.8]])
    found = cl.score(p, np.array([0, 1, 1]), np.array([3.0, 1.0]))
    assert found["loss"] == pytest.approx((3 * np.log(2) + np.log(4) - np.log(0.8)) / 5)
    assert found["accuracy"] == cl.score(p, np.array([0, 1, 1]))["accuracy"] == pytest.approx(2 / 3)
    assert cl.chance(2, 2, 0.5) == pytest.approx(0.25) and cl.chance(3, 4, 0.5) == pytest.approx(5 / 16)
    assert cl.chance(5, 5, 1.0) == 1


def test_a_rival_with_weights_finds_more_of_a_rare_class():
    rng = np.random.default_rng(0)
    ys = (np.arange(300) % 10 == 0).astype(int)
    features = rng.normal(size=(300, 2)) + ys[:, None]
    found = [
        cl.logistic_baseline(features, ys, (features, ys), features, class_weights=weights)[ys == 1].argmax(axis=1)
        for weights in (None, {0: 0.56, 1: 5.0})
    ]
    assert found[1].mean() > found[0].mean() + 0.2
