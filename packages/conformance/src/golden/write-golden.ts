import { writeFile } from 'node:fs/promises'
import { goldenFormats } from './golden-formats.ts'
import { writeGoldenLog } from './golden-log.ts'
import { goldenLogOf, goldenStories } from './golden-stories.ts'
import { pinnedNames } from './pinned-names.ts'

/**
 * Writes the golden logs of the version that is being made: `node --conditions=source` this file. A version that was released is
 * never written again; the next one gets a directory of its own, beside those that every build still has to read.
 */
const version = 'v1'

await writeFile(new URL(`${version}/formats.jsonl`, import.meta.url), writeGoldenLog(goldenFormats()))
for (const [name, story] of goldenStories) {
  await writeFile(new URL(`${version}/${name}.jsonl`, import.meta.url), writeGoldenLog(goldenLogOf(story())))
}
await writeFile(new URL('pinned-names.txt', import.meta.url), pinnedNames())
