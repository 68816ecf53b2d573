'use strict'
// Loaded before anything else: what was compiled once is not compiled again, which halves the time of a short command. It is plain
// JavaScript because the first TypeScript file a process reads costs it 40 ms, and with this cache there is none.
const { enableCompileCache } = require('node:module')
const { homedir } = require('node:os')
const { join } = require('node:path')

// In this user's own cache, never in a directory that others can write: what lies there is run.
const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
// An older Node has no cache, and is told what is missing elsewhere.
if (enableCompileCache !== undefined) enableCompileCache(join(cache, 'ice', 'compiled'))
