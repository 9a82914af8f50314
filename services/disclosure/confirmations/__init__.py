"""What waits for a person: facts that a record leaves open, and approval before display (待确认、待审批)."""
