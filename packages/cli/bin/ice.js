#!/usr/bin/env node
import './compile-cache.cjs'
// The built command, or its sources under `--conditions=source`.
await import('#main')
