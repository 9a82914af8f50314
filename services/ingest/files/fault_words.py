"""What is said of a row that could not be read as it was meant, beside the English of `faults.py` (数据损坏).

The smaller reasons, why a file breaks off or a workbook is damaged, stand here too. None repeats a cell.
"""

from collections.abc import Mapping

from services.ingest.files.faults import TEXTS
from services.ingest.files.table import FaultCode
from shared.sentences import Sentences

_AGAIN = "请从来源系统重新导出该行，再报送一次。"
_FAULTS: Mapping[FaultCode, tuple[str, str]] = {
    FaultCode.CUT_ROW: (
        "该行有 {found} 个单元格，表头有 {wanted} 个：行被截断或缺少分隔符。",
        "请重新报送完整的一行；行末的空单元格也要保留分隔符。",
    ),
    FaultCode.SURPLUS_CELLS: (
        "该行有 {found} 个单元格，表头有 {wanted} 个：文字中的分隔符使单元格错位。",
        "含分隔符的文字请加引号，或报送 XLSX。",
    ),
    FaultCode.BROKEN_QUOTES: (
        "引号没有在单元格末尾结束，或者未加引号的单元格中有换行。",
        '含换行的单元格请加引号，其中的引号写两遍（""），或报送 XLSX。',
    ),
    FaultCode.UNDECODABLE: (
        "该行的字节既不是 UTF-8 也不是 GB18030，或者一行中混用了两种编码。",
        "请用同一种编码（最好是 UTF-8）保存文件，再报送该行。",
    ),
    FaultCode.LOST_CHARACTERS: ("该行有表示字符已丢失的符号，此前的转换损坏了内容。", _AGAIN),
    FaultCode.CONTROL_CHARACTERS: (
        "该行有 {found} 个控制字符；{limit} 个以内自动更正，更多则说明内容已损坏。",
        _AGAIN,
    ),
    FaultCode.ROW_TOO_LONG: ("该行超过 {limit} 字节。", "请检查其前是否缺少换行，或缩短文字。"),
    FaultCode.CELL_TOO_LONG: ("单元格超过 {limit} 个字符。", "请缩短文字。"),
    FaultCode.LOST_DIGITS: (
        "电子表格把该单元格的号码变成了近似数，末几位已丢失。",
        "请把该列设为文本格式，重新填写完整号码，再报送该行。",
    ),
    FaultCode.FORMULA_WITHOUT_VALUE: (
        "单元格中的公式没有计算结果。",
        "请用电子表格程序打开并保存工作簿，或把公式换成数值。",
    ),
    FaultCode.ERROR_VALUE: ("单元格中是错误值，或工作簿无法识别的值。", "请修正公式，或直接填写内容。"),
    FaultCode.NOT_A_ROW: (
        "这里不是每栏一个值的 JSON 对象。",
        "每行写成一个对象：栏名对应文字、数字、true、false 或 null。",
    ),
    FaultCode.DOUBLED_FIELD: ("该行中此栏出现两次。", "每栏只写一次。"),
    FaultCode.NESTED_VALUE: (
        "该值是列表或对象；一个单元格只能有一段文字或一个数字。",
        "多个值请写成一段文字，以分号连接。",
    ),
    FaultCode.BROKEN_ARRAY: (
        "数组在此处断开：{why}。前后各行完整，其间可能缺少一行。",
        "请将此处前后各行与应报送的内容核对，如有缺少请补报。",
    ),
    FaultCode.REST_UNREADABLE: (
        "自此处起文件无法读取（{why}）；其后各行没有结论。",
        "请把此处以后各行作为完整的文件重新报送。",
    ),
}
_WHY = {
    "rows": ("a file may hold {limit} rows", "一个文件最多 {limit} 行"),
    "no_comma_between": ("a comma is missing between two rows", "两行之间缺少逗号"),
    "commas_between": ("more than one comma stands between two rows", "两行之间有多个逗号"),
    "text_behind": ("text follows after the end of the array", "数组结束之后还有文字"),
    "comma_at_end": ("a comma stands at the end, and no row follows it", "末尾有逗号而没有下一行"),
    "cut_off": ("the array is cut off", "数组被截断"),
    "only_commas": ("commas follow and no rows", "后面只有逗号，没有行"),
    "no_comma": ("a comma is missing", "缺少逗号"),
    "no_json": (
        "the row is no JSON or longer than {limit} characters",
        "该行不是 JSON，或超过 {limit} 个字符",
    ),
    "no_json_at": (
        "the row is no JSON: {what} in line {line}, {n} characters into the row",
        "该行不是 JSON：第 {line} 行，该行第 {n} 个字符处，{what}",
    ),
    "colon": ("a colon is missing", "缺少冒号"),
    "comma_or_quote": (
        "a comma is missing, or a quotation mark stands within a text",
        "缺少逗号，或文字中有引号",
    ),
    "no_name": ("a column name in quotation marks is missing", "缺少加引号的栏名"),
    "no_value": ("a value is missing", "缺少值"),
    "no_end_of_text": ("a text begins and does not end", "文字没有结束"),
    "backslash": ("a backslash stands before a sign that needs none", "反斜杠用在不需要的符号之前"),
    "odd_signs": ("the signs do not belong together", "符号之间不相配"),
    "no_parts": (
        "its list of parts cannot be read; it was cut off or changed",
        "无法读取其组成清单，文件被截断或改动",
    ),
    "part_missing": ("the part {part} is missing", "缺少部分 {part}"),
    "part_closed": ("the part {part} cannot be opened", "部分 {part} 无法打开"),
    "no_end": ("it has no end; it was cut off", "没有结尾，文件被截断"),
    "long_list": ("its list of parts is too long", "组成清单过长"),
    "parts": ("it has {n} parts; {limit} are read at most", "有 {n} 个组成部分，最多读取 {limit} 个"),
    "unpacked": (
        "it unpacks to {n} bytes; {limit} are read at most",
        "解压后有 {n} 字节，最多读取 {limit} 字节",
    ),
    "part_twice": ("it holds a part twice", "同一部分出现两次"),
    "packed_oddly": ("a part is compressed in an unusual way", "有部分采用少见的压缩方式"),
    "bomb": (
        "a part unpacks to more than a table of real rows can (a zip bomb)",
        "有部分解压后远大于真实的表格（压缩炸弹）",
    ),
    "no_sheets": ("it has no list of sheets", "没有工作表清单"),
    "sheets": ("it has {n} sheets; {limit} are read at most", "有 {n} 个工作表，最多读取 {limit} 个"),
    "no_relations": ("it does not say how its parts belong together", "没有说明各部分的关系"),
    "no_sheet": ("it has no sheet", "没有工作表"),
    "styles": ("it has too many styles", "样式过多"),
    "texts": ("it has more than {limit} texts", "文字超过 {limit} 条"),
    "merges": ("it has more than {limit} merged ranges", "合并区域超过 {limit} 个"),
    "no_unpacking": ("a sheet cannot be unpacked", "有工作表无法解压"),
    "overlaps": ("its merged ranges overlap", "合并区域互相重叠"),
    "cell_order": ("the cells of a row are not in order", "一行中的单元格次序错乱"),
    "row_order": ("the rows of a sheet are not in order", "工作表的行次序错乱"),
    "cell_place": ("a cell has an impossible place", "有单元格的位置不可能存在"),
    "no_xml": ("the part of the workbook breaks off or is no XML", "工作簿的一部分中断，或不是 XML"),
    "no_table": ("its elements are no table", "其元素不是表格"),
    "absurdly_long": ("a cell or tag is absurdly long", "有单元格或标记长得离谱"),
    "doctype": ("it declares a document type, which no workbook has", "声明了文档类型，工作簿不会有"),
}


def why(text: str) -> str:
    """A reason within a sentence; what nobody knows stays as it is."""
    return _REASONS.in_chinese(text) or text


_REASONS = Sentences(_WHY, {"what": why})

FAULT_WORDS = Sentences({code: (TEXTS[code][0], chinese) for code, (chinese, _) in _FAULTS.items()}, {"why": why})
"""What is wrong with a row."""

FAULT_ADVICE = {f"fault_{code}": (TEXTS[code][1], chinese) for code, (_, chinese) in _FAULTS.items()}
"""What the sender can do about it, as forms of a catalogue."""
