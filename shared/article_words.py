"""An article of the packs in English: the document's name, and which part of it. Text only: no rule, no date.

Names stand here and not in the packs, so that windows that were stored with an article read in English too. What is
not known stays in Chinese, whole: half a translation is worse than none.
"""

import re
from typing import Literal

_TITLED = (
    ("信用修复管理办法", "国家发展改革委令第36号", "NDRC Order No. 36 (Measures for Credit Repair)"),
    (
        "失信行为纠正后的信用信息修复管理办法（试行）",
        "国家发展改革委令第58号",
        "NDRC Order No. 58 (Trial Measures for the Repair of Credit Information after Correction)",
    ),
    (
        "关于进一步完善“信用中国”网站及地方信用门户网站行政处罚信息信用修复机制的通知",
        "发改办财金〔2019〕527号",
        "NDRC General Office Notice No. 527 of 2019 (Credit Repair of Penalties on Credit China and Local Sites)",
    ),
    (
        "关于进一步完善行政许可和行政处罚等信用信息公示工作的指导意见",
        "发改办财金〔2018〕424号",
        "NDRC General Office Opinions No. 424 of 2018 (Disclosure of Licences and Penalties)",
    ),
    (
        "关于进一步完善信用修复制度的实施方案",
        "国办发〔2025〕22号",
        "State Council General Office Document No. 22 of 2025 (Plan for Improving Credit Repair)",
    ),
    (
        "安全生产严重失信主体名单管理办法",
        "应急管理部令第11号",
        "MEM Order No. 11 (Measures for the Work-Safety Serious List)",
    ),
    (
        "对安全生产领域失信行为开展联合惩戒的实施办法",
        "安监总办〔2017〕49号",
        "SAWS Document No. 49 of 2017 (Joint Sanctions for Dishonesty in Work Safety)",
    ),
)
_DOCUMENTS = {f"《{title}》（{number}）": english for title, number, english in _TITLED} | {
    "苏应急函〔2022〕33号": "Jiangsu Emergency Management Letter No. 33 of 2022",
    "常应急〔2022〕19号": "Changzhou Emergency Management Document No. 19 of 2022",
    "晋应急发〔2023〕386号": "Shanxi Emergency Management Document No. 386 of 2023",
    "《企业信息公示暂行条例》": "Interim Regulations on the Disclosure of Enterprise Information",
    "《中华人民共和国政府信息公开条例》": "Regulations on Open Government Information",
    "《中华人民共和国个人信息保护法》": "Personal Information Protection Law",
    "《中华人民共和国行政处罚法》": "Administrative Penalty Law",
    "《中华人民共和国行政许可法》": "Administrative Licensing Law",
}
_PHRASES = {
    "关于失信信息分类与公示期限的规定": "on classes of dishonesty and periods of display",
    "关于行政处罚信息最短和最长公示期的规定": "on the shortest and longest display of penalties",
    "关于适用范围（法人和非法人组织）的规定": "on its scope (legal persons and other organisations)",
    "关于管理期限的规定": "on the period of an entry",
    "关于管理期限三年的规定": "on the period of three years",
}
_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")}
_NUMBER = "[一二三四五六七八九十百零]+"
_PLACES = (
    (re.compile(f"第({_NUMBER})至({_NUMBER})部分"), "parts {} to {}"),
    (re.compile(f"第({_NUMBER})部分"), "part {}"),
    (re.compile(f"第({_NUMBER})条"), "art. {}"),
    (re.compile(f"第（({_NUMBER})）项"), "item {}"),
)


def article_in(lang: Literal["zh", "en"], article: str) -> str:
    """An article, or several joined by ；, for a reader of this language."""
    if lang == "zh":
        return article
    return "; ".join(_whole(one) or one for one in article.split("；"))


def _whole(article: str) -> str | None:
    document = next((one for one in _DOCUMENTS if article.startswith(one)), None)
    if document is None:
        return None
    place = _place(article.removeprefix(document).strip())
    return None if place is None else ", ".join(filter(None, (_DOCUMENTS[document], place)))


def _place(text: str) -> str | None:
    """Which part of a document; `None` when a word of it is not known."""
    if text.startswith("与"):
        other = _whole(text.removeprefix("与"))
        return None if other is None else f"with {other}"
    if not text or text in _PHRASES:
        return _PHRASES.get(text, "")
    for pattern, english in _PLACES:
        if found := pattern.match(text):
            rest = _place(text[found.end() :])
            here = english.format(*map(_number, found.groups()))
            return None if rest is None else " ".join(filter(None, (here, rest)))
    return None


def _number(text: str) -> int:
    """A number up to 999 as laws write it: 十八, 四十, 一百一十四."""
    total = digit = 0
    for sign in text:
        if sign in "十百":
            total += (digit or 1) * (10 if sign == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[sign]
    return total + digit
