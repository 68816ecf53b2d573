/** Splits a text stream into the data of its server-sent events; other fields and comments are dropped. */
export interface EventReader {
  /** The data of every event that this piece of text completes. A piece may end anywhere. */
  push(text: string): readonly string[]
  /** What the stream ended in the middle of; servers often leave out the last blank line. */
  end(): readonly string[]
}

/** Reads as the HTML standard says: lines end in LF, CR or CRLF, several data lines are one event. Linear in the text. */
export function createEventReader(): EventReader {
  let line: string[] = []
  let data: string[] = []
  let endedInReturn = false
  const finishEvent = (into: string[]): void => {
    if (data.length > 0) into.push(data.join('\n'))
    data = []
  }
  const finishLine = (into: string[]): void => {
    const text = line.join('')
    line = []
    if (text === '') finishEvent(into)
    else if (text.startsWith('data:')) data.push(text.slice(text.startsWith('data: ') ? 6 : 5))
  }
  return {
    push: (text) => {
      const events: string[] = []
      let start = endedInReturn && text.startsWith('\n') ? 1 : 0
      if (text !== '') endedInReturn = text.endsWith('\r')
      for (const { 0: end, index } of text.matchAll(/\r\n|\n|\r/g)) {
        if (index < start) continue
        line.push(text.slice(start, index))
        start = index + end.length
        finishLine(events)
      }
      line.push(text.slice(start))
      return events
    },
    end: () => {
      const events: string[] = []
      finishLine(events)
      finishEvent(events)
      return events
    },
  }
}
