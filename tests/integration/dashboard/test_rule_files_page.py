"""The rule files of the services on the policy page: who put them in force, where they differ, and who is silent."""

from pathlib import Path
from typing import Any

from services.accounts.roles import Role
from tests.support.dashboard import Asgi, answering, dashboard_house

PACKAGED = {"name": "deadlines.toml", "origin": "packaged", "digest": "a" * 64}
CHANGED = {"name": "deadlines.toml", "origin": "/etc/creditsync/rules", "digest": "b" * 64}
OWN = {"name": "repair/papers.toml", "origin": "packaged", "digest": "c" * 64}
NOBODY = {"adopted_by": None, "reason": None, "adopted_on": None}
LAWYER = {"adopted_by": "法规处", "reason": "按省厅口径调整", "adopted_on": "2026-11-02"}


def service(files: list[dict[str, str]], adopted: dict[str, Any]) -> Asgi:
    rules = {"digest": files[-1]["digest"][::-1], "files": files, **adopted}
    return answering(lambda path, _: {"/v1/rules": rules}.get(path))


def panel(page: str) -> str:
    return page.split('aria-labelledby="rules">')[1].split("</section>", maxsplit=1)[0]


async def test_who_put_files_in_force_is_told_and_a_service_with_other_ones_is_named(tmp_path: Path) -> None:
    services = {"repair": service([CHANGED, OWN], LAWYER), "sync": service([PACKAGED], NOBODY)}
    async with dashboard_house(tmp_path, services) as house:
        house.person("head", Role.SUPERVISOR)
        await house.sign_in("head")
        chinese = panel((await house.browser.get("/policy?lang=zh")).text)
        english = panel((await house.browser.get("/policy?lang=en")).text)
    assert "2026-11-02 由 法规处 采用：按省厅口径调整" in chinese and "本单位的文件" in chinese
    assert "各服务的 deadlines.toml 不一致" in chinese and "各服务的 repair/papers.toml" not in chinese
    assert "归集服务 没有应答" in chinese and "公示服务 没有应答" in chinese and chinese.count("没有应答") == 2
    assert "Put in force by 法规处 on 2026-11-02: 按省厅口径调整" in english
    assert "deadlines.toml is not the same in all services" in english and "Deadlines in working days" in english
    assert english.count("All as they came with the program.") == 1


async def test_equal_files_raise_no_alarm(tmp_path: Path) -> None:
    services = {"repair": service([PACKAGED, OWN], NOBODY), "sync": service([PACKAGED], NOBODY)}
    async with dashboard_house(tmp_path, services) as house:
        house.person("auditor", Role.AUDITOR)
        await house.sign_in("auditor")
        page = panel((await house.browser.get("/policy")).text)
    assert "不一致" not in page and page.count("全部随程序提供") == 2


async def test_who_may_not_read_the_audit_log_sees_no_panel_of_refusals(tmp_path: Path) -> None:
    async with dashboard_house(tmp_path, {"sync": service([PACKAGED], NOBODY)}) as house:
        house.person("officer", Role.OPERATOR)
        await house.sign_in("officer")
        page = (await house.browser.get("/policy")).text
    assert 'aria-labelledby="rules"' not in page
