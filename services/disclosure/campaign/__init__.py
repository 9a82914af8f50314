"""集中清理: the clean-up campaign of 苏应急函〔2022〕33号. Every take-down has a reason and an approver (G14)."""
