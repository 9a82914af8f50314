"""The tracking page (进度查询) of an application: without login, by tracking number and the end of the credit code."""
