"""Each rule file is read strictly: whatever a lawyer could get wrong is refused with file, entry and reason."""

import pytest

from shared.errors import StartRefused
from shared.policy import PackError
from shared.policy.deadlines import deadlines, longest_term
from shared.rule_files import RuleTexts, in_force, put_in_force
from tests.support import rules

REFUSED = [
    ("deadlines.toml", "working_days = 7", "working_days = 0", "reporting", "1 to 250"),
    ("deadlines.toml", "working_days = 7", "working_days = 700", "reporting", "1 to 250"),
    ("deadlines.toml", "working_days = 7", 'working_days = "7"', "reporting", "must be int"),
    ("deadlines.toml", "working_days = 7", "days = 7", "reporting", "working_days is missing"),
    ("deadlines.toml", 'from = "decision"', 'from = "delivery"', "reporting", "'decision'"),
    ("deadlines.toml", 'confidence = "found"', 'confidence = "sure"', "reporting", "found, recalled, proposal"),
    ("deadlines.toml", "[withdrawal]", "[withdrawals]", "withdrawal", "missing"),
    ("deadlines.toml", "[reporting]", '[mine]\nwhat = "x"\n\n[reporting]', "mine", "no part of the program counts it"),
    ("deadlines.toml", "[reporting]", "[reporting", "file", "not TOML"),
    ("disclosure/letters.toml", "（{document_number}）", "（{subject.__class__}）", "letter 1", "unknown placeholder"),
    ("disclosure/letters.toml", "effective_to = 2025-06-21", "effective_to = 2025-06-20", "letter", "must begin"),
    ("disclosure/statements.toml", 'period = "P3M"', 'period = "three months"', "file", "not a duration"),
    ("disclosure/statements.toml", "kinds = [", 'extra = 1\nkinds = [', "file", "unknown key extra"),
    ("disclosure/monthly-exit-2022.toml", "cutoff_day = 20", "cutoff_day = 0", "file", "cutoff_day"),
    ("ingest/duties.toml", 'of = "320400"', 'of = "320402"', "counties", "no counties"),
    ("ingest/duties.toml", '"{county}应急管理局"', '"应急管理局"', "counties", "{county}"),
    ("ingest/duties.toml", 'duties = ["licence", "award"]', 'duties = ["parking"]', "department 2", "parking"),
    ("ingest/duties.toml", 'name = "行政服务处"', 'name = "危化处"', "department 3", "twice"),
    ("ingest/limits.toml", "number = 18", "number = 0", "majority", "1 or more"),
    ("ingest/limits.toml", "number = 18", "number = 1800", "majority", "120 at most"),
    ("ingest/checks.toml", 'id = "V04"', 'id = "V44"', "check 4", "no check V44"),
    ("ingest/checks.toml", 'weight = "stop"', 'weight = "warn"', "check 1", "only be stop: the value cannot be stored"),
    ("ingest/checks.toml", 'weight = "warn"', 'weight = "shout"', "check 4", "none of stop, warn, note"),
    ("ingest/checks.toml", 'stop = ["penalty", ', 'stop = [', "invalid_without_reasons", "penalty must stand"),
    ("ingest/checks.toml", 'way = "撤销"', 'way = "变更"', "withdrawal_unnamed", "none of 撤销, 确认违法, 无效, stop"),
    ("ingest/checks.toml", 'day = "arrival"', 'day = "decision"', "withdrawal_unnamed", "only be arrival"),
    ("ingest/dates.toml", '"dashes", #', "#", "file", "must name dashes"),
    ("ingest/dates.toml", '"slashes", #', '"two_digits", #', "file", "two_digits"),
    ("ingest/checks.toml", '"width", ', "", "corrected", "compared in this form"),
    ("ingest/identity.toml", '"brackets", ', "", "document_numbers", "keys of stored records"),
    ("ingest/identity.toml", '"register", ', "", "subjects", "keys of stored records"),
    ("ingest/identity.toml", '"signs"', '"colours"', "document_numbers", "colours"),
    ("repair/procedure.toml", 'filed = ["repair_result"]', 'filed = ["repair"]', "generation 1", "no step ends"),
    ("repair/procedure.toml", 'receipt_day = "stands_still"', 'receipt_day = "counts"', "supplement", "receipt_day"),
    ("repair/procedure.toml", "from = 2023-05-01", "from = 2018-05-01", "file", "follow each other"),
    ("repair/papers.toml", 'deadline = "repair_commitment"', 'deadline = "some_day"', "generation", "some_day"),
    ("repair/retention.toml", '"P10Y"', '"P30D"', "papers", "a year at least"),
    ("repair/objections.toml", '"fine", ', '"fines", ', "second_person", "fines is no field"),
    ("repair/objections.toml", 'remedies = ["withdraw", ', 'remedies = ["undo", ', "second_person", "undo"),
    ("repair/notices.toml", "[refused]", "[rejected]", "file", "refused is missing"),
    ("repair/notices.toml", "码：{tracking_number}", "码：{number}", "approved", "unknown placeholder number"),
    ("repair/notices.toml", 'citation = "', 'cited = "', "file", "citation is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "entry", "reason"), REFUSED)
def test_a_file_that_is_wrong_is_refused_with_file_entry_and_reason(
    name: str, old: str, new: str, entry: str, reason: str
) -> None:
    with pytest.raises(PackError) as refused:
        rules.all_files()[name].parsed(rules.edited(name, old, new))
    assert refused.value.file == name
    assert entry in refused.value.entry
    assert reason in refused.value.reason


@pytest.mark.parametrize("name", sorted(rules.all_files()))
def test_every_packaged_file_can_be_used_and_a_key_that_nobody_reads_is_refused(name: str) -> None:
    file = rules.all_files()[name]
    file.parsed(file.packaged_text())
    with pytest.raises(PackError, match="nobody_reads"):
        file.parsed(f"nobody_reads = 1\n{file.packaged_text()}")


def test_every_file_is_refused_somewhere() -> None:
    assert {one[0] for one in REFUSED} == set(rules.all_files())


def test_a_number_counts_from_the_moment_it_is_in_force_and_no_longer() -> None:
    assert deadlines()["repair_acceptance"].working_days == 3
    with rules.in_force({"deadlines.toml": rules.deadline("repair_acceptance", 90)}):
        assert deadlines()["repair_acceptance"].working_days == longest_term() == 90
    assert deadlines()["repair_acceptance"].working_days == 3


def test_the_rules_in_force_stay_when_one_of_the_new_ones_is_wrong() -> None:
    good = {"deadlines.toml": rules.deadline("repair", 4)}
    wrong = {"deadlines.toml": rules.deadline("repair", 5), "repair/retention.toml": "[papers]"}
    with rules.in_force(good):
        held = in_force()
        with pytest.raises(StartRefused, match=r"repair/retention\.toml: file\.papers: kept is missing"):
            put_in_force(RuleTexts("a folder", wrong), rules.all_files().values())
        assert in_force() is held
        assert deadlines()["repair"].working_days == 4
