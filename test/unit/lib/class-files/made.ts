import { readFileSync } from 'node:fs'
import { crc32, deflateRawSync } from 'node:zlib'
import { type ClassPath, openJars } from '#lib/class-files'

const JARS = new URL('../../../fixtures/jars/', import.meta.url)

/** One of the jars in test/fixtures/jars, which are built from the sources beside them. */
export const jarBytes = (name: string): Buffer => readFileSync(new URL(name, JARS))

export const jarsOf = (...names: string[]): ClassPath =>
  openJars(names.map((name) => ({ name, bytes: jarBytes(name) })))

/** An entry as it is to be written; what is not given is written rightly. */
export interface MadeEntry {
  readonly name: string
  readonly data: Buffer
  readonly stored?: boolean
  /** Claims of the central directory. */
  readonly size?: number
  readonly packed?: number
  readonly crc?: number
  readonly flags?: number
  readonly method?: number
  readonly local?: number
}

/** A zip file with these entries and nothing else. */
export function makeZip(entries: readonly MadeEntry[], comment = ''): Buffer {
  const parts: Buffer[] = []
  const central: Buffer[] = []
  let at = 0
  for (const entry of entries) {
    const name = Buffer.from(entry.name)
    const packed = entry.stored === true ? entry.data : deflateRawSync(entry.data)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x0403_4b50, 0)
    local.writeUInt16LE(name.length, 26)
    const head = Buffer.alloc(46)
    head.writeUInt32LE(0x0201_4b50, 0)
    head.writeUInt16LE(entry.flags ?? 0, 8)
    head.writeUInt16LE(entry.method ?? (entry.stored === true ? 0 : 8), 10)
    head.writeUInt32LE(entry.crc ?? crc32(entry.data), 16)
    head.writeUInt32LE(entry.packed ?? packed.length, 20)
    head.writeUInt32LE(entry.size ?? entry.data.length, 24)
    head.writeUInt16LE(name.length, 28)
    head.writeUInt32LE(entry.local ?? at, 42)
    parts.push(local, name, packed)
    central.push(head, name)
    at += 30 + name.length + packed.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x0605_4b50, 0)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(at, 16)
  end.writeUInt16LE(Buffer.byteLength(comment), 20)
  return Buffer.concat([...parts, directory, end, Buffer.from(comment)])
}
