"""Settings refuse what can't work and name the key."""

import dataclasses
from typing import ClassVar

import pytest
import yaml

from lstm_lib.commands.forecast import settings as st
from lstm_lib.commands.parsing import parse
from lstm_lib.commands.settings import as_dict, from_dict
from lstm_lib.errors import InputError

pytestmark = pytest.mark.numpy


@pytest.mark.parametrize(
    ("cls", "values", "message"),
    [
        (st.DataSettings, {"n_train": 0}, "data.n_train must be at least 1, got 0"),
        (st.DataSettings, {"sequence_length": -3}, "data.sequence_length must be at least 1, got -3"),
        (st.DataSettings, {"noise_std": float("nan")}, "data.noise_std must be at least 0, got nan"),
        (st.DataSettings, {"column": "a"}, "data.column is about a file; give the file, too, with --data"),
        (st.DataSettings, {"where": "a=1"}, "data.where is about a file; give the file, too, with --data"),
        (st.ModelSettings, {"hidden_dim": 0}, "model.hidden_dim must be at least 1"),
        (st.ModelSettings, {"hidden_dim": 10**400}, "at most 1e[+]09, got a number far larger"),
        (st.ModelSettings, {"input_dim": 2}, "model.input_dim must be 1"),
        (st.TrainingSettings, {"learning_rate": 0.0}, "training.learning_rate must be above 0"),
        (st.TrainingSettings, {"learning_rate": float("inf")}, "training.learning_rate must be above 0"),
        (st.TrainingSettings, {"clip_norm": -1.0}, "training.clip_norm must be above 0"),
        (st.TrainingSettings, {"validation": 0.95}, "at least 0 and at most 0.9, got 0.95"),
        (st.TrainingSettings, {"patience": 3}, "training.patience needs training.validation"),
    ],
)
def test_a_value_out_of_range_is_refused_with_its_key(cls, values, message):
    with pytest.raises(InputError, match=message.replace(".", r"\.")):
        cls(**values)


def test_settings_survive_yaml():
    settings = st.ForecastSettings(data=st.DataSettings(noise_std=0.1, n_test=7))
    again = from_dict(st.ForecastSettings, yaml.safe_load(yaml.safe_dump(as_dict(settings))))
    assert again == settings


def test_from_dict_names_an_unknown_key():
    with pytest.raises(InputError, match="unknown setting 'n_trian'"):
        from_dict(st.ForecastSettings, {"data": {"n_trian": 3}})


def test_settings_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        st.ForecastSettings().data.n_train = 3


@dataclasses.dataclass(frozen=True)
class Flat:
    """Settings without groups.

    Parameters
    ----------
    seed : int
        A seed.
    beam_width : int
        A width.
    """

    ENVIRONMENT: ClassVar = {"RANDOM_SEED": "seed"}

    seed: int = 1
    beam_width: int = 5


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        ([], (1, 5)),
        (["--beam-width", "3", "--seed=2"], (2, 3)),
        (["--beam_width=3", "--config", "flat.yaml"], (7, 3)),
    ],
)
def test_settings_without_groups_are_plain_flags(in_tmp, argv, expected):
    (in_tmp / "flat.yaml").write_text("seed: 7\nbeam_width: 4\n")
    options = {"resume": {"action": "store_true", "help": "go on"}, "output": "a file"}
    made, found = parse([*argv, "--resume"], command="flat", description="", settings=Flat, options=options)
    assert (made.seed, made.beam_width) == expected
    given = {word[2:].partition("=")[0].replace("-", "_") for word in argv if word.startswith("--")} | {"resume"}
    config = "flat.yaml" if "--config" in argv else None
    named = given | ({"seed", "beam_width"} if config else set())
    assert found == {"resume": True, "output": None, "config": config, "given": given, "named": named}


@dataclasses.dataclass(frozen=True)
class Grouped:
    """Settings in a group that has the name of an option, and one that has that of a short form."""

    ENVIRONMENT: ClassVar = {}
    SHORT: ClassVar = {"part": "part.beam_width", "width": "model.beam_width"}

    model: Flat = dataclasses.field(default_factory=Flat)
    part: Flat = dataclasses.field(default_factory=Flat)


@pytest.mark.parametrize("argv", [["--model", "a b", "--part", "3"], ["--model=a b", "--part=3"]])
def test_an_option_and_a_short_form_may_have_the_name_of_a_group(in_tmp, argv):
    options = {"model": "a saved model"}
    made, found = parse([*argv, "--width=7"], command="g", description="", settings=Grouped, options=options)
    assert (made.part.beam_width, made.model.beam_width, found["model"]) == (3, 7, "a b")
    assert found["given"] == {"model", "part.beam_width", "model.beam_width"}
    (in_tmp / "g.yaml").write_text("model: {seed: 4}\n")
    made, found = parse(["--config=g.yaml"], command="g", description="", settings=Grouped, options=options)
    assert (made.model.seed, found["model"], found["given"]) == (4, None, {"config"})


def test_the_help_says_what_an_option_and_a_short_form_of_a_groups_name_mean(capsys):
    with pytest.raises(SystemExit):
        parse(["--help"], command="g", description="", settings=Grouped, options={"model": "a saved model"})
    shown = " ".join(capsys.readouterr().out.split())
    assert "--model PATH a saved model" in shown and "--part FILE short for --part.beam-width" in shown
    assert "CONFIG Path" not in shown and "--width is short for --model.beam-width" in shown


def test_the_environment_gives_a_plain_setting_and_a_wrong_one_is_named(in_tmp, monkeypatch):
    monkeypatch.setenv("RANDOM_SEED", "9")
    assert parse([], command="flat", description="", settings=Flat, options={})[0].seed == 9
    with pytest.raises(InputError, match=r"beam_width.*lstm-lib flat --help"):
        parse(["--beam-width", "many"], command="flat", description="", settings=Flat, options={})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed: 1\nseed: 2\n", "f.yaml, line 2: 'seed' is given twice, first in line 1"),
        ("model:\n  seed: 1\n  seed: 2\n", "f.yaml, line 3: 'seed' is given twice, first in line 2"),
        ("modle: {seed: 1}\n", "f.yaml: there is no setting modle; did you mean model?"),
        ("model: {sede: 1}\n", "f.yaml: there is no setting model.sede; did you mean model.seed?"),
        ("model: {x: 1}\n", "f.yaml: there is no setting model.x; there are seed, beam_width"),
        ("config: g.yaml\n", "f.yaml: config names another file"),
        ("model: {seed: 2024-01-31}\n", "f.yaml: model.seed must be a whole number, got 2024-01-31"),
        ("model: {seed: 1:30}\n", "f.yaml: model.seed must be a whole number, got 1:30"),
        ("model: {seed: 1_000}\n", "f.yaml: model.seed must be a whole number, got 1_000"),
        ("model: {seed: 0x10}\n", "f.yaml: model.seed must be a whole number, got 0x10"),
        ("model: {seed: yes}\n", "f.yaml: model.seed must be a whole number, got True"),
        ("model: {seed: [1]}\n", "f.yaml: model.seed must be a whole number, got [1]"),
        (f"model: {{seed: {'9' * 6000}}}\n", "f.yaml, line 1: a number of 6000 digits"),
        ("model: &a {seed: 1}\n", "f.yaml, line 1: anchors and aliases"),
        ("model: {seed: !!python/name:os.system 1}\n", "f.yaml, line 1: tags are not read"),
        ("#" * 1_000_001, "f.yaml: 1,000,001 bytes; settings fit into 1,000,000"),
    ],
)
def test_a_file_of_settings_that_means_something_else_is_refused_by_its_name(in_tmp, text, message):
    (in_tmp / "f.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        parse(["--config=f.yaml"], command="g", description="", settings=Grouped, options={})
    assert str(caught.value).startswith(message) and len(str(caught.value)) < 500


def test_a_value_out_of_range_names_the_file_that_it_came_from_and_no_other(in_tmp):
    (in_tmp / "f.yaml").write_text("training: {epochs: -1, learning_rate: 0.1}\n")
    options = {"command": "g", "description": "", "settings": st.ForecastSettings, "options": {}}
    with pytest.raises(InputError, match=r"^f\.yaml: training\.epochs must be at least 1, got -1"):
        parse(["--config=f.yaml"], **options)
    with pytest.raises(InputError, match=r"^training\.epochs must be at least 1, got -2"):
        parse(["--config=f.yaml", "--epochs=-2"], **options)
    with pytest.raises(InputError, match=r"^training\.batch_size must be at least 1"):
        parse(["--config=f.yaml", "--epochs=2", "--batch-size=0"], **options)


@pytest.mark.parametrize("value", ["1:30", "1_000", "0x10", "\uff12", "nan", "true", "many", "9" * 5000])
def test_a_flag_that_is_no_number_is_refused(value):
    with pytest.raises(
        InputError, match=r"^seed must be a (whole|smaller) number, got .*lstm-lib flat --help"
    ) as caught:
        parse([f"--seed={value}"], command="flat", description="", settings=Flat, options={})
    assert len(str(caught.value)) < 500


def test_two_files_of_settings_are_refused():
    with pytest.raises(InputError, match="--config is given 2 times; put the settings into one file"):
        parse(["--config", "a", "--config=b"], command="flat", description="", settings=Flat, options={})


@dataclasses.dataclass(frozen=True)
class Texts:
    """Settings that are texts.

    Parameters
    ----------
    prime : str
        A text.
    """

    ENVIRONMENT: ClassVar = {}

    prime: str = ""


@pytest.mark.parametrize("value", ["-- to be-or", "--to be-or", "2024-01-31", "1:30", "1_000", "a-b --c-d"])
def test_a_text_stays_as_it_is_given(in_tmp, value):
    for argv in (["--prime", value], [f"--prime={value}"]):
        assert parse(argv, command="t", description="", settings=Texts, options={})[0].prime == value
    (in_tmp / "t.yaml").write_text(f"prime: {value}\n")
    assert parse(["--config=t.yaml"], command="t", description="", settings=Texts, options={})[0].prime == value
