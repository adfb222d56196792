"""The AWS platform as Pulumi components: one subject a component, composed in `platform.py`."""
