"""申请办理: an application from filing to the closed case: its legal clocks, its two people, its effect (G10)."""
