"""Materials (申请材料): which papers an application needs, their files, and who may fetch one."""
