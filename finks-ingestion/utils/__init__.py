"""What every connector needs and no data source defines: S3, bronze, validation, clock, logs."""
