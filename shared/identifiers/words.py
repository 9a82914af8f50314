"""Why a text is no identifier, in both languages: one catalogue of what parsing says. No sentence repeats the text."""

from shared.sentences import Sentences

IDENTIFIER_WORDS = Sentences(
    {
        "code_missing": ("The unified social credit code is missing.", "未填写统一社会信用代码。"),
        "code_length": ("The code has {n} characters; it must have 18.", "代码为 {n} 位，应为 18 位。"),
        "code_letter": (
            "Position {at} holds the letter {letter}; the letters I, O, S, V and Z never occur in a code.",
            "第 {at} 位是字母 {letter}；代码中不会出现 I、O、S、V、Z。",
        ),
        "code_sign": (
            "Position {at} holds a sign that is neither a digit nor a capital letter.",
            "第 {at} 位既不是数字也不是大写字母。",
        ),
        "code_placeholder": (
            "Seventeen zeros stand for a missing code, not for a code.",
            "十七个零表示没有代码，不是代码。",
        ),
        "code_check_digit": (
            "The check digit is {found}; the seventeen characters before it require {wanted}.",
            "校验位为 {found}；按前十七位计算应为 {wanted}。",
        ),
        "code_of_citizen": (
            "This is the number of a citizen, not a unified social credit code.",
            "这是公民身份号码，不是统一社会信用代码。",
        ),
        "citizen_missing": ("The citizen number is missing.", "未填写公民身份号码。"),
        "citizen_length": (
            "A citizen number has 18 characters, this text {n}.",
            "公民身份号码为 18 位，此处为 {n} 位。",
        ),
        "citizen_sign": (
            "A citizen number is 17 digits and a digit or X.",
            "公民身份号码由 17 位数字和一位数字或 X 组成。",
        ),
        "citizen_region": ("The first two digits name no province.", "前两位不是任何省份的代码。"),
        "citizen_birth_date": (
            "The birth date inside the citizen number does not exist.",
            "公民身份号码中的出生日期不存在。",
        ),
        "citizen_check_digit": ("The check digit of the citizen number is wrong.", "公民身份号码的校验位不符。"),
        "number_missing": ("The document number is missing.", "未填写文书号。"),
        "number_length": (
            "The document number has {n} characters; at most {most} are stored.",
            "文书号有 {n} 个字符，最多 {most} 个。",
        ),
    }
)

said = IDENTIFIER_WORDS.said
"""The English sentence of a problem."""
