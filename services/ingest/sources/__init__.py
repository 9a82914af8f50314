"""The source map (数据来源清单): which system is authoritative for which kind of record, as operators set it (B03)."""
