"""What is said of a whole file, in both languages: what was noticed, why it is not read, what to do (文件说明).

The sentences are made where something is found; here stands what each of them says in Chinese. A test walks the code
and finds every sentence here. None repeats a cell.
"""

import re

from services.ingest.files.fault_words import FAULT_ADVICE, FAULT_WORDS, why
from shared.sentences import Sentences, listed

_NOTES = {
    "ends_with": (
        "The name ends with {suffix}; the file was read as the {form} that its content is.",
        "文件名以 {suffix} 结尾，按实际内容作为 {form} 读取。",
    ),
    "mixed": (
        "The file is in {encoding}; {n} lines were read in another encoding.",
        "文件编码为 {encoding}，其中 {n} 行按另一种编码读取。",
    ),
    "rows_above": ("{n} rows above the header were taken as a title.", "表头以上的 {n} 行作为标题，未读取。"),
    "unknown_doubled": (
        "Unknown columns stand more than once and are told apart by a number: {names}.",
        "模板中没有的栏目重复出现，以编号区分：{names}。",
    ),
    "columns_missing": (
        "Required columns are missing, so rows will be stopped: {names}.",
        "缺少必填栏目，各行将退为待核：{names}。",
    ),
    "surplus": ("Columns that the template does not know are not read: {names}.", "模板中没有的栏目不读取：{names}。"),
    "totals": (
        "Total rows are no records and were left out: {places}.",
        "合计行不是信息，未读取：{places}。",
    ),
    "header_again": ("The header stands again and was left out: {places}.", "表头重复出现，未读取：{places}。"),
    "sheets_read": ("Sheets read: {names}.", "已读取的工作表：{names}。"),
    "sheet_unread": (
        "The sheet {sheet} has no header of this kind and was not read.",
        "工作表“{sheet}”没有该类表头，未读取。",
    ),
    "sheet_hidden": ("The sheet {sheet} is hidden and was read.", "工作表“{sheet}”是隐藏的，已读取。"),
    "merged": (
        "Merged cells of the sheet {sheet} were read with the value of their first cell.",
        "工作表“{sheet}”中的合并单元格按左上角单元格的值读取。",
    ),
    "hidden_rows": ("{n} hidden rows were read.", "读取了 {n} 个隐藏的行。"),
}
_REFUSALS = {
    "no_bytes": ("The file has no bytes.", "文件没有内容。"),
    "empty": ("The file is empty.", "文件是空的。"),
    "too_many_bytes": (
        "The file has {n} bytes; {limit} are read at most.",
        "文件有 {n} 字节，最多读取 {limit} 字节。",
    ),
    "other": ("The file is {what}.", "该文件是{what}。"),
    "protected": ("The workbook is protected by a password.", "工作簿设有密码。"),
    "old_office": (
        "The file is in an old office format (XLS, ET or the like), which is not read.",
        "该文件为旧格式（XLS、ET 等），不能读取。",
    ),
    "html": (
        "The file is HTML or XML, as some systems export under the name of a workbook.",
        "该文件是 HTML 或 XML，有些系统导出时冠以工作簿的名称。",
    ),
    "binary": ("The file is binary data of an unknown kind.", "该文件是无法识别的二进制数据。"),
    "encoding": ("The text is in {what}, which is not read.", "文字编码为 {what}，不能读取。"),
    "columns": (
        "The table has {n} columns; {limit} are read at most.",
        "表格有 {n} 栏，最多读取 {limit} 栏。",
    ),
    "no_header": ("{where} name no columns of a known template.", "{where}没有模板的栏目。"),
    "column_twice": ("The header names a column more than once: {names}.", "表头中有栏目重复：{names}。"),
    "several_kinds": (
        "The columns could be of several kinds of record: {kinds}.",
        "栏目可能属于多种信息类别：{kinds}。",
    ),
    "sheets_of_kinds": ("The sheets hold several kinds of record: {kinds}.", "各工作表分属多种信息类别：{kinds}。"),
    "other_kind": (
        "The file was sent as {kinds}, and its columns are those of {found}.",
        "文件按“{kinds}”报送，其栏目却属于“{found}”。",
    ),
    "no_objects": (
        "The first rows are no JSON objects, so the kind of record cannot be found.",
        "前几行不是 JSON 对象，无法识别信息类别。",
    ),
    "damaged": ("The workbook is damaged: {why}.", "工作簿已损坏：{why}。"),
    "unsafe": ("The workbook is not read: {why}.", "不读取该工作簿：{why}。"),
    "other_workbook": (
        "The file is a spreadsheet in another format (binary workbook or OpenDocument).",
        "该文件是另一种格式的电子表格（二进制工作簿或 OpenDocument）。",
    ),
    "archive": ("The file is an archive and no workbook.", "该文件是压缩包，不是工作簿。"),
    "slow": ("Opening the workbook took longer than {n} seconds.", "打开工作簿超过 {n} 秒。"),
    "readers_failed": (
        "Readers failed {times} times after row {rows}; {n} rows have their verdicts.",
        "读取程序在第 {rows} 行之后失败 {times} 次；已有 {n} 行得出结论。",
    ),
    "file_lost": ("The file is not in the spool folder any more.", "收件目录中已没有该文件。"),
    "too_large_for_the_folder": (
        "The file is larger than {n} bytes. Split it.",
        "文件超过 {n} 字节，请分成几个文件。",
    ),
    "same_content": (
        (
            "Import {id} has the same content; the file counts as received and unchanged today and was not read "
            "again. Put {mark} beside it to have it read all the same."
        ),
        "内容与导入 {id} 相同：今天计为已收到、未变化，没有再次读取。如仍要读取，请在旁边放置文件 {mark}。",
    ),
    "broke_off": ("Row {row}, line {line}: {fault}", "第 {row} 条（文件第 {line} 行）：{fault}"),
}
_ADVICE = {
    "send_table": ("Send the table with its header.", "请连同表头报送表格。"),
    "split_files": (
        "Split it into several files, each with the header.",
        "请分成几个文件，每个都带表头。",
    ),
    "send_formats": (
        "Send CSV, XLSX, NDJSON or a JSON array.",
        "请报送 CSV、XLSX、NDJSON 或 JSON 数组。",
    ),
    "no_password": ("Remove the password and send it again.", "请去除密码后重新报送。"),
    "save_as": (
        "Open it in a spreadsheet program and save it as XLSX or CSV.",
        "请用电子表格程序打开，另存为 XLSX 或 CSV。",
    ),
    "save_encoding": (
        "Save it as UTF-8, GB18030 or UTF-16 with a byte order mark.",
        "请存为 UTF-8、GB18030 或带字节序标记的 UTF-16。",
    ),
    "template_only": ("Send the columns of the template only.", "请只报送模板中的栏目。"),
    "one_header": (
        "Keep one row of column names (codes or the Chinese titles of the template) above the data.",
        "请在数据上方保留一行栏名（模板的代码或中文栏名）。",
    ),
    "one_column": (
        "Keep one column of each; which one is right cannot be guessed.",
        "请各保留一栏；哪一栏正确无法推测。",
    ),
    "one_kind": (
        "Say which kind it is, and send one kind of record in a file.",
        "请注明类别，一个文件只报送一类信息。",
    ),
    "own_kind": ("Send it as the kind that it holds.", "请按其实际类别报送。"),
    "kind_of_sheet": (
        "Say which kind is to be read, or send one kind in a file.",
        "请注明读取哪一类，或一个文件只报送一类。",
    ),
    "objects": (
        "Write each row as one object, or say of which kind the rows are.",
        "每行写成一个对象，或注明各行的类别。",
    ),
    "save_again": (
        "Open it in a spreadsheet program, save it and send it again.",
        "请用电子表格程序打开、保存后重新报送。",
    ),
    "new_workbook": (
        "Save the table in a new, empty workbook or as CSV.",
        "请把表格存入新的空白工作簿，或存为 CSV。",
    ),
    "xlsx_or_csv": ("Save it as XLSX or CSV.", "请另存为 XLSX 或 CSV。"),
    "unpack": ("Unpack it and send the tables that it holds.", "请解压后报送其中的表格。"),
    "split_or_csv": (
        "Split the table into several files, or send CSV.",
        "请把表格分成几个文件，或报送 CSV。",
    ),
    "tell_operator": (
        "Tell the operator the identifier of the import; rows that are sent again come out unchanged.",
        "请把导入编号告知管理员；重复报送的行结论为未变化。",
    ),
    "send_again": ("Send the file again.", "请重新报送文件。"),
}
_OTHER_FILES = {
    "a PDF": "PDF",
    "a gzip archive": "gzip 压缩包",
    "a 7z archive": "7z 压缩包",
    "a RAR archive": "RAR 压缩包",
    "an image": "图片",
    "a database": "数据库",
    "a Parquet file": "Parquet 文件",
    "UTF-16 without a byte order mark": "不带字节序标记的 UTF-16",
}
_KINDS = {
    "penalty": "行政处罚",
    "licence": "行政许可",
    "coercion": "行政强制",
    "award": "行政奖励",
    "inspection": "行政检查",
}
_WHERE = re.compile(r"The first(?: (\d+))? rows( of every sheet)?")
_MORE = re.compile(r" and (\d+) more$")
_PLACE = re.compile(r"(?:line|(.+) row) (\d+)")


def _what(text: str) -> str:
    return _OTHER_FILES.get(text) or why(text)


def _where(text: str) -> str:
    return _WHERE.sub(lambda one: f"{'各工作表' if one[2] else ''}前{f' {one[1]} ' if one[1] else '几'}行中", text)


def _kinds(text: str) -> str:
    return "、".join(_KINDS.get(kind, kind) for kind in text.split(", "))


def _names(text: str) -> str:
    return listed(_MORE.sub(r" 等，另有 \1 个", text))


def _places(text: str) -> str:
    """`line 5, Sheet1 row 7 and 3 more` as places are named in Chinese."""
    more = _MORE.search(text)
    places = _MORE.sub("", text).split(", ")
    told = "、".join(_PLACE.sub(_place, place) for place in places)
    return f"{told} 等，另有 {more[1]} 处" if more else told


def _place(found: re.Match[str]) -> str:
    return f"“{found[1]}”第 {found[2]} 行" if found[1] else f"第 {found[2]} 行"


def _fault(text: str) -> str:
    return FAULT_WORDS.in_chinese(text) or text


FILE_WORDS = Sentences(
    {**_NOTES, **_REFUSALS},
    {
        "where": _where,
        "why": why,
        "what": _what,
        "kinds": _kinds,
        "found": _kinds,
        "names": _names,
        "places": _places,
        "fault": _fault,
    },
)
"""What was noticed about a whole file, and why one is not read."""

ADVICE_WORDS = Sentences(_ADVICE | FAULT_ADVICE)
"""What the sender can do about it."""
