/** Loaded into the portal process before Next: it ends when the process that started it is gone. */
process.channel?.unref()
process.on('disconnect', () => process.exit(0))
