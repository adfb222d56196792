"""What each workload may do on AWS: the statements of its role, one file a group of workloads."""
