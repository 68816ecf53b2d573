import { workerData } from 'node:worker_threads'
import { IceError } from '@ice-runtime/kernel'
import { openDatabase, translated } from './database.ts'
import { lastMessage, unpackGroup } from './group-message.ts'
import type { GroupMessage, GroupReply, WriterSetup } from './group-message.ts'
import { openGroupWriter } from './group-writer.ts'
import { sha256 } from './sha256.ts'
import { registerStreams } from './stream-names.ts'

// The thread that writes groups beside the one that decides: it has a connection of its own and writes what it is handed, one group
// after another. A function cannot be handed to it, so it brings its own SHA-256, for the tree.

const { path, synchronous, port, answers } = workerData as WriterSetup

function answer(task: () => void): void {
  port.postMessage(replyOf(task))
  // Counted after it was sent: whoever waits for the count finds it.
  Atomics.add(answers, 0, 1)
  Atomics.notify(answers, 0)
}

function replyOf(task: () => void): GroupReply {
  try {
    translated('write a group', task)
    return { durable: true }
  } catch (fault) {
    const { code, message, hint } = fault instanceof IceError ? fault : new IceError('store.failed', String(fault))
    return { durable: false, code, message, hint }
  }
}

answer(() => {
  const database = openDatabase(path, synchronous)
  const write = openGroupWriter(database, registerStreams(database), sha256)
  port.on('message', (message: GroupMessage | typeof lastMessage) => {
    if (message !== lastMessage) return answer(() => write(unpackGroup(message)))
    database.close()
    port.close()
  })
})
