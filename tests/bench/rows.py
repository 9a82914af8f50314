"""The rows that every case is fed with: one penalty row of the dual-disclosure template (双公示) for each number.

All cells are text, about 1.4 KB as JSON. Codes have right check digits and begin with a subject code that was never
given to anybody, so creditsync admits each row, and nobody real is named (guarantee G12).
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path

from shared.clock import legal_date, wall_time
from shared.identifiers import with_check_digit

Row = dict[str, str]

ROWS_A_BATCH = 500
_SUBJECTS = 50_000
_DAYS = 4  # young enough that no row is reported late, whatever weekend lies between
_BUREAU = "常州市应急管理局"
_BUREAU_CODE = with_check_digit("11320400YL0000017")


def row(number: int, today: date) -> Row:
    """One row, the same for the same number and day."""
    day = (today - timedelta(days=number % _DAYS)).isoformat()
    return {
        "CF_XDR_MC": f"常州样例{number % _SUBJECTS}号安全设备制造有限公司",
        "CF_XDR_LB": "法人及非法人组织",
        "CF_XDR_SHXYM": _subject_code(number % _SUBJECTS),
        "CF_XDR_GSZC": "",
        "CF_XDR_ZZJG": "",
        "CF_XDR_SWDJ": "",
        "CF_XDR_SYDW": "",
        "CF_XDR_SHZZ": "",
        "CF_FRDB": f"张样{number % 997}",
        "CF_FR_ZJLX": "",
        "CF_FR_ZJHM": "",
        "CF_XDR_ZJLX": "",
        "CF_XDR_ZJHM": "",
        "CF_WSH": f"（常）应急罚〔{today.year}〕{number}号",
        "CF_WFXW": "未按照规定对从业人员进行安全生产教育和培训的行为",
        "CF_SY": f"{day}执法人员检查时发现该单位第{number % 31}车间特种作业人员未取得相应资格上岗作业，现场未设置明显的"
        "安全警示标志，未如实记录安全生产教育和培训情况，事故隐患排查治理情况未向从业人员通报。",
        "CF_YJ": "《中华人民共和国安全生产法》第二十八条第一款、第四十四条、第九十七条第三项，"
        "《安全生产违法行为行政处罚办法》第四十五条",
        "CF_CFLB": "警告;罚款",
        "CF_NR": "给予警告，并处人民币叁万贰仟伍佰元罚款，限期十五日内改正上述违法行为。",
        "CF_NR_FK": "3.250000",
        "CF_NR_WFFF": "",
        "CF_NR_ZKDX": "",
        "CF_JDRQ": day,
        "CF_YXQ": "2099-12-31",
        "CF_GSJZQ": "",
        "CF_CFJG": _BUREAU,
        "CF_CFJGDM": _BUREAU_CODE,
        "CF_ZT": "1",
        "CF_SJLY": _BUREAU,
        "CF_SJLYDM": _BUREAU_CODE,
        "BZ": f"批次{number // ROWS_A_BATCH}",
    }


@lru_cache(maxsize=_SUBJECTS)
def _subject_code(number: int) -> str:
    return with_check_digit(f"91320400YL{number:07d}")


COLUMNS = tuple(row(0, date(2026, 1, 5)))
"""The 31 columns, in the order of the template."""


def write_rows(path: Path, count: int) -> None:
    """One JSON object a line. The file is made once a run, so that no case pays for it."""
    today = legal_date(wall_time())
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            file.write(json.dumps(row(number, today), ensure_ascii=False, separators=(",", ":")) + "\n")


def read_bodies(path: Path, count: int, size: int, shape: str, change_every: int = 0) -> list[bytes]:
    """The bodies of the requests that carry the first `count` rows, `size` rows each, in one of the `SHAPES`."""
    with path.open("rb") as file:
        lines = [line.rstrip(b"\n") for line in islice(file, count)]
    if len(lines) < count:
        raise ValueError(f"{path} holds {len(lines)} rows and {count} are asked for")
    if change_every:
        lines[::change_every] = [line.replace(_REMARK, _OTHER_REMARK) for line in lines[::change_every]]
    return [SHAPES[shape](lines[at : at + size]) for at in range(0, count, size)]


_REMARK, _OTHER_REMARK = b'"BZ":"', '"BZ":"更正后'.encode()


def _listed(lines: Iterable[bytes]) -> bytes:
    return b"[" + b",".join(lines) + b"]"


SHAPES: Mapping[str, Callable[[list[bytes]], bytes]] = {
    "batch": lambda lines: b'{"kind":"penalty","rows":' + _listed(lines) + b"}",
    "row": lambda lines: b'{"kind":"penalty","row":' + lines[0] + b"}",
    "list": _listed,
    "one": lambda lines: b"".join(chain(lines)),
}
