"""The JSON faces: the citizens' /api/v1 and WeChat's callbacks."""
