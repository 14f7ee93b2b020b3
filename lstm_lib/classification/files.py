"""What the file of a :class:`~lstm_lib.classification.SequenceClassifier` says of it.

Chapter ``05_classification``.
"""

from lstm_lib.storage import records

FORM = {
    "kind": records.text,
    "cell": records.choice("lstm", "gru", "rnn"),
    "hidden_size": records.whole(1),
    "start": records.choice("chrono", "keras"),
    "seed": records.whole(0, 2**63),
    "classes": records.distinct,
    "features": records.optional(records.distinct_texts),
    "record": records.history,
}
