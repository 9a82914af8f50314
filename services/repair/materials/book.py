"""The checklists in force, read once from `papers.toml`."""

from services.repair.materials.domain.papers import parse_papers
from shared.rule_files import RuleFile

FILE = RuleFile("repair/papers.toml", "services.repair.materials", parse_papers)

papers = FILE.read
"""All generations of the checklist; ask at use, never at import."""
