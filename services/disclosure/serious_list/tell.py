"""What the other services hear of an entry of the serious list after each step: whose it is, and its days."""

from services.disclosure.serious_list.domain.entry import IN_FORCE, Entry, EntryState
from shared.contracts.events import ListEntryChanged

_REMOVAL = frozenset({EntryState.REMOVAL_APPLIED, EntryState.REMOVAL_ACCEPTED})


def changed(entry_id: str, subject_key: str, authority_code: str, entry: Entry) -> ListEntryChanged:
    """The entry as it stands. Its version is the generation: an older word changes nothing."""
    window = entry.window
    return ListEntryChanged(
        entry_id=entry_id,
        generation=entry.version,
        subject_key=subject_key,
        authority_code=authority_code,
        in_force=entry.state in IN_FORCE,
        removal_under_way=entry.state in _REMOVAL,
        closes_on=window.closes_on if window else None,
        early_removal_from_on=window.early_removal_from_on if window else None,
        article=(window.provenance.repair_article or window.provenance.article)[:500] if window else None,
    )
