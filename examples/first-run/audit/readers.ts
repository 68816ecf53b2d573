import { settingsFindings } from './agent-settings.ts'
import { ciFindings, hookFindings } from './ci-files.ts'
import type { FileText, Finding } from './finding.ts'
import { manifestFindings, npmLockFindings, otherLockFindings } from './install-scripts.ts'
import { instructionFindings } from './instruction-files.ts'

/** What the readers of one file know of the others. */
export interface ReadingContext {
  /** Packages that the root manifest lets run scripts; undefined when it does not say. */
  readonly allowed: ReadonlySet<string> | undefined
}

export type Reader = (file: FileText, context: ReadingContext) => readonly Finding[]

interface ReaderRule {
  readonly matches: RegExp
  readonly read: Reader
}

/** Which files are worth reading, and by whom. The first rule that matches a path is its reader. */
const rules: readonly ReaderRule[] = [
  { matches: /(?:^|\/)package\.json$/, read: manifestFindings },
  { matches: /(?:^|\/)(?:package-lock|npm-shrinkwrap)\.json$/, read: (file, { allowed }) => npmLockFindings(file, allowed) },
  { matches: /(?:^|\/)(?:pnpm-lock\.yaml|yarn\.lock|bun\.lock)$/, read: otherLockFindings },
  { matches: /(?:^|\/)(?:\.mcp\.json|mcp\.json|claude_desktop_config\.json)$/, read: settingsFindings },
  { matches: /(?:^|\/)\.(?:claude|gemini)\/settings(?:\.local)?\.json$/, read: settingsFindings },
  { matches: /(?:^|\/)\.cursor\/[^/]+\.json$/, read: settingsFindings },
  { matches: /(?:^|\/)\.vscode\/(?:tasks|settings|mcp)\.json$/, read: settingsFindings },
  { matches: /(?:^|\/)(?:\.devcontainer\/(?:[^/]+\/)?devcontainer|\.devcontainer)\.json$/, read: settingsFindings },
  { matches: /(?:^|\/)(?:AGENTS|CLAUDE|CLAUDE\.local|GEMINI|SKILL)\.md$/, read: (file) => instructionFindings(file, true) },
  { matches: /(?:^|\/)\.(?:cursorrules|windsurfrules|clinerules)$/, read: (file) => instructionFindings(file, true) },
  { matches: /(?:^|\/)\.(?:claude|cursor|clinerules|windsurf)\/.*\.mdc?$/, read: (file) => instructionFindings(file, true) },
  {
    matches: /(?:^|\/)\.github\/(?:copilot-instructions\.md|.*\.(?:instructions|prompt|agent)\.md)$/,
    read: (file) => instructionFindings(file, true),
  },
  { matches: /(?:^|\/)README(?:\.md|\.rst|\.txt)?$/i, read: (file) => instructionFindings(file, false) },
  { matches: /(?:^|\/)\.github\/(?:workflows\/[^/]+|actions\/.*\/action|action)\.ya?ml$/, read: ciFindings },
  { matches: /(?:^|\/)(?:\.gitlab-ci|azure-pipelines|bitbucket-pipelines|\.travis|\.drone|appveyor|cloudbuild)\.ya?ml$/, read: ciFindings },
  { matches: /(?:^|\/)(?:\.circleci|\.buildkite)\/[^/]+\.ya?ml$/, read: ciFindings },
  { matches: /(?:^|\/)(?:\.ci|ci)\/[^/]+$/, read: ciFindings },
  { matches: /(?:^|\/)Jenkinsfile$/, read: ciFindings },
  { matches: /(?:^|\/)(?:\.husky|\.githooks)\/[^/_][^/]*$/, read: hookFindings },
  { matches: /(?:^|\/)(?:\.pre-commit-config|lefthook)\.ya?ml$/, read: hookFindings },
]

/** The reader of a path, undefined for a file that says nothing about what an agent could do. */
export function readerOf(path: string): Reader | undefined {
  return rules.find(({ matches }) => matches.test(path))?.read
}
