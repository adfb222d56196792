"""What the platform consists of, as pure data: the one place where its names stand.

`components/` renders it as Pulumi resources, `local/bootstrap.py` as boto3 calls, so that the
laptop and AWS cannot drift apart. Nothing in here imports an SDK.
"""
