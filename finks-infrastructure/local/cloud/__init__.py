"""The local cloud: one AWS endpoint whose control plane is moto and whose executors are ours."""
