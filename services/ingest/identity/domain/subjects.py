"""Two mentions of a subject (行政相对人): the same, perhaps the same, or two.

Equal needs the same number, or an old number that the register or a person has tied to it. A name alone, or an
organisation code inside a USCC, only proposes; a former division code is a reason, never a proof.
"""

from dataclasses import dataclass
from hashlib import blake2b

from services.ingest.identity.domain.codes import CodeKind, SubjectCode, read_code
from services.ingest.identity.domain.known import Known
from services.ingest.identity.domain.match import Match, Reason, equal, none, proposed
from services.ingest.identity.domain.rule import SubjectHint, identity_rule
from shared.identifiers import current_division_of, normalise_text

_SAME_CODE = Reason("subject_code", "主体代码相同", "The subject has the same code.")
_REGISTER = Reason(
    "subject_register", "登记机关记载该旧号码属于同一主体", "The register names the old number as this subject's."
)
_ALIAS = Reason(
    "subject_alias", "该号码此前已由人工确认属于同一主体", "A person has accepted the number as this subject's."
)
_ORGANISATION = Reason(
    "subject_organisation_code",
    "组织机构代码与统一社会信用代码第9至17位一致",
    "The organisation code agrees with positions 9 to 17 of the unified code.",
)
_OTHER_CODE = Reason("subject_other_code", "主体代码不同", "The codes belong to two subjects.")
_SAME_NAME = Reason("subject_name", "主体名称一致", "The names agree.")
_FORMER_NAME = Reason("subject_former_name", "名称为该主体的曾用名", "One name is a former name of the subject.")
_OTHER_NAME = Reason("subject_other_name", "主体名称不同", "The names differ.")
_NO_CODE = Reason("subject_no_code", "至少一方没有可用的主体代码", "At least one side has no usable code.")


@dataclass(frozen=True, slots=True)
class SubjectClaim:
    """How a text names a subject. `code` is whatever number it gives."""

    code: str
    name: str = ""


def standing_in(claim: SubjectClaim, number_key: str) -> str:
    """What stands for a subject without a usable code: its name in this one decision, and in no other."""
    name = normalise_text(claim.name)
    if not name or not number_key:
        return ""
    return "name-" + blake2b(f"{name}\x1f{number_key}".encode(), digest_size=16).hexdigest()


def subject_of(claim: SubjectClaim, known: Known, number_key: str = "") -> str:
    """The code that stands for the subject; empty when it has no usable one. Two subjects are equal when it is."""
    code = read_code(claim.code).value
    if code:
        return known.code(code)
    return known.codes.get(standing_in(claim, number_key), "")


def compare_subjects(
    left: SubjectClaim, right: SubjectClaim, known: Known, number_keys: tuple[str, str] = ("", "")
) -> Match:
    """Symmetric; equal is an equivalence among claims with a usable code."""
    codes = read_code(left.code), read_code(right.code)
    standing = tuple(subject_of(claim, known, key) for claim, key in zip((left, right), number_keys, strict=True))
    if not all(standing):
        return _by_name_alone(left, right, known)
    if standing[0] == standing[1]:
        return equal(*_why_equal(codes, known), *_about_names(left, right, known))
    resolved = tuple(
        read_code(value) if value != code.value else code for code, value in zip(codes, standing, strict=True)
    )
    return _by_parts((left, right), (resolved[0], resolved[1]), known)


def _why_equal(codes: tuple[SubjectCode, SubjectCode], known: Known) -> tuple[Reason, ...]:
    if codes[0] == codes[1]:
        return (_SAME_CODE,)
    return (_REGISTER if any(code.value in known.registered for code in codes) else _ALIAS,)


def _by_parts(claims: tuple[SubjectClaim, SubjectClaim], codes: tuple[SubjectCode, SubjectCode], known: Known) -> Match:
    parts = {code.organisation_part for code in codes} - {""}
    asked = identity_rule().subjects
    alike = len(parts) == 1 and all(code.organisation_part for code in codes)
    if alike and SubjectHint.ORGANISATION_CODE in asked:
        return proposed(_ORGANISATION, *_about_divisions(codes), *_about_names(*claims, known))
    comparable = codes[0].kind is codes[1].kind or CodeKind.REGISTRATION not in {code.kind for code in codes}
    names = _about_names(*claims, known)
    if comparable or not _named_alike(names):
        return none(_OTHER_CODE, *names)
    return proposed(*names, *_about_divisions(codes))


def _by_name_alone(left: SubjectClaim, right: SubjectClaim, known: Known) -> Match:
    names = _about_names(left, right, known)
    return proposed(_NO_CODE, *names) if _named_alike(names) else none(_NO_CODE, *names)


def _named_alike(names: tuple[Reason, ...]) -> bool:
    """Whether the names propose a pair."""
    return SubjectHint.NAME in identity_rule().subjects and (_SAME_NAME in names or _FORMER_NAME in names)


def _about_names(left: SubjectClaim, right: SubjectClaim, known: Known) -> tuple[Reason, ...]:
    names = normalise_text(left.name), normalise_text(right.name)
    if not all(names):
        return ()
    if names[0] == names[1]:
        return (_SAME_NAME,)
    for claim, other in ((left, names[1]), (right, names[0])):
        if other in known.names.get(subject_of(claim, known), frozenset()):
            return (_FORMER_NAME,)
    return (_OTHER_NAME,)


def _about_divisions(codes: tuple[SubjectCode, SubjectCode]) -> tuple[Reason, ...]:
    """A number that was given under a division code which is gone: why the two look as if they were elsewhere."""
    given = sorted({code.division for code in codes} - {""})
    present = [current_division_of(code) for code in given]
    if len(given) != 2 or None in present or present[0] != present[1]:
        return ()
    assert present[0] is not None  # noqa: S101 - excluded above
    zh = f"登记地区划代码 {given[0]} 与 {given[1]} 现均为{present[0].name}"
    return (Reason("subject_division", zh, f"The division codes {given[0]} and {given[1]} are one division now."),)
