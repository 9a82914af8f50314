"""Reconciliation (对账): everything on one portal against everything that is wanted there, and what people decide."""
