"""Figures of repair (facts B17): how papers pass, how long each step takes, what is overdue and what comes, and who
still has records that are shown. Reads what the procedure stores and changes nothing.
"""
