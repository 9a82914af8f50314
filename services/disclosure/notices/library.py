"""The letters of this process: those of `letters.toml`, or the start is refused with entry and reason."""

from services.disclosure.notices.domain.letters import parse_letters
from shared.rule_files import RuleFile

FILE = RuleFile("disclosure/letters.toml", "services.disclosure.notices", parse_letters)

load_letters = FILE.read
"""The letters in force."""
