"""Documents to a checked set: no gap and no overlap in a family, one family per audience and region, timelines indexed.

Serves G03. Decides which document governs where and when: the most specific region first, elsewhere the document that
names none.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise

from shared.policy.pack import ELSEWHERE, Document, Packs, Settings, Timeline, TimelineKey, Version, covers
from shared.policy.periods import day_after
from shared.policy.table import PackError
from shared.vocabulary import Audience, RecordKind


def assemble(documents: Sequence[Document], settings: Settings, version: str) -> Packs:
    _check_unique(documents)
    operative = [document for document in documents if document.classes or document.carries is not None]
    by_family: defaultdict[str, list[Document]] = defaultdict(list)
    for document in sorted(operative, key=lambda item: item.effective_from):
        by_family[document.family].append(document)
    for family in by_family.values():
        _check_family(family)
    _check_rivals(operative)
    _check_everywhere(operative)
    _check_carriers(operative)
    regions = tuple(sorted({item.region for item in operative} - {ELSEWHERE}, key=_specificity, reverse=True))
    timelines = _timelines(operative, regions)
    return Packs(version, tuple(documents), settings, timelines, _boundaries(documents, settings), regions)


def _check_unique(documents: Iterable[Document]) -> None:
    seen: dict[str, str] = {}
    for document in documents:
        if document.document_id in seen:
            raise PackError(document.file, document.document_id, f"the same id as in {seen[document.document_id]}")
        seen[document.document_id] = document.file


def _check_family(family: Sequence[Document]) -> None:
    """Each version begins on the day after its predecessor ends, and all govern the same records."""
    for earlier, later in pairwise(family):
        entry = f"family {later.family}"
        if (earlier.kind, earlier.region, earlier.audiences) != (later.kind, later.region, later.audiences):
            raise PackError(later.file, entry, f"kind, region or audiences differ from {earlier.document_id}")
        ends = earlier.effective_to
        if ends is None or later.effective_from <= ends:
            raise PackError(later.file, entry, f"overlap: {earlier.document_id} is in force until {ends or 'revoked'}")
        if later.effective_from != day_after(ends):
            raise PackError(later.file, entry, f"gap: nothing is in force from {day_after(ends)}")
    last = family[-1]
    if last.region == ELSEWHERE and last.effective_to is not None:
        raise PackError(last.file, f"family {last.family}", f"gap: nothing is in force after {last.effective_to}")


def _check_rivals(documents: Sequence[Document]) -> None:
    families: dict[TimelineKey, str] = {}
    for document in documents:
        for audience in sorted(document.audiences):
            key = (document.kind, audience, document.region)
            if families.setdefault(key, document.family) != document.family:
                reason = f"overlap: family {families[key]} governs {audience} for {document.kind} in the same region"
                raise PackError(document.file, f"family {document.family}", reason)


def _check_everywhere(documents: Sequence[Document]) -> None:
    """A regional document needs one that governs elsewhere and after it."""
    general = {(item.kind, audience) for item in documents if item.region == ELSEWHERE for audience in item.audiences}
    for document in documents:
        for audience in sorted(document.audiences):
            if (document.kind, audience) not in general:
                reason = f"gap: no document governs {audience} for {document.kind} outside region {document.region}"
                raise PackError(document.file, f"family {document.family}", reason)


def _check_carriers(documents: Sequence[Document]) -> None:
    """A document that carries another audience's windows stands alone, and the other one has windows of its own."""
    for document in documents:
        if document.carries is None:
            continue
        others = [item for item in documents if item.kind is document.kind and item is not document]
        sources = [item for item in others if document.carries in item.audiences and item.carries is None]
        if not sources or any(document.audiences & item.audiences for item in others):
            raise PackError(document.file, document.document_id, f"carries {document.carries}, which must have rules")


def _specificity(region: str) -> tuple[int, str]:
    return len(region.rstrip("0")), region


def _timelines(documents: Sequence[Document], regions: Sequence[str]) -> dict[TimelineKey, Timeline]:
    groups: defaultdict[tuple[RecordKind, Audience], list[Document]] = defaultdict(list)
    for document in documents:
        for audience in document.audiences:
            groups[document.kind, audience].append(document)
    timelines: dict[TimelineKey, Timeline] = {}
    for (kind, audience), group in groups.items():
        regional = any(document.region != ELSEWHERE for document in group)
        for region in (ELSEWHERE, *(regions if regional else ())):
            governing = [item for item in group if item.region == ELSEWHERE or covers(item.region, region or "-")]
            timelines[kind, audience, region] = _timeline(governing)
    return timelines


def _timeline(documents: Sequence[Document]) -> Timeline:
    """On each day the most specific document in force; a new version begins where that changes."""
    days = {item.effective_from for item in documents}
    days |= {day_after(item.effective_to) for item in documents if item.effective_to is not None}
    versions: list[Version] = []
    for day in sorted(days):
        in_force = [item for item in documents if _in_force(item, day)]
        best = max(in_force, key=lambda item: _specificity(item.region), default=None)
        if best is not None and (not versions or versions[-1].document is not best):
            versions.append(Version(day, best))
    return tuple(versions)


def _in_force(document: Document, day: date) -> bool:
    return document.effective_from <= day and (document.effective_to is None or day <= document.effective_to)


def _boundaries(documents: Iterable[Document], settings: Settings) -> tuple[date, ...]:
    """Every day on which anything begins or has just ended."""
    spans = [(item.effective_from, item.effective_to) for item in documents]
    spans += [(item.effective_from, item.effective_to) for item in settings.lists]
    ends = {day_after(end) for _, end in spans if end is not None}
    return tuple(sorted({start for start, _ in spans} | ends))
