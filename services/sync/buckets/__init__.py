"""Bucket digests (分桶摘要): whether two sides hold the same, by comparing a few kilobytes."""
