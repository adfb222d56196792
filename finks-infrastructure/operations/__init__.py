"""Steps that follow a deployment of the stack, run by people and by CI with the stack's outputs."""
