"""A provider of OpenID Connect that others wrote (`idpyoidc`), in a process of its own: `PORT REDIRECT_URI`.

It asks nobody for a password and refuses a code without its PKCE verifier. Of it only the settings and the way from
HTTP into the library are ours.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import parse_qs, urlsplit

CLIENT, SECRET = "bureau-dashboard", "made-of-letters-and-hyphens-1"  # the library reads HTTP Basic without decoding it
NAME, SCOPES = "王样例", ("sync:read", "ingest:read")
LIVES_SECONDS = 300
_OIDC, _TOKENS = "idpyoidc.server.oidc.", "idpyoidc.server.token."
_PASSWORDLESS = "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword"
_PATHS = {
    "/.well-known/openid-configuration": "provider_config",
    "/authorization": "authorization",
    "/token": "token",
}


def issuer_at(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def settings(issuer: str) -> dict[str, Any]:
    """As the library wants them."""
    keys = [{"type": "EC", "crv": "P-256", "use": ["sig"]}, {"type": "RSA", "use": ["sig"]}]
    secret = [{"type": "OCT", "use": ["enc"], "kid": name} for name in ("password", "salt")]
    sealed = {"crypt_conf": {"kwargs": {"keys": {"key_defs": secret}, "iterations": 1}}}
    access = {"class": f"{_TOKENS}jwt_token.JWTToken", "kwargs": {"lifetime": LIVES_SECONDS}}
    identity = {"class": f"{_TOKENS}id_token.IDToken", "kwargs": {"base_claims": {"name": {"essential": True}}}}
    by_basic = {"client_authn_method": ["client_secret_basic"]}
    pkce = {"essential": True, "code_challenge_methods": {"S256": None}}
    rules = {"authorization_code": {"supports_minting": ["access_token", "id_token"], "max_usage": 1}}
    nobody_asked = {"class": "idpyoidc.server.user_authn.user.NoAuthn", "kwargs": {"user": "person-1"}}
    people = {"person-1": {"name": NAME}}
    return {
        "issuer": issuer,
        "key_conf": {"key_defs": keys, "uri_path": "keys"},
        "preference": {"scopes_supported": ["openid", *SCOPES], "response_types_supported": ["code"]},
        "token_handler_args": {"code": {"lifetime": 60, "kwargs": sealed}, "token": access, "id_token": identity},
        "endpoint": {
            "provider_config": {
                "path": ".well-known/openid-configuration",
                "class": f"{_OIDC}provider_config.ProviderConfiguration",
            },
            "authorization": {"path": "authorization", "class": f"{_OIDC}authorization.Authorization"},
            "token": {"path": "token", "class": f"{_OIDC}token.Token", "kwargs": by_basic},
        },
        "authentication": {"anybody": {"acr": _PASSWORDLESS, **nobody_asked}},
        "userinfo": {"class": "idpyoidc.server.user_info.UserInfo", "kwargs": {"db": people}},
        "add_ons": {"pkce": {"function": "idpyoidc.server.oauth2.add_on.pkce.add_support", "kwargs": pkce}},
        "authz": {
            "class": "idpyoidc.server.authz.AuthzHandling",
            "kwargs": {"grant_config": {"usage_rules": rules | {"access_token": {}}, "expires_in": 3600}},
        },
    }


class Provider(ThreadingHTTPServer):
    """The library behind HTTP."""

    def __init__(self, port: int, redirect_uri: str, folder: Path) -> None:
        # Here, not above: tests read the constants, in a process of which the library is no business.
        from idpyoidc.server import Server
        from idpyoidc.server.configure import OPConfiguration
        from idpyoidc.server.exception import ClientAuthenticationError

        super().__init__(("127.0.0.1", port), _Handler)
        self.refused = ClientAuthenticationError
        self.issuer = issuer_at(port)
        self.library = Server(OPConfiguration(conf=settings(self.issuer), base_path=str(folder)), cwd=str(folder))
        self.library.context.cdb[CLIENT] = {
            "client_id": CLIENT,
            "client_secret": SECRET,
            "redirect_uris": [(redirect_uri, {})],
            "client_salt": "salted",
            "token_endpoint_auth_method": "client_secret_basic",
            "response_types_supported": ["code"],
            "allowed_scopes": ["openid", *SCOPES],
        }
        self.library.keyjar.add_symmetric(CLIENT, SECRET)


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        where = urlsplit(self.path)
        if where.path == "/keys":
            return self._json(200, self.server.library.keyjar.export_jwks_as_json(""))
        return self._answer(_PATHS.get(where.path), where.query)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer(_PATHS.get(urlsplit(self.path).path), body)

    def _answer(self, name: str | None, query: str) -> None:
        if name is None:
            return self._json(404, "{}")
        endpoint = self.server.library.get_endpoint(name)
        headers = {header.lower(): value for header, value in self.headers.items()}
        about = {"headers": headers, "method": self.command, "url": self.server.issuer + self.path}
        try:
            asked = endpoint.parse_request({key: one[0] for key, one in parse_qs(query).items()}, http_info=about)
        except self.server.refused:
            return self._json(401, '{"error": "invalid_client"}')
        found = asked if "error" in asked else endpoint.process_request(asked)
        if "error" in found:
            return self._json(400, json.dumps({"error": str(found["error"])}))
        told = endpoint.do_response(**found)["response"]
        return self._to(told) if name == "authorization" else self._json(200, told)

    def _to(self, address: str) -> None:
        self.send_response(302)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _json(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Says nothing."""


if __name__ == "__main__":
    Provider(int(sys.argv[1]), sys.argv[2], Path(mkdtemp())).serve_forever()
