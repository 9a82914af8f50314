"""Signing in with any standard provider of OpenID Connect: authorization code with PKCE, checked state and nonce."""
