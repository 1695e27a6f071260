"""Image Repo: a serverless image repository; see docs/architecture.md for the rooms of this house."""
