"""repair (信用修复): does an application meet the conditions, who decided what, and has it taken effect everywhere?

An approved application is a take-down order for every portal; the case closes only when absence was observed on all
of them. Serves G10.
"""
