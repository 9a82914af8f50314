"""月报表: the monthly forms A (city) and B (province) of 苏应急函〔2022〕33号, counted from the ledger (G16)."""
