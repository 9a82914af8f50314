"""CSV (逗号分隔文件) with any usual delimiter."""
