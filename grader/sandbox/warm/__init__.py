"""The warm processes that workers and judges are forked from."""
