"""The law as data and the pure engine over it: which record may be shown to whom, from when to when, and why."""

from shared.policy.codec import as_json, facts_of, from_json, inputs_of
from shared.policy.evaluate import evaluate
from shared.policy.evaluator import Evaluator
from shared.policy.explain import explain
from shared.policy.list_codec import listing_as_json, listing_from_json
from shared.policy.list_explain import explain_listing
from shared.policy.list_rules import ListEntryFacts, ListWindow
from shared.policy.list_window import list_window
from shared.policy.load import load_packs
from shared.policy.model import Facts, Provenance, Window
from shared.policy.pack import Packs
from shared.policy.table import PackError

__all__ = [
    "Evaluator",
    "Facts",
    "ListEntryFacts",
    "ListWindow",
    "PackError",
    "Packs",
    "Provenance",
    "Window",
    "as_json",
    "evaluate",
    "explain",
    "explain_listing",
    "facts_of",
    "from_json",
    "inputs_of",
    "list_window",
    "listing_as_json",
    "listing_from_json",
    "load_packs",
]
