"""Local accounts of the embedded mode: people with a password and a role, beside the local identity provider.

In production the bureau's own provider knows the people and this package is not used.
"""
