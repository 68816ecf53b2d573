import type { Figure, Target } from './figure.ts'
import { isMet } from './figure.ts'
import type { Machine } from './machine.ts'

export interface BenchReport {
  /** Date of the measurement, `YYYY-MM-DD`. */
  readonly date: string
  readonly machine: Machine
  readonly figures: readonly Figure[]
}

const headings: readonly string[] = ['figure', 'value', 'unit', 'target', '']

/** Aligned columns for a terminal, one table for each benchmark, and what was missed at the end. */
export function renderReport({ machine, figures }: BenchReport): string {
  const tables = [...Map.groupBy(figures, ({ benchmark }) => benchmark)].map(([name, group]) => `${name}\n${renderTable(group)}`)
  const notes = Object.entries(machine).map(([name, value]) => `${name}: ${value}`)
  const missed = figures.filter((figure) => isMet(figure) === false).map((figure) => `missed: ${figure.name} is ${describe(figure)}`)
  return [...tables, notes.join('\n'), missed.length === 0 ? 'no target is missed' : missed.join('\n')].join('\n\n')
}

function renderTable(figures: readonly Figure[]): string {
  const rows = [headings, ...figures.map(cellsOf)]
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows.map((row) => `  ${row.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join('  ')}`.trimEnd()).join('\n')
}

function cellsOf(figure: Figure): readonly string[] {
  const met = isMet(figure)
  const mark = met === undefined ? '' : met ? 'pass' : 'MISS'
  return [figure.name, formatNumber(figure.value), figure.unit, figure.target === undefined ? '' : describeTarget(figure.target), mark]
}

/** Numbers to the right, words to the left. */
function pad(cell: string, width: number, column: number): string {
  return column === 1 ? cell.padStart(width) : cell.padEnd(width)
}

function describe(figure: Figure): string {
  const target = figure.target === undefined ? '' : `, target ${describeTarget(figure.target)}`
  return `${formatNumber(figure.value)} ${figure.unit}${target}`
}

function describeTarget({ bound, value }: Target): string {
  return `${bound === 'at most' ? '≤' : '≥'} ${formatNumber(value)}`
}

/** Three significant digits below a thousand, whole numbers above: more would claim a precision that is not there. */
function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)))
}
