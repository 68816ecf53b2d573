export { renderDiff } from '@ice-runtime/effects'
