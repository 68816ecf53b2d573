import { readFileSync, writeFileSync } from 'node:fs'
import { generatedDocuments, regenerate } from './generated-documents.ts'

for (const document of generatedDocuments) {
  const path = new URL(`../${document.path}`, import.meta.url)
  writeFileSync(path, await regenerate(document, readFileSync(path, 'utf8')))
}
