"""XLSX read as a stream: own reader over zipfile and expat (decision 0014), because a workbook comes from outside and
the usual libraries hold it whole or leave out what the rulings ask for."""
