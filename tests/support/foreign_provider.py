"""A provider of OpenID Connect that is none of ours, in a process of its own: `PORT REDIRECT_URI`.

It does everything the other way that the standard leaves open: an issuer with a path, RSA keys, several audiences in a
token, client secrets by HTTP Basic only and not announced, refresh tokens that work once, tokens of forty seconds.
"""

import base64
import hashlib
import json
import secrets
import sys
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from services.accounts.roles import SCOPES, Role

CLIENT, SECRET = "看板 client", "s p:a%c+e/=&é"
SUBJECT, NAME = "f3b1c0de-0000-4000-8000-000000000001", "王样例"
PATH = "/realms/bureau"
LIVES_SECONDS = 40


def issuer_at(port: int) -> str:
    return f"http://127.0.0.1:{port}{PATH}"


class Provider(ThreadingHTTPServer):
    """Its key, and the codes and refresh tokens that have not been used."""

    def __init__(self, port: int, redirect_uri: str) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.issuer, self.redirect_uri = issuer_at(port), redirect_uri
        self.key = RSAKey.generate_key(2048, {"kid": "the-first", "use": "sig", "alg": "RS256"})
        self.codes: dict[str, dict[str, str]] = {}
        self.refreshers: set[str] = set()

    def document(self) -> dict[str, Any]:
        parts = {"authorization_endpoint": "auth", "token_endpoint": "token", "jwks_uri": "certs"}
        return {"issuer": self.issuer, **{name: f"{self.issuer}/{path}" for name, path in parts.items()}}

    def tokens(self, nonce: str | None) -> dict[str, Any]:
        now = int(time.time())
        usual = {"iss": self.issuer, "sub": SUBJECT, "iat": now, "exp": now + LIVES_SECONDS}
        scope = " ".join(["openid", *SCOPES[Role.VIEWER]])
        refresh = secrets.token_urlsafe()
        self.refreshers.add(refresh)
        told = {
            "access_token": self._signed(usual | {"aud": ["account", "creditsync"], "scope": scope}),
            "refresh_token": refresh,
            "token_type": "Bearer",
            "expires_in": LIVES_SECONDS,
        }
        identity = usual | {"aud": [CLIENT], "azp": CLIENT, "nonce": nonce, "preferred_username": NAME}
        return told | ({"id_token": self._signed(identity)} if nonce else {})

    def _signed(self, claims: Mapping[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": "the-first"}, dict(claims), self.key)


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        path = urlsplit(self.path).path.removeprefix(PATH)
        if path == "/.well-known/openid-configuration":
            self._json(200, self.server.document())
        elif path == "/certs":
            self._json(200, {"keys": [self.server.key.as_dict(private=False)]})
        elif path == "/auth":
            self._let_in({name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()})
        else:
            self._json(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        if not self._is_client() or {"client_id", "client_secret"} & form.keys():
            return self._json(401, {"error": "invalid_client"})
        asked = self.server.codes.pop(form.get("code", ""), None)
        if asked and form["grant_type"] == "authorization_code" and _proves(form, asked):
            return self._json(200, self.server.tokens(asked["nonce"]))
        if form["grant_type"] == "refresh_token" and form["refresh_token"] in self.server.refreshers:
            self.server.refreshers.remove(form["refresh_token"])
            return self._json(200, self.server.tokens(None))
        return self._json(400, {"error": "invalid_grant"})

    def _let_in(self, asked: dict[str, str]) -> None:
        """Nobody types anything here: whoever asks as the standard says is that one person."""
        expected = {"client_id": CLIENT, "redirect_uri": self.server.redirect_uri, "response_type": "code"}
        if any(asked.get(name) != value for name, value in expected.items()) or "openid" not in asked["scope"].split():
            self._json(400, {"error": "invalid_request"})
            return
        code = secrets.token_urlsafe()
        self.server.codes[code] = asked
        query = urlencode({"session_state": "x", "iss": self.server.issuer, "state": asked["state"], "code": code})
        self.send_response(302)
        self.send_header("Location", f"{asked['redirect_uri']}?{query}")
        self.end_headers()

    def _is_client(self) -> bool:
        kind, _, given = self.headers.get("Authorization", "").partition(" ")
        named = base64.b64decode(given).decode().split(":") if kind == "Basic" else []
        return [unquote_plus(one) for one in named] == [CLIENT, SECRET]

    def _json(self, status: int, value: Mapping[str, Any]) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


def _proves(form: Mapping[str, str], asked: Mapping[str, str]) -> bool:
    """Whether the one who brings the code is the one who asked (RFC 7636)."""
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return asked["code_challenge_method"] == "S256" and asked["code_challenge"] == challenge


if __name__ == "__main__":
    Provider(int(sys.argv[1]), sys.argv[2]).serve_forever()
