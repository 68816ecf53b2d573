export {
  guarded,
  hookAnswer,
  hookDeadlineMs,
  hookSettings,
  hosts,
  installHook,
  parseHost,
  probeHost,
  readHookCall,
  settingsPaths,
  uninstallHook,
} from '@ice-runtime/adapters'
export type { Blocking, Host, HookAnswer, HookVerdict, HostProbe } from '@ice-runtime/adapters'
export { askHook } from '../host/ask-hook.ts'
export type { HookQuestion } from '../host/ask-hook.ts'
export { importTranscripts } from '../host/import-transcripts.ts'
export type { TranscriptImport } from '../host/import-transcripts.ts'
