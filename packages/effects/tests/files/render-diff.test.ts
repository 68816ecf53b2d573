import { expect, test } from 'vitest'
import { changesBetween, directory, file, link, openMemoryBlobs } from '@ice-runtime/conformance'
import type { Tree } from '@ice-runtime/conformance'
import { escapeControls, renderDiff } from '../../src/files/render-diff.ts'

function diffOf(before: Tree, after: Tree): string {
  const blobs = openMemoryBlobs()
  return renderDiff(changesBetween(before, after, blobs), blobs)
}

test('shows edited text as a unified diff', () => {
  expect(diffOf({ a: file('one\ntwo\nthree\n') }, { a: file('one\n2\nthree\n') })).toBe(
    'diff a\n--- a/a\n+++ b/a\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n',
  )
})

test('shows what is new, gone, moved to another mode, and a file without a last line feed', () => {
  const text = diffOf(
    { gone: file('bye\n'), tool: file('#!') },
    { tool: file('#!', 0o755), n: directory, 'n/new': file('hi'), l: link('../x') },
  )
  expect(text).toBe(
    [
      'diff gone',
      'deleted file mode 644',
      '--- a/gone',
      '+++ /dev/null',
      '@@ -1,1 +0,0 @@',
      '-bye',
      'diff l',
      'new symlink',
      '--- /dev/null',
      '+++ b/l',
      '@@ -0,0 +1,1 @@',
      '+../x',
      '\\ No newline at end of file',
      'diff n',
      'new directory',
      'diff n/new',
      'new file mode 644',
      '--- /dev/null',
      '+++ b/n/new',
      '@@ -0,0 +1,1 @@',
      '+hi',
      '\\ No newline at end of file',
      'diff tool',
      'was file mode 644',
      'now file mode 755',
      '',
    ].join('\n'),
  )
})

test('shows by digest what is no text, is too large, or is not kept', () => {
  const digest =
    /^diff a\n(?:new file mode 644\n)?binary (?:absent|sha256:[0-9a-f]{64} \(\d+ bytes\)) -> sha256:[0-9a-f]{64} \(\d+ bytes\)\n$/
  expect(diffOf({ a: file('a\0') }, { a: file('b\0') })).toMatch(digest)
  expect(diffOf({}, { a: file('x'.repeat(1024 * 1024 + 1)) })).toMatch(digest)
  expect(renderDiff(changesBetween({}, { a: file('x') }, openMemoryBlobs()), openMemoryBlobs())).toMatch(digest)
})

test('nothing in content or name reaches the terminal as a command or hides', () => {
  const text = diffOf({}, { 'a\u001b[2K\nb': file('safe\r\u001b[1Aevil \u202Etxt.exe\u200b\u009b1m\n') })
  expect(text).toContain('diff a\\x1b[2K\\x0ab\n')
  expect(text).toContain('+safe\\x0d\\x1b[1Aevil \\u{202e}txt.exe\\u{200b}\\x9b1m\n')
  expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f]/)
})

test('two large files without a common line are shown whole, soon', () => {
  const lines = (prefix: string): string => Array.from({ length: 30_000 }, (_, index) => `${prefix}${index}`).join('\n')
  expect(diffOf({ a: file(lines('a')) }, { a: file(lines('b')) })).toMatch(
    /^diff a\n--- a\/a\n\+\+\+ b\/a\n@@ -1,30000 \+1,30000 @@\n-a0\n/,
  )
})

test('ordinary text is left as it is', () => {
  expect(escapeControls('tab\t und Grüße 日本 👩🏽\n')).toBe('tab\t und Grüße 日本 👩🏽\n')
})
