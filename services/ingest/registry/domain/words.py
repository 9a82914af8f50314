"""登记状态 as registers write it. A word outside the list is refused, never guessed: clearing records hangs on it."""

from types import MappingProxyType

from shared.identifiers import normalise_text
from shared.vocabulary import CHINESE_REGISTRY_STATUSES, RegistryStatus

_FURTHER = {
    "存续": RegistryStatus.NORMAL,
    "在业": RegistryStatus.NORMAL,
    "开业": RegistryStatus.NORMAL,
    "在营": RegistryStatus.NORMAL,
    "存续（在营、开业、在册）": RegistryStatus.NORMAL,
    "已注销": RegistryStatus.DEREGISTERED,
    "破产清算": RegistryStatus.BANKRUPTCY_ANNOUNCED,
    "破产重整": RegistryStatus.REORGANISATION,
}

STATUS_WORDS = MappingProxyType(CHINESE_REGISTRY_STATUSES | _FURTHER | {str(one): one for one in RegistryStatus})


def status_of(word: str) -> RegistryStatus | None:
    """The status, or None for a word that is not known."""
    return STATUS_WORDS.get(normalise_text(word))
