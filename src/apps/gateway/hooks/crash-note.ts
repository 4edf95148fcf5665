import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'

/**
 * Which version of a hook runs in an instance, for who finds the instance dead. One small file for each process:
 *
 *   note     = running building { version }
 *   running  = u32, little endian       number of the version whose code runs now; 0 = none
 *   building = u32, little endian       number of the version that is being built; 0 = none
 *   version  = 256 bytes                `name@sha256:…`, filled up with zeros; the first one has number 1
 *
 * Nothing else is told before a native crash: no handler runs, and what was sent may not have left.
 */
export interface CrashNote {
  /** The number of a version; the same one for the same key. 0 once it is closed. */
  numberOf(key: string): number
  /**
   * Its code runs from now on; 0 = it has ended. Costs a write of 4 bytes into memory, 1 µs: two of them for each batch
   * of calls. Without the second one whatever fails in the gateway itself would be the last hook's, for good.
   */
  runs(number: number): void
  /** It is being built; 0 = it was. */
  builds(number: number): void
  /** None runs any more; the file goes. */
  close(): void
}

const RUNNING_AT = 0
const BUILDING_AT = 4
const NAMES_AT = 8
const NAME_BYTES = 256

/** Makes the file, which must not be there yet. Throws what the file system throws. */
export function openCrashNote(path: string): CrashNote {
  // Exclusive: in a folder for everybody it could be somebody else's link.
  const fd = openSync(path, 'wx', 0o600)
  const numbers = new Map<string, number>()
  const bytes = Buffer.alloc(4)
  let closed = false
  const write = (number: number, at: number): void => {
    // A build may end after that, when the descriptor is another file's.
    if (closed) return
    bytes.writeUInt32LE(number)
    writeSync(fd, bytes, 0, 4, at)
  }
  write(0, RUNNING_AT)
  write(0, BUILDING_AT)
  return {
    numberOf(key) {
      if (closed) return 0
      const known = numbers.get(key)
      if (known !== undefined) return known
      const number = numbers.size + 1
      numbers.set(key, number)
      const name = Buffer.alloc(NAME_BYTES)
      name.write(key)
      writeSync(fd, name, 0, NAME_BYTES, NAMES_AT + (number - 1) * NAME_BYTES)
      return number
    },
    runs: (number) => write(number, RUNNING_AT),
    builds: (number) => write(number, BUILDING_AT),
    close() {
      closed = true
      closeSync(fd)
      // The supervisor may be gone, too.
      rmSync(path, { force: true })
    }
  }
}

/**
 * Keys of the versions that ran or were built when the process ended; none where there is no such file. `hung`: it was
 * ended since its event loop stood, which one that runs does, and one that is built beside it, in a thread, does not.
 */
export function readCrashNote(path: string, hung = false): string[] {
  let note: Buffer
  try {
    note = readFileSync(path)
  } catch {
    return []
  }
  const keys = new Set<string>()
  for (const at of [RUNNING_AT, BUILDING_AT]) {
    const number = note.length >= NAMES_AT ? note.readUInt32LE(at) : 0
    const from = NAMES_AT + (number - 1) * NAME_BYTES
    if (number === 0 || from + NAME_BYTES > note.length) continue
    const [key = ''] = note.toString('latin1', from, from + NAME_BYTES).split('\0')
    keys.add(key)
    if (hung) break
  }
  return [...keys]
}
