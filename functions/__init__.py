"""Image Repo: a serverless image repository. `docs/architecture.md` describes its packages."""
