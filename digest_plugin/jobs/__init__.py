"""What a job in the cloud works with: git, GitHub, the published site, and what it says there."""
