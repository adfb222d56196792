"""S3 objects as plain files: ``{root}/{bucket}/{key}``, with an index of what else S3 knows."""
