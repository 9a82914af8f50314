import asyncio
import base64
import hmac
import json
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OKPKey

from shared.clock import SystemClock
from shared.errors import UNAUTHENTICATED, Problem, StartRefused, Unavailable
from shared.settings import HouseSettings
from shared.web.verifier import Verifier, verifier_for
from tests.support.web import AUDIENCE, ISSUER, TestIssuer


@pytest.fixture
def issuer() -> TestIssuer:
    return TestIssuer()


async def refusal(verifier: Verifier, token: str) -> str:
    with pytest.raises(Problem) as refused:
        await verifier.verify(token)
    assert refused.value.kind is UNAUTHENTICATED
    assert token not in refused.value.detail
    return refused.value.detail


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


async def test_a_good_token_names_the_caller_its_scopes_and_authorities(issuer: TestIssuer) -> None:
    caller = await issuer.verifier().verify(issuer.token())
    assert caller.client_id == "enforcement-system"
    assert caller.scopes == {"ingest:write", "ingest:read"}
    assert caller.authorities == {"320600"}


async def test_a_token_of_an_applicant_names_the_companies_that_it_speaks_for(issuer: TestIssuer) -> None:
    verifier = issuer.verifier()
    company = await verifier.verify(issuer.token(subjects=["91320600MA1000000X"]))
    assert company.speaks_for("91320600MA1000000X")
    assert not company.speaks_for("91320600MA1000001X")
    assert not (await verifier.verify(issuer.token())).speaks_for("91320600MA1000000X")
    assert (await verifier.verify(issuer.token(subjects=["*"]))).speaks_for("91320600MA1000000X")


async def test_both_pinned_families_of_algorithms_are_accepted(issuer: TestIssuer) -> None:
    verifier = issuer.verifier()
    with pytest.warns(UserWarning, match="EdDSA"):
        older_name = issuer.token(algorithm="EdDSA")
    for token in (issuer.token(issuer.keys[1], "ES256"), older_name):
        assert (await verifier.verify(token)).client_id == "enforcement-system"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"aud": "another-system"}, "its aud is not the expected one"),
        ({"iss": "https://elsewhere.example"}, "its iss is not the expected one"),
        ({"aud": None}, "it lacks aud"),
        ({"iss": None}, "it lacks iss"),
        ({"exp": None}, "it lacks exp"),
        ({"sub": None}, "it lacks sub"),
        ({"exp": "tomorrow"}, "its exp is not the expected one"),
        ({"scope": ["ingest:write"]}, "its scope, authorities or subjects have the wrong form"),
        ({"authorities": "320600"}, "its scope, authorities or subjects have the wrong form"),
        ({"subjects": "91320600MA1000000X"}, "its scope, authorities or subjects have the wrong form"),
        ({"sub": "x" * 121}, "its subject is too long"),
    ],
)
async def test_a_token_with_a_wrong_claim_is_refused_with_the_reason(
    issuer: TestIssuer, changed: dict[str, Any], reason: str
) -> None:
    assert reason in await refusal(issuer.verifier(), issuer.token(**changed))


async def test_a_token_ends_when_the_clock_says_so_even_if_it_was_good_a_moment_ago(issuer: TestIssuer) -> None:
    verifier, token = issuer.verifier(), issuer.token()
    await verifier.verify(token)
    issuer.clock.advance(timedelta(hours=1, seconds=29))
    await verifier.verify(token)
    issuer.clock.advance(timedelta(seconds=1))
    assert "it has expired" in await refusal(verifier, token)


async def test_a_token_without_a_beginning_is_good_until_it_ends(issuer: TestIssuer) -> None:
    """RFC 9068 does not ask for `nbf`, and common providers leave it out."""
    verifier, token = issuer.verifier(), issuer.token(nbf=None)
    await verifier.verify(token)
    await verifier.verify(token)
    issuer.clock.advance(timedelta(hours=2))
    assert "it has expired" in await refusal(verifier, token)


async def test_a_token_does_not_begin_before_its_time(issuer: TestIssuer) -> None:
    later = int((issuer.clock.now() + timedelta(minutes=2)).timestamp())
    await refusal(issuer.verifier(), issuer.token(nbf=later))


async def test_no_algorithm_no_entry(issuer: TestIssuer) -> None:
    unsigned = f"{encoded({'alg': 'none', 'kid': 'first'})}.{encoded(issuer.claims())}."
    assert "algorithm" in await refusal(issuer.verifier(), unsigned)


async def test_the_public_key_is_no_shared_secret(issuer: TestIssuer) -> None:
    """The classic confusion: HS256, keyed with the bytes of the published key."""
    public = issuer.keys[0].as_pem(private=False)
    signed = f"{encoded({'alg': 'HS256', 'kid': 'first'})}.{encoded(issuer.claims())}"
    signature = base64.urlsafe_b64encode(hmac.digest(public, signed.encode(), "sha256")).decode().rstrip("=")
    assert "algorithm" in await refusal(issuer.verifier(), f"{signed}.{signature}")


async def test_a_key_of_the_other_family_cannot_be_named(issuer: TestIssuer) -> None:
    header, claims, signature = issuer.token().split(".")
    forged = f"{encoded({'alg': 'ES256', 'kid': 'first'})}.{claims}.{signature}"
    assert header != forged
    await refusal(issuer.verifier(), forged)


async def test_a_signature_by_another_key_under_a_known_name_is_refused(issuer: TestIssuer) -> None:
    impostor = OKPKey.generate_key("Ed25519", {"kid": "first"})
    assert "its signature is not right" in await refusal(issuer.verifier(), issuer.token(impostor))


async def test_changed_claims_break_the_signature(issuer: TestIssuer) -> None:
    header, _, signature = issuer.token().split(".")
    widened = encoded(issuer.claims(scope="repair:decide"))
    assert "its signature is not right" in await refusal(issuer.verifier(), f"{header}.{widened}.{signature}")


@pytest.mark.parametrize("token", ["x", "a.b.c", "..", "é", "x" * 9000, "e30.e30.e30"])
async def test_rubbish_is_refused_and_not_an_error(issuer: TestIssuer, token: str) -> None:
    await refusal(issuer.verifier(), token)


async def test_a_fresh_key_is_found_without_a_restart_and_forged_key_names_cause_no_storm(issuer: TestIssuer) -> None:
    verifier = issuer.verifier()
    await verifier.verify(issuer.token())
    issuer.keys.append(OKPKey.generate_key("Ed25519", {"kid": "second"}))
    fresh = issuer.token(issuer.keys[-1])
    assert "unknown key" in await refusal(verifier, fresh)
    issuer.clock.advance(timedelta(seconds=31))
    await verifier.verify(fresh)
    stranger = OKPKey.generate_key("Ed25519", {"kid": secrets.token_hex(4)})
    for _ in range(20):
        await refusal(verifier, issuer.token(stranger))
    assert issuer.reads == 2


async def test_a_withdrawn_key_stops_counting_within_a_quarter_of_an_hour(issuer: TestIssuer) -> None:
    verifier, token = issuer.verifier(), issuer.token()
    await verifier.verify(token)
    issuer.keys.pop(0)
    issuer.clock.advance(timedelta(minutes=15))
    assert "unknown key" in await refusal(verifier, token)


class SilentAfterFirst:
    """A provider that publishes its keys once and then goes away."""

    def __init__(self, issuer: TestIssuer) -> None:
        self._issuer = issuer
        self.asked = 0

    async def read(self) -> Any:
        self.asked += 1
        if self.asked > 1:
            raise Unavailable("the provider is away")
        return await self._issuer.read()


async def test_known_keys_serve_on_while_the_provider_is_away_and_it_is_not_pestered(issuer: TestIssuer) -> None:
    source = SilentAfterFirst(issuer)
    verifier = Verifier(source, issuer=ISSUER, audience=AUDIENCE, clock=issuer.clock)
    token = issuer.token()
    await verifier.verify(token)
    issuer.clock.advance(timedelta(minutes=16))
    for _ in range(10):
        await verifier.verify(token)
    assert source.asked == 2


class NeverThere:
    """A provider that nobody can reach."""

    def __init__(self) -> None:
        self.asked = 0

    async def read(self) -> Any:
        self.asked += 1
        await asyncio.sleep(0.01)
        raise Unavailable("the provider is away")


async def test_a_crowd_does_not_queue_for_a_provider_that_never_answered(issuer: TestIssuer) -> None:
    source = NeverThere()
    verifier = Verifier(source, issuer=ISSUER, audience=AUDIENCE, clock=issuer.clock)
    answers = await asyncio.gather(*(verifier.verify(issuer.token()) for _ in range(20)), return_exceptions=True)
    assert {type(answer) for answer in answers} == {Unavailable}
    assert source.asked == 1
    issuer.clock.advance(timedelta(seconds=6))
    with pytest.raises(Unavailable):
        await verifier.verify(issuer.token())
    assert source.asked == 2


class SlowSecondTime:
    """A provider whose second answer takes until it is released."""

    def __init__(self, issuer: TestIssuer) -> None:
        self._issuer = issuer
        self.asked_again = asyncio.Event()
        self.released = asyncio.Event()
        self.asked = 0

    async def read(self) -> Any:
        self.asked += 1
        if self.asked == 2:
            self.asked_again.set()
            await self.released.wait()
        return await self._issuer.read()


async def test_while_keys_are_read_again_others_go_on_with_the_keys_at_hand(issuer: TestIssuer) -> None:
    source = SlowSecondTime(issuer)
    verifier = Verifier(source, issuer=ISSUER, audience=AUDIENCE, clock=issuer.clock)
    token = issuer.token()
    await verifier.verify(token)
    issuer.clock.advance(timedelta(minutes=16))
    waiting = asyncio.create_task(verifier.verify(token))
    await source.asked_again.wait()
    assert (await verifier.verify(token)).client_id == "enforcement-system"
    assert not waiting.done()
    source.released.set()
    await waiting


async def test_without_any_key_the_service_is_unavailable_and_the_caller_not_to_blame(tmp_path: Path) -> None:
    keys = tmp_path / "jwks.json"
    keys.write_text("{}")
    verifier = verifier_for(HouseSettings(data_dir=tmp_path, jwks=str(keys)), SystemClock())
    with pytest.raises(Unavailable):
        await verifier.check()


def test_a_missing_key_file_refuses_the_start_and_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match=r"start with `creditsync up`, or set CREDITSYNC_JWKS$"):
        verifier_for(HouseSettings(data_dir=tmp_path), SystemClock())
