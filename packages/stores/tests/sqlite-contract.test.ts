import { blobsContract, logContract, viewsContract } from '@ice-runtime/conformance'
import { newPlace } from './sqlite-place.ts'

logContract('the SQLite store', { open: newPlace })
blobsContract('the SQLite store', { open: newPlace })
viewsContract('the SQLite store', { open: newPlace })
