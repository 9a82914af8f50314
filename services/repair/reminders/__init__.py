"""修复提醒: who is told that repair has become possible, and by which channel it reaches them, each once.

disclosure decides of what and on which day; here it is only delivered. Serves G01 and G12.
"""
