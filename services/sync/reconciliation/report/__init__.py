"""The report of one run (对账报告): a page to print, a workbook, JSON - of the same rows."""
