"""Files that several tests of the commands start from."""

import numpy as np

SEED_YAML = """\
logging:
  level: "INFO"
  file: "logs/app.log"

data:
  n_train: 2000
  n_test: 500
  sequence_length: 20
  random_seed: 42
  noise_std: 0.05

model:
  input_dim: 1
  hidden_dim: 32
  output_dim: 1

training:
  epochs: 20
  learning_rate: 0.005
  batch_size: 32
"""

LATIN, NATIVE = "abcdefgh", "कखगघचछजझ"
COLUMNS = ("--source-column", "1", "--target-column", "0")
FILES = ("--train", "train.tsv", "--dev", "dev.tsv", "--test", "test.tsv", *COLUMNS)


def write_files(folder):
    """Write three files as Dakshina's lexicons are: native, Latin, count; a native word has several romanisations."""
    rng = np.random.default_rng(0)
    for name, n in (("train", 300), ("dev", 40), ("test", 40)):
        lines = []
        for _ in range(n):
            word = "".join(rng.choice(list(LATIN), size=rng.integers(2, 6)))
            native = word.translate(str.maketrans(LATIN, NATIVE))
            lines.append(f"{native}\t{word}\t{rng.integers(1, 5)}\n")
            if rng.random() < 0.2:  # the same romanisation, also of another word
                lines.append(f"{native[::-1]}\t{word}\t1\n")
        (folder / f"{name}.tsv").write_text("".join(lines), encoding="utf-8")
