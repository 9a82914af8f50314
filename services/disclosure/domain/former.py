"""What earlier packs would have given, when the facts of a record change after other packs were adopted.

New facts start afresh; packs that came later do not lengthen by them. So new facts are judged as if the record had had
them when the packs of its window judged it, and the packs in force may only shorten that. Pure. Serves G03.
"""

from collections.abc import Mapping

from services.disclosure.domain.settle import Settled, same_facts
from shared.policy import Evaluator, Facts, Window, facts_of
from shared.vocabulary import Publishability


def former_version(settled: Settled, new: Window) -> str | None:
    """The packs of a window that was shown, when they are others than those of the new one and the facts are others
    too. What was not shown has nothing that could be lengthened: new facts show it by the packs in force alone."""
    end = settled.end
    version = end.provenance.pack_version
    if end.publishability is not Publishability.SHOWN or version == new.provenance.pack_version:
        return None
    return None if same_facts(settled.window, new) else version


def window_then(settled: Settled, facts: Facts, former: Mapping[str, Evaluator]) -> Window:
    """What the packs of the settled window would have given for these facts on its day; the window itself, which stays
    the limit, when this program cannot read those packs."""
    origin = settled.end.provenance
    if origin.pack_version not in former:
        return settled.end
    _, as_of = facts_of(origin.inputs)
    windows = former[origin.pack_version].evaluate(facts, as_of)
    return next(one for one in windows if one.audience is settled.end.audience)
