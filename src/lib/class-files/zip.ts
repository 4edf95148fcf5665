import { crc32, inflateRawSync } from 'node:zlib'
import { AboxError } from '#core/errors'
import { classFileErrors } from './errors.ts'

/**
 * A zip file as jars are: found from its end, read by its central directory alone.
 *
 * ```
 * zip     = *( local data ) *( central ) end
 * end     = 50 4b 05 06  disk:2 disk:2 entries:2 entries:2 size:4 offset:4 comment-length:2 comment
 * central = 50 4b 01 02  made:2 needs:2 flags:2 method:2 time:4 crc:4 packed:4 size:4
 *           name-length:2 extra-length:2 comment-length:2 disk:2 internal:2 external:4 local:4  name extra comment
 * local   = 50 4b 03 04  needs:2 flags:2 method:2 time:4 crc:4 packed:4 size:4 name-length:2 extra-length:2  name extra
 * ```
 * Numbers are little-endian. Only what the central directory says counts; names are keys and never paths of files.
 */
export interface Zip {
  /** What messages call it: the name that was given. */
  readonly name: string
  /** Names of the entries that are no folders, in the order of the directory. */
  readonly names: readonly string[]
  has(entry: string): boolean
  /** The entry's bytes. Undefined: there is none of this name. ABOX_CLASS_JAR, ABOX_CLASS_LIMIT name jar, entry and offset. */
  read(entry: string): Buffer | undefined
}

export interface ZipLimits {
  readonly maxEntries: number
  /** Of one entry, unpacked, bytes. */
  readonly maxEntryBytes: number
  /** Of all entries that are read, unpacked, bytes; an entry that is read twice counts twice. */
  readonly maxTotalBytes: number
}

/** An API jar has hundreds of classes of some KB; these leave room for a hundred times that. */
const defaultLimits: ZipLimits = {
  maxEntries: 65_534,
  maxEntryBytes: 4 * 1024 * 1024,
  maxTotalBytes: 128 * 1024 * 1024
}

const END_BYTES = 22
const CENTRAL_BYTES = 46
const LOCAL_BYTES = 30
const END_MARK = 0x0605_4b50
const CENTRAL_MARK = 0x0201_4b50
const LOCAL_MARK = 0x0403_4b50
const STORED = 0
const DEFLATED = 8
const ENCRYPTED = 1
const MAX_COMMENT = 0xffff
const MAX_NAME = 1024

interface Entry {
  readonly name: string
  readonly flags: number
  readonly method: number
  readonly crc: number
  readonly packed: number
  readonly size: number
  readonly local: number
  /** Where the directory speaks of it. */
  readonly at: number
}

/** Reads the directory; entries are unpacked when they are asked for. Throws ABOX_CLASS_JAR and ABOX_CLASS_LIMIT. */
export function openZip(bytes: Buffer, name: string, limits: ZipLimits = defaultLimits): Zip {
  const entries = readDirectory(bytes, name, limits)
  let left = limits.maxTotalBytes
  return {
    name,
    names: [...entries.keys()],
    has: (entry) => entries.has(entry),
    read(key) {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      const where = `${name}: entry ${show(key)} at offset ${entry.local}`
      if (entry.size > limits.maxEntryBytes) {
        throw limit(`${where}: found ${entry.size} bytes unpacked, at most ${limits.maxEntryBytes} are read`)
      }
      if (entry.size > left)
        throw limit(`${where}: all entries together unpack to more than ${limits.maxTotalBytes} bytes`)
      left -= entry.size
      return unpack(bytes, entry, where)
    }
  }
}

function readDirectory(bytes: Buffer, name: string, limits: ZipLimits): Map<string, Entry> {
  const end = findEnd(bytes, name)
  const count = bytes.readUInt16LE(end + 10)
  const size = bytes.readUInt32LE(end + 12)
  const start = bytes.readUInt32LE(end + 16)
  // Zip64 says 65535 and −1 here. Its jars are whole applications.
  if (count > limits.maxEntries || start === 0xffff_ffff) {
    throw limit(`${name}: found ${count} entries or a zip64 directory, at most ${limits.maxEntries} entries are read`)
  }
  if (start + size > end) throw damaged(`${name}: the directory at offset ${start} does not end before ${end}`)
  const entries = new Map<string, Entry>()
  let at = start
  for (let i = 0; i < count; i++) {
    if (end - at < CENTRAL_BYTES || bytes.readUInt32LE(at) !== CENTRAL_MARK) {
      throw damaged(`${name}: found no entry ${i + 1} of ${count} at offset ${at} of the directory`)
    }
    const nameLength = bytes.readUInt16LE(at + 28)
    const next = at + CENTRAL_BYTES + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
    if (next > end || nameLength > MAX_NAME)
      throw damaged(`${name}: the entry at offset ${at} does not end within the directory`)
    const entry: Entry = {
      name: bytes.toString('utf8', at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameLength),
      flags: bytes.readUInt16LE(at + 8),
      method: bytes.readUInt16LE(at + 10),
      crc: bytes.readUInt32LE(at + 16),
      packed: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
      local: bytes.readUInt32LE(at + 42),
      at
    }
    // Java takes the last of two, other programs the first: whoever looks sees another class than the one that runs.
    if (entries.has(entry.name)) throw damaged(`${name}: found entry ${show(entry.name)} twice, again at offset ${at}`)
    if (!entry.name.endsWith('/')) entries.set(entry.name, entry)
    at = next
  }
  return entries
}

/** The end record is the last thing but for a comment whose length it states. */
function findEnd(bytes: Buffer, name: string): number {
  const first = Math.max(0, bytes.length - END_BYTES - MAX_COMMENT)
  for (let at = bytes.length - END_BYTES; at >= first; at--) {
    if (bytes.readUInt32LE(at) !== END_MARK) continue
    if (at + END_BYTES + bytes.readUInt16LE(at + 20) === bytes.length) return at
  }
  throw damaged(`${name}: found no end of a zip directory in ${bytes.length} bytes, expected a jar`)
}

function unpack(bytes: Buffer, entry: Entry, where: string): Buffer {
  const { local, packed, size, method } = entry
  if (bytes.length - local < LOCAL_BYTES || bytes.readUInt32LE(local) !== LOCAL_MARK) {
    throw damaged(`${where}: found no local header there`)
  }
  if ((entry.flags & ENCRYPTED) !== 0) throw damaged(`${where}: it is encrypted`)
  const start = local + LOCAL_BYTES + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
  if (start + packed > bytes.length) throw damaged(`${where}: its ${packed} bytes reach past the end of the file`)
  const data = bytes.subarray(start, start + packed)
  if (method !== STORED && method !== DEFLATED) {
    throw damaged(`${where}: found compression ${method}, expected 0 (stored) or 8 (deflated)`)
  }
  const plain = method === STORED ? data : inflate(data, size, where)
  if (plain.length !== size) throw damaged(`${where}: unpacked to ${plain.length} bytes, the directory says ${size}`)
  if (crc32(plain) !== entry.crc) throw damaged(`${where}: its checksum is not the one that the directory gives`)
  return plain
}

/** A stream that unpacks to more than it claims is stopped at the claim. */
function inflate(data: Buffer, size: number, where: string): Buffer {
  try {
    return inflateRawSync(data, { maxOutputLength: Math.max(1, size) })
  } catch (error) {
    throw damaged(`${where}: not unpacked: ${error instanceof Error ? error.message : 'no reason given'}`)
  }
}

/** Names come from the file and go to a terminal. */
export const show = (text: string): string => JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text)

const damaged = (text: string): AboxError => new AboxError(classFileErrors.ABOX_CLASS_JAR, text)
const limit = (text: string): AboxError => new AboxError(classFileErrors.ABOX_CLASS_LIMIT, text)
