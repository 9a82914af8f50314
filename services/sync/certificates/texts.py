"""The words of the certificate's page in Chinese and English; portals by the full names that they state."""

from collections.abc import Mapping
from types import MappingProxyType

from shared.vocabulary import PORTAL_STATEMENTS

_ZH = {
    "title": "下线证明",
    "comma": "、",
    "colon": "：",
    "subtitle": "公示信息已从公示门户下线的核验证明",
    "other": "English",
    "skip": "跳到内容",
    "valid": "证明有效：签发时，下列门户的详情、查询、列表页面均已不再展示该信息。",
    "clean": "自签发以来，历次核验均未再看到该信息。",
    "again": "注意：签发之后又看到该信息。",
    "seen_on": "最近一次看到",
    "gone_again": "之后核验已不再展示",
    "still": "目前尚未核验其再次下线",
    "ordered": "该信息现依法重新公示",
    "invalid": "此证明无效：存档内容与签名不符，或签名密钥已停用。",
    "absent": "没有此编号的下线证明。",
    "certificate_id": "证明编号",
    "issued_at": "签发时间",
    "document_number": "决定文书号",
    "subject": "行政相对人（已脱敏）",
    "uscc": "统一社会信用代码",
    "authority": "作出决定机关",
    "record_id": "信息编号",
    "grounds": "下线原因",
    "key_id": "签名密钥编号",
    "portals": "各门户核验情况",
    "portal": "公示门户",
    "ordered_at": "下线指令时间",
    "acknowledged_at": "门户回执时间",
    "observed_at": "核验不再展示时间",
    "faces": "核验范围",
    "evidence": "证据摘要（SHA-256）",
    "never_shown_on": "从未在以下门户公示",
    "former_entry": "（更正前的旧条目）",
    "not_said": "无单独回执",
    "check_here": "扫描二维码或访问下列网址，可随时核对本证明及其后续情况：",
    "offline": "离线核验：下载签名文件和公钥，运行 creditsync verify，或按运维手册用通用密码库验证。",
    "document": "签名文件（JSON）",
    "public_keys": "公钥",
    "detail": "详情",
    "search": "查询",
    "list": "列表",
    "window_expired": "公示期满",
    "repair_approved": "信用修复，提前终止公示",
    "decision_withdrawn": "撤回已公开的决定",
    "no_longer_publishable": "新规则下不予公示",
    "subject_gone": "异常经营主体清理",
    "zone": "时间均为北京时间",
}

_EN = {
    "comma": ", ",
    "colon": ": ",
    "title": "Take-down certificate",
    "subtitle": "Proof that a published record is gone from the public portals (下线证明)",
    "other": "中文",
    "skip": "Skip to content",
    "valid": "Genuine: when it was issued, none of these portals showed the record in detail, search or list.",
    "clean": "No look since then has seen the record.",
    "again": "Attention: since it was issued the record was seen again.",
    "seen_on": "last seen",
    "gone_again": "seen to be gone again",
    "still": "not yet seen to be gone again",
    "ordered": "the record is lawfully published once more",
    "invalid": "Not valid: what is on file does not match its signature, or the signing key was withdrawn.",
    "absent": "There is no take-down certificate with this number.",
    "certificate_id": "Certificate",
    "issued_at": "Issued at",
    "document_number": "Document number",
    "subject": "Subject (masked)",
    "uscc": "Unified social credit code",
    "authority": "Deciding authority",
    "record_id": "Record",
    "grounds": "Ground of the take-down",
    "key_id": "Signing key",
    "portals": "What was seen on each portal",
    "portal": "Portal",
    "ordered_at": "Ordered at",
    "acknowledged_at": "Acknowledged at",
    "observed_at": "Absence observed at",
    "faces": "Looked at",
    "evidence": "Digest of the evidence (SHA-256)",
    "never_shown_on": "Never published on",
    "former_entry": "(entry before an amendment)",
    "not_said": "no answer of its own",
    "check_here": "Scan the code or open this address to check the certificate and what happened since:",
    "offline": "Offline: download the signed document and the public keys, then run creditsync verify, or follow the "
    "operations manual with any cryptography library.",
    "document": "Signed document (JSON)",
    "public_keys": "Public keys",
    "detail": "detail",
    "search": "search",
    "list": "list",
    "window_expired": "the publication period is over",
    "repair_approved": "credit repair, publication ended early",
    "decision_withdrawn": "the published decision was withdrawn",
    "no_longer_publishable": "not publishable under the present rules",
    "subject_gone": "clean-up of abnormal operators",
    "zone": "Times of Asia/Shanghai",
}


def _with_portals(lang: str, texts: Mapping[str, str]) -> Mapping[str, str]:
    names = {name: stated.full[lang] for name, stated in PORTAL_STATEMENTS.items()}
    return MappingProxyType({**texts, **names})


TEXTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"zh": _with_portals("zh", _ZH), "en": _with_portals("en", _EN)}
)
