"""数据共享清单: what each source sent on each day and what became of it; sign-off, tickets, sources that fall silent.

Computed from one small row a batch and authority, written with the batch (`count.py`); it decides nothing about rows.
"""
