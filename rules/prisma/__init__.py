"""What Prisma schemas say that Prisma no longer takes, or takes otherwise."""
