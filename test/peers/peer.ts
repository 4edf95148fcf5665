import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A program of somebody else, as the interop tier needs it: can it be started here, and how is it got? */
export interface Peer {
  /** Why it cannot be started, in one line that says what to do; undefined when it can. */
  absent(): string | undefined
  /** Gets it by the ordinary package clients. Says what it does by `log`; throws when it cannot be had. */
  install(log: (line: string) => void): Promise<void>
}

/** The full path of a program on PATH, or undefined. */
export function findProgram(name: string, folders = (process.env['PATH'] ?? '').split(delimiter)): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
