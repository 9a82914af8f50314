"""What the business register says of subjects (登记信息): status with its history, names, former names, old numbers.

`known_subjects` in `known.py` is the door for checks: what the register knows of many subjects, in two statements.
"""
