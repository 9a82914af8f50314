"""Imports (导入): whole files and other systems' tables taken in, slice by slice, with one verdict a row."""
