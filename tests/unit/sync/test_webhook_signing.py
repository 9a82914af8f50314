"""Signatures as two independent libraries check them, the overlap of keys, and the patience of retries (G13)."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError
from svix.webhooks import Webhook as SvixWebhook
from svix.webhooks import WebhookVerificationError as SvixRefused

from services.sync.webhooks.domain.patience import (
    AGAIN,
    ATTEMPTS,
    IN_A_ROW,
    LONGEST_ASKED,
    again_at,
    asked_pause,
    failures_after,
    hold_until,
)
from services.sync.webhooks.domain.signing import Algorithm, SigningKey, headers, public_key, shown_secret
from shared.clock import wall_time

BODY = json.dumps({"type": "webhook.test", "data": {"sequence": 1}}).encode()
OLD, NEW = SigningKey(Algorithm.HMAC, b"o" * 32), SigningKey(Algorithm.HMAC, b"n" * 32)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
PAGE = Path(__file__).parents[3] / "docs" / "webhooks.md"


def signed(*keys: SigningKey, at: datetime | None = None) -> dict[str, str]:
    return headers(keys, "msg_1", int((at or wall_time()).timestamp()), BODY)


def test_both_libraries_accept_our_signature() -> None:
    secret = shown_secret(OLD.secret)
    assert Webhook(secret).verify(BODY, signed(OLD)) == json.loads(BODY)
    SvixWebhook(secret).verify(BODY, signed(OLD))


@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param({"webhook-id": "msg_2"}, id="another id"),
        pytest.param({"webhook-timestamp": "1"}, id="another time"),
        pytest.param({"webhook-signature": "v1,AAAA"}, id="another signature"),
    ],
)
def test_both_libraries_refuse_what_was_changed(spoilt: dict[str, str]) -> None:
    secret = shown_secret(OLD.secret)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY, signed(OLD) | spoilt)
    with pytest.raises(SvixRefused):
        SvixWebhook(secret).verify(BODY, signed(OLD) | spoilt)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY.replace(b"1", b"2"), signed(OLD))


def test_an_old_timestamp_is_refused_so_that_nothing_can_be_played_again() -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(shown_secret(OLD.secret)).verify(BODY, signed(OLD, at=wall_time() - timedelta(minutes=6)))


def test_while_keys_overlap_the_old_and_the_new_secret_both_fit() -> None:
    both = signed(NEW, OLD)
    assert both["webhook-signature"].count("v1,") == 2
    for key in (OLD, NEW):
        Webhook(shown_secret(key.secret)).verify(BODY, both)
    with pytest.raises(WebhookVerificationError):
        Webhook(shown_secret(OLD.secret)).verify(BODY, signed(NEW))


def test_an_ed25519_signature_fits_the_public_key_and_no_other() -> None:
    key = SigningKey(Algorithm.ED25519, b"e" * 32)
    sent = signed(key)
    version, _, signature = sent["webhook-signature"].partition(",")
    assert version == "v1a"
    content = f"{sent['webhook-id']}.{sent['webhook-timestamp']}.".encode() + BODY
    shown = public_key(key.secret)
    assert shown.startswith("whpk_")
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(shown.removeprefix("whpk_")))
    public.verify(base64.b64decode(signature), content)
    with pytest.raises(InvalidSignature):
        public.verify(base64.b64decode(signature), content + b" ")


def test_a_library_that_knows_only_shared_secrets_passes_over_an_ed25519_signature() -> None:
    Webhook(shown_secret(OLD.secret)).verify(BODY, signed(SigningKey(Algorithm.ED25519, b"e" * 32), OLD))


def test_no_key_shows_itself_in_a_text() -> None:
    assert "oooo" not in repr(OLD)


def test_the_sample_in_the_documentation_verifies() -> None:
    sample = PAGE.read_text(encoding="utf-8").partition("```python\n")[2].partition("```")[0]
    assert sample
    names: dict[str, object] = {}
    exec(compile(sample, str(PAGE), "exec"), names)  # noqa: S102 - the project's own page
    verified = names["verified"]
    assert callable(verified)
    secret = shown_secret(OLD.secret)
    assert verified(secret, signed(NEW, OLD), BODY) == json.loads(BODY)
    for sent, body in ((signed(NEW), BODY), (signed(OLD), BODY + b" "), (signed(OLD, at=NOW), BODY)):
        with pytest.raises(ValueError, match=r"signature|time"):
            verified(secret, sent, body)


def test_the_attempts_of_one_event_span_three_days() -> None:
    assert timedelta(hours=71) < timedelta(seconds=sum(AGAIN)) < timedelta(hours=73)
    assert len(AGAIN) == ATTEMPTS - 1
    assert again_at(NOW, ATTEMPTS, "msg_1") is None


@pytest.mark.parametrize("attempt", range(1, ATTEMPTS))
def test_the_jitter_spreads_a_crowd_by_a_fifth_at_most_and_can_be_foretold(attempt: int) -> None:
    waits = [(again_at(NOW, attempt, f"msg_{number}") or NOW) - NOW for number in range(200)]
    table = timedelta(seconds=AGAIN[attempt - 1])
    assert 0.8 * table <= min(waits) < 0.85 * table
    assert 1.15 * table < max(waits) <= 1.2 * table
    assert waits[0] == (again_at(NOW, attempt, "msg_0") or NOW) - NOW


@pytest.mark.parametrize(
    ("before", "failed", "known", "after"),
    [
        (0, 1, 0, 1),
        (2, 1, 2, 3),
        (0, 16, 0, IN_A_ROW),
        (1, 15, 0, IN_A_ROW),  # noted in two portions
        (7, 16, 0, 7),  # begun long before the others
        (7, 1, 7, 8),
        (0, 1, 7, 1),  # somebody resumed meanwhile
    ],
)
def test_requests_that_fail_together_count_as_a_few_in_a_row(before: int, failed: int, known: int, after: int) -> None:
    assert failures_after(before, failed, known) == after


def test_an_endpoint_is_left_alone_longer_with_every_failure_and_never_without_one() -> None:
    pauses = [hold_until(NOW, failures, "one", None) or NOW for failures in range(12)]
    assert pauses[:3] == [NOW] * 3
    assert pauses[3] < pauses[4] < pauses[5] < pauses[6] < pauses[7]
    assert hold_until(NOW, 1, "one", timedelta(minutes=3)) == NOW + timedelta(minutes=3)
    assert hold_until(NOW, 1, "one", timedelta(days=900)) == NOW + LONGEST_ASKED


@pytest.mark.parametrize(
    ("said", "pause"),
    [
        ("120", timedelta(minutes=2)),
        ("Sun, 01 Mar 2026 00:02:00 GMT", timedelta(minutes=2)),
        ("Sun, 01 Mar 2020 00:00:00 GMT", timedelta()),
        ("31536000", timedelta(days=365)),
        ("9" * 5000, LONGEST_ASKED),
        ("-5", None),
        ("nan", None),
        ("Fri, 31 Dec 99999999999999999999 23:59:59 GMT", None),
        ("Fri, 31 Dec 2026 23:59:59 +99999999999999", None),
    ],
)
def test_whatever_an_endpoint_asks_for_is_a_pause_or_nothing(said: str, pause: timedelta | None) -> None:
    assert asked_pause(503, said, NOW) == pause
    assert asked_pause(500, said, NOW) is None
