"""The words of an import: how far it is, and by which way it came."""

from enum import StrEnum


class ImportState(StrEnum):
    """How far an import is (导入状态)."""

    UPLOADING = "uploading"  # 上传中: bytes are still to come
    WAITING = "waiting"  # 待读取: complete, no reader has begun
    READING = "reading"  # 读取中
    DONE = "done"  # 已完成: every row has its verdict
    REFUSED = "refused"  # 已拒收: no row of the file was taken
    FAILED = "failed"  # 中断: rows before the fault have their verdicts, those after it have none
    CANCELLED = "cancelled"  # 已取消: the upload was given up


class Origin(StrEnum):
    """By which way a file came (来源方式)."""

    UPLOAD = "upload"  # 网上上传
    FOLDER = "folder"  # 监视文件夹


TO_BE_READ = (ImportState.WAITING, ImportState.READING)
"""Without a reader at present, or with one that may have died."""
