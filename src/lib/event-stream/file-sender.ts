import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { EventSender } from './event-stream.ts'

/** Appends one event a line. The file is opened at the first batch and created with its folder. */
export function createFileSender(path: string): EventSender {
  let file: FileHandle | undefined
  return {
    async send(events) {
      if (file === undefined) {
        await mkdir(dirname(path), { recursive: true })
        file = await open(path, 'a')
      }
      await file.appendFile(`${events.join('\n')}\n`)
    },
    async close() {
      await file?.close()
      file = undefined
    }
  }
}
