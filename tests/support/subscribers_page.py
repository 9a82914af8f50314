"""The samples of the page for subscribers, as a reader would take them over."""

import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "webhooks.md"


def sample_with(function: str) -> dict[str, Any]:
    """What the one sample defines that has this function."""
    samples = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    [sample] = [one for one in samples if f"def {function}(" in one]
    names: dict[str, Any] = {}
    exec(compile(sample, str(PAGE), "exec"), names)  # noqa: S102 - our own page
    return names
