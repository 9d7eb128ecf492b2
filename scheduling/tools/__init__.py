"""What agents may call, see `scheduling.toolbox`: one registry for those within and outside."""
