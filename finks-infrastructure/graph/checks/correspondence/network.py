"""VPC, load balancer, names and certificates."""

from __future__ import annotations

from graph.checks.correspondence.entry import HERE, Correspondence

_RULE = {
    "cidrIpv4": "CidrIp",
    "cidrIpv6": "CidrIpv6",
    "securityGroupId": "GroupId",
}

NETWORK: dict[str, Correspondence] = {
    "aws:acm/certificate:Certificate": Correspondence(
        "AWS::CertificateManager::Certificate",
        {"options": HERE, "options.certificateTransparencyLoggingPreference": None},
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Correspondence(
        "AWS::EC2::SecurityGroup",
        {"ingress": "SecurityGroupIngress", "egress": "SecurityGroupEgress"},
    ),
    "aws:ec2/eip:Eip": Correspondence(
        "AWS::EC2::EIP", {"instance": "InstanceId", "associateWithPrivateIp": None}
    ),
    "aws:ec2/flowLog:FlowLog": Correspondence(
        "AWS::EC2::FlowLog",
        {
            "iamRoleArn": "DeliverLogsPermissionArn",
            "vpcId": "ResourceId",
            "subnetId": "ResourceId",
            "destinationOptions.fileFormat": "FileFormat",
        },
    ),
    "aws:ec2/internetGateway:InternetGateway": Correspondence(
        "AWS::EC2::InternetGateway", {"vpcId": None}
    ),
    "aws:ec2/natGateway:NatGateway": Correspondence("AWS::EC2::NatGateway", {"privateIp": None}),
    "aws:ec2/route:Route": Correspondence(
        "AWS::EC2::Route", {"destinationPrefixListId": None, "gatewayId": "GatewayId"}
    ),
    "aws:ec2/routeTable:RouteTable": Correspondence(
        "AWS::EC2::RouteTable", {"routes": None, "propagatingVgws": None}
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Correspondence(
        "AWS::EC2::SubnetRouteTableAssociation", {"gatewayId": None}
    ),
    "aws:ec2/securityGroup:SecurityGroup": Correspondence(
        "AWS::EC2::SecurityGroup",
        {
            "name": "GroupName",
            "description": "GroupDescription",
            "ingress": "SecurityGroupIngress",
            "egress": "SecurityGroupEgress",
            "ingress.protocol": "IpProtocol",
            "egress.protocol": "IpProtocol",
            "ingress.cidrBlocks": "CidrIp",
            "egress.cidrBlocks": "CidrIp",
        },
    ),
    "aws:ec2/subnet:Subnet": Correspondence("AWS::EC2::Subnet"),
    "aws:ec2/vpc:Vpc": Correspondence("AWS::EC2::VPC"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Correspondence(
        "AWS::EC2::VPCEndpoint", {"policy": None, "autoAccept": None}
    ),
    "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation": Correspondence(
        "AWS::EC2::VPCEndpoint", {"routeTableId": "RouteTableIds", "vpcEndpointId": None}
    ),
    "aws:lb/listener:Listener": Correspondence(
        "AWS::ElasticLoadBalancingV2::Listener",
        {
            "certificateArn": "Certificates.CertificateArn",
            "defaultActions.redirect": "RedirectConfig",
            "defaultActions.fixedResponse": "FixedResponseConfig",
            "defaultActions.forward": "ForwardConfig",
            "defaultActions.forward.targetGroups.arn": "TargetGroupArn",
            "defaultActions.forward.stickiness": "TargetGroupStickinessConfig",
            "defaultActions.forward.stickiness.duration": "DurationSeconds",
        },
        extensions=("aws_elasticloadbalancingv2_listener/certificate",),
    ),
    "aws:lb/listenerRule:ListenerRule": Correspondence(
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        {
            "actions.redirect": "RedirectConfig",
            "actions.fixedResponse": "FixedResponseConfig",
            "actions.forward": "ForwardConfig",
            "actions.forward.targetGroups.arn": "TargetGroupArn",
            "actions.forward.stickiness": "TargetGroupStickinessConfig",
            "actions.forward.stickiness.duration": "DurationSeconds",
            "conditions.hostHeader": "HostHeaderConfig",
            "conditions.httpHeader": "HttpHeaderConfig",
            "conditions.httpRequestMethod": "HttpRequestMethodConfig",
            "conditions.pathPattern": "PathPatternConfig",
            "conditions.queryStrings": "QueryStringConfig.Values",
            "conditions.sourceIp": "SourceIpConfig",
        },
    ),
    "aws:lb/loadBalancer:LoadBalancer": Correspondence(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        # Terraform's name, the console's and CloudFormation's attribute list differ.
        {"loadBalancerType": "Type"},
    ),
    "aws:lb/targetGroup:TargetGroup": Correspondence(
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        {
            "healthCheck": HERE,
            "healthCheck.enabled": "HealthCheckEnabled",
            "healthCheck.healthyThreshold": "HealthyThresholdCount",
            "healthCheck.interval": "HealthCheckIntervalSeconds",
            "healthCheck.matcher": "Matcher.HttpCode",
            "healthCheck.path": "HealthCheckPath",
            "healthCheck.port": "HealthCheckPort",
            "healthCheck.protocol": "HealthCheckProtocol",
            "healthCheck.timeout": "HealthCheckTimeoutSeconds",
            "healthCheck.unhealthyThreshold": "UnhealthyThresholdCount",
        },
        extensions=(
            "aws_elasticloadbalancingv2_targetgroup/healthcheckprotocol_restrictions",
            "aws_elasticloadbalancingv2_targetgroup/protocol_restrictions",
            "aws_elasticloadbalancingv2_targetgroup/targettype_restrictions",
        ),
    ),
    "aws:route53/record:Record": Correspondence(
        "AWS::Route53::RecordSet",
        {
            "zoneId": "HostedZoneId",
            "records": "ResourceRecords",
            "aliases": "AliasTarget",
            "aliases.name": "DNSName",
            "aliases.zoneId": "HostedZoneId",
        },
    ),
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": Correspondence(
        "AWS::ServiceDiscovery::PrivateDnsNamespace"
    ),
    "aws:servicediscovery/service:Service": Correspondence("AWS::ServiceDiscovery::Service"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": Correspondence(
        "AWS::EC2::SecurityGroupEgress",
        {
            **_RULE,
            "referencedSecurityGroupId": "DestinationSecurityGroupId",
            "prefixListId": "DestinationPrefixListId",
        },
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Correspondence(
        "AWS::EC2::SecurityGroupIngress",
        {
            **_RULE,
            "referencedSecurityGroupId": "SourceSecurityGroupId",
            "prefixListId": "SourcePrefixListId",
        },
    ),
    "aws:ec2/securityGroupRule:SecurityGroupRule": Correspondence(
        "AWS::EC2::SecurityGroupIngress",
        {
            "securityGroupId": "GroupId",
            "protocol": "IpProtocol",
            "cidrBlocks": "CidrIp",
            "ipv6CidrBlocks": "CidrIpv6",
            "prefixListIds": "SourcePrefixListId",
        },
    ),
}
