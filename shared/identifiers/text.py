"""Width, spaces and invisible characters of names, codes and document numbers (ruling R21).

Every function is idempotent and decides only how a text is written, never whether it is right. Letters, digits and
code signs become half width; round brackets become the full-width form （） that Chinese names use, and Chinese
punctuation is left alone, because plain NFKC would turn （ ， 、 of running text into ASCII.
"""

import re
import unicodedata

# Lone surrogates pass json.loads but no UTF-8 encoder; bidirectional and zero-width signs hide text from a reader.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)

_HALF_WIDTH_SIGNS = "－．／＋＊＃＆＠＿～＝％＄［］｛｝＜＞"
HALF_WIDTH: dict[int, str] = {
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if chr(code - 0xFEE0).isalnum()},
    **{ord(sign): chr(ord(sign) - 0xFEE0) for sign in _HALF_WIDTH_SIGNS},
}
UPPER_CASE: dict[int, str] = {code: chr(code - 32) for code in range(ord("a"), ord("z") + 1)}

_NAME_TABLE: dict[int, str] = HALF_WIDTH | {ord("("): "（", ord(")"): "）"} | dict.fromkeys(map(ord, "•‧・"), "·")
_CODE_TABLE: dict[int, str] = HALF_WIDTH | UPPER_CASE | {code + 0xFEE0: up for code, up in UPPER_CASE.items()}

# What `normalise_text` could change, except composition: most cells of a feed hold none of it, and asking is 7 times
# faster than rewriting them.
_PLAIN_CODE = re.compile("[0-9A-Z]*")
_REWRITTEN = re.compile(f"[{_INVISIBLE.pattern[1:-1]}{re.escape(''.join(map(chr, _NAME_TABLE)))}\\s]")
# What most texts are made of, a part of what `_REWRITTEN` and composition leave alone. Chinese characters stand first:
# 361 signs of a row take 0.9 µs, `_REWRITTEN` 2.7 µs.
_USUAL = re.compile("[\u4e00-\u9fff0-9A-Za-z.;:/（）《》〔〕，。、：；-]*")

_HAN = "[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003fffd（）《》〔〕【】、，。·]"
_SPACE_BESIDE_HAN = re.compile(f" (?={_HAN})|(?<={_HAN}) ")


def strip_control(text: str) -> str:
    """Without control, zero-width and direction signs and lone surrogates; tab and newline stay."""
    return _INVISIBLE.sub("", text)


def is_normal_text(text: str) -> bool:
    """Whether `normalise_text` surely changes nothing in it, nor in any part of it: asked once of a whole row."""
    if _USUAL.fullmatch(text):
        return True
    return _REWRITTEN.search(text) is None and unicodedata.is_normalized("NFC", text)


def normalise_text(text: str) -> str:
    """A name as it is compared: half-width letters and digits, （）, no space beside a Chinese character."""
    if is_normal_text(text):
        return text
    canonical = unicodedata.normalize("NFC", strip_control(text).translate(_NAME_TABLE))
    # Single spaces first: a pattern over runs of spaces would need quadratic time on a text that is all spaces.
    return _SPACE_BESIDE_HAN.sub("", " ".join(canonical.split()))


def clean_text(text: str) -> str:
    """A free text as it was written, without invisible signs and the space around it; nothing else of it is changed."""
    return text if _USUAL.fullmatch(text) else strip_control(text).strip()


def normalise_code(text: str) -> str:
    """A code as it is compared: half width, upper case, no spaces at all."""
    if _PLAIN_CODE.fullmatch(text):
        return text
    return unicodedata.normalize("NFC", "".join(strip_control(text).translate(_CODE_TABLE).split()))
