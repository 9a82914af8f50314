"""The only place that knows the columns of the dual-disclosure templates (双公示, `CF_*` and `XK_*`)."""
