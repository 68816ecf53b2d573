import '../bin/compile-cache.cjs'

// Loaded after the cache is in place, which a static import would not be.
const { runCommandLine } = await import('./command-line.ts')
await runCommandLine(process.argv.slice(2))
