"""公开说明理由: why a published decision is gone, as long as the rule says; never what the penalty was (art. 48)."""
