"""Eligibility (可否修复): yes or no, why, by which article, and the first possible day."""
