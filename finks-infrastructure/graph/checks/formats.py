"""Patterns of the formats that AWS's resource schemas name.

Source: cfn-lint, docs/format_keyword.md and its rules E1150 to E1159.
"""

_ARN = r"^arn:aws[a-z-]*:"

FORMATS = {
    "AWS::ACM::Certificate.Arn": _ARN + r"acm:[a-z0-9-]+:\d{12}:certificate/.+$",
    "AWS::EC2::Image.Id": r"^ami-([0-9a-z]{8}|[0-9a-z]{17})$",
    "AWS::EC2::SecurityGroup.Id": r"^sg-([a-fA-F0-9]{8}|[a-fA-F0-9]{17})$",
    "AWS::EC2::SecurityGroup.Name": r"^[a-zA-Z0-9 \._\-:\/()#\,@\[\]+=&;\{\}!\$\*]+$",
    "AWS::EC2::Subnet.Id": r"^subnet-([0-9A-Fa-f]{8}|[0-9A-Fa-f]{17})$",
    "AWS::EC2::VPC.Id": r"^vpc-([0-9A-Fa-f]{8}|[0-9A-Fa-f]{17})$",
    "AWS::IAM::Role.Arn": _ARN + r"iam::\d{12}:role/.+$",
    "AWS::KMS::Alias.AliasName": r"^alias/[a-zA-Z0-9:/_-]+$",
    "AWS::KMS::Key.Arn": _ARN + r"kms:[a-z0-9-]+:\d{12}:(key|alias)/.+$",
    "AWS::KMS::Key.Id": (
        r"^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}|alias/[a-zA-Z0-9/_-]+"
        r"|arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)/.+)$"
    ),
    "AWS::Lambda::Function.Arn": _ARN + r"lambda:[a-z0-9-]+:\d{12}:function:.+(:.+)?$",
    "AWS::Logs::LogGroup.Name": r"^[\.\-_\/#A-Za-z0-9]{1,512}$",
    "AWS::S3::Bucket.Name": (
        r"^(?![.\-])(?!.*\.\.)(?!.*\-\.)(?!.*\.\-)[a-z0-9.\-]{3,63}(?<![.\-])$"
    ),
    "AWS::SNS::Topic.Arn": _ARN + r"sns:[a-z0-9-]+:\d{12}:.+$",
    "AWS::SQS::Queue.Arn": _ARN + r"sqs:[a-z0-9-]+:\d{12}:.+$",
    "ipv4-network": r"^\d{1,3}(\.\d{1,3}){3}/\d{1,2}$",
}
