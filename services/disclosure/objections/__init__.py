"""What objections (异议) change here: the mark beside a shown record, and a class that was proved wrong.

Whether an objection is right is decided by repair. A mark never changes a window.
"""
