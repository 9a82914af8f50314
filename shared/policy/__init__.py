"""The law as data and the pure engine over it: which record may be shown to whom, from when to when, and why."""

from shared.policy.codec import as_json, facts_of, from_json, inputs_of
from shared.policy.evaluate import evaluate
from shared.policy.evaluator import Evaluator
from shared.policy.explain import explain
from shared.policy.load import load_packs
from shared.policy.model import Facts, Provenance, Window
from shared.policy.pack import Packs
from shared.policy.table import PackError

__all__ = [
    "Evaluator",
    "Facts",
    "PackError",
    "Packs",
    "Provenance",
    "Window",
    "as_json",
    "evaluate",
    "explain",
    "facts_of",
    "from_json",
    "inputs_of",
    "load_packs",
]
