"""The data API: a Lambda function behind API Gateway that reads gold through Athena.

It runs on Lambda's own Python and boto3, with nothing else (docs/aws/api.md).
"""
