/** What a patch touches, read from its headers as the program that applies it does. */
export interface PatchedPaths {
  readonly paths: readonly string[]
  readonly deletes: boolean
}

const header = /^\*\*\* (Add File|Delete File|Update File|Move to): (.+)$/

/**
 * Undefined for a text in which no file is named, or which has a header nobody knows: what cannot be read whole is not judged by its
 * readable half. A line of content that looks like a header with a space before it counts as one, which can only name a path more.
 */
export function patchedPaths(patch: string): PatchedPaths | undefined {
  const paths: string[] = []
  let deletes = false
  for (const line of patch.split('\n')) {
    const text = line.trim()
    const [, kind = '', path = ''] = header.exec(text) ?? []
    if (path === '') {
      if (line.startsWith('*** ') && !marks.includes(text)) return undefined
      continue
    }
    deletes ||= kind === 'Delete File' || kind === 'Move to'
    paths.push(path.trim())
  }
  return paths.length === 0 ? undefined : { paths, deletes }
}

/** Headers that name no file. `Environment ID` is none of them: it sends the patch to another machine. */
const marks: readonly string[] = ['*** Begin Patch', '*** End Patch', '*** End of File']
