import type { Pick } from './chance.ts'

const HEADER_BYTES = 16
const LENGTH_OFFSET = 12
/** A mutant is never longer: what grows with the input is the business of the tests of bombs. */
const LONGEST = 64 * 1024

/** First bytes of the grammar, ends of ranges, and bytes of lengths. */
const TELLING = Buffer.from(
  '4e545a51604f43707577555658484d49303133345253414200594c445f4a4b46207fff80818f909192bfc0c7c8cfd0d3d4d7d8e0eff0f8ff3e3f5b5c5d5e1f2f6f78',
  'hex'
)

/** Pieces that mean something as they are: heads of values with telling lengths, numbers, references, names, a magic. */
const PIECES = [
  '497fffffff',
  '49ffffffff',
  '4980000000',
  '4900010000',
  '58497fffffff',
  '5849ffffffff',
  '56005849000003e8',
  '53ffff',
  '52ffff',
  '520000',
  '410000',
  '42ffff',
  '37ff',
  '33ff',
  '4c7fffffffffffffff',
  '4c8000000000000000',
  '4a7fffffffffffffff',
  '4b80000000',
  '447ff8000000000000',
  '44fff0000000000000',
  '448000000000000000',
  '5f80000000',
  '5190',
  '5191',
  '5192',
  '51497fffffff',
  '4f49ffffffff',
  '4390',
  '430141497fffffff',
  '4301419060',
  '430141910161',
  '4d90',
  '4d0161',
  '485a',
  '575a',
  '55',
  '57',
  '5a',
  '78',
  '7991',
  '0161',
  `09${Buffer.from('__proto__').toString('hex')}`,
  `0b${Buffer.from('constructor').toString('hex')}`,
  `0e${Buffer.from('hasOwnProperty').toString('hex')}`,
  `04${Buffer.from('name').toString('hex')}`,
  `05${Buffer.from('cause').toString('hex')}`,
  `07${Buffer.from('$invoke').toString('hex')}`,
  `14${Buffer.from('java.math.BigDecimal').toString('hex')}`,
  `14${Buffer.from('java.math.BigInteger').toString('hex')}`,
  `0e${Buffer.from('java.util.UUID').toString('hex')}`,
  '075b646f75626c65',
  'eda080edb080',
  'eda080',
  'f09f9880',
  'c080',
  'e08080',
  'dabb',
  'dabb22',
  'dabbc2000000000000000001ffffffff'
].map((hex) => Buffer.from(hex, 'hex'))

/** Beginnings that repeated make depth: a list, lists to an end mark, a map as value, objects of the first class. */
const NESTING = ['79', '57', '484e', '484d90', '550161', '60', '71016100', '7a90'].map((hex) => Buffer.from(hex, 'hex'))
const EMPTY = ['78', '485a', '575a', '60', '5190', '00', '20', '4e', '520000', '44', '90'].map((hex) =>
  Buffer.from(hex, 'hex')
)

/** A mutant of one of the seed frames. Its header says the length that it has, mostly. */
export function mutateFrame(seeds: readonly Buffer[], pick: Pick): Buffer {
  let bytes: Buffer = Buffer.from(seeds[pick(seeds.length)] as Buffer)
  const from = pick(16) === 0 ? 0 : HEADER_BYTES
  for (let left = 1 + pick([1, 1, 3, 10][pick(4)] as number); left > 0; left--)
    bytes = mutateOnce(bytes, from, seeds, pick)
  if (bytes.length > LONGEST) bytes = bytes.subarray(0, LONGEST)
  if (bytes.length >= HEADER_BYTES && pick(20) !== 0) bytes.writeInt32BE(bytes.length - HEADER_BYTES, LENGTH_OFFSET)
  return bytes
}

/** One change at or behind `from`. The result is a new buffer or the changed `bytes`. */
export function mutateOnce(bytes: Buffer, from: number, seeds: readonly Buffer[], pick: Pick): Buffer {
  const room = bytes.length - from
  if (room <= 0) return Buffer.concat([bytes, pieceOf(pick)])
  const at = from + pick(room)
  switch (pick(12)) {
    case 0:
      bytes[at] = (bytes[at] as number) ^ (1 << pick(8))
      return bytes
    case 1:
      bytes[at] = pick(256)
      return bytes
    case 2:
      bytes[at] = TELLING[pick(TELLING.length)] as number
      return bytes
    case 3:
      bytes[at] = (bytes[at] as number) + (pick(2) === 0 ? 1 : -1)
      return bytes
    case 4:
      pieceOf(pick).copy(bytes, at)
      return bytes
    case 5:
      return insert(bytes, at, pieceOf(pick))
    case 6:
      return remove(bytes, at, 1 + pick(Math.min(24, bytes.length - at)))
    case 7: {
      const chunk = bytes.subarray(at, at + 1 + pick(Math.min(64, bytes.length - at)))
      return insert(bytes, from + pick(room), Buffer.from(chunk))
    }
    case 8: {
      const other = seeds[pick(seeds.length)] as Buffer
      const start = Math.min(HEADER_BYTES, other.length) + pick(Math.max(1, other.length - HEADER_BYTES))
      const part = other.subarray(start, start + 1 + pick(200))
      return pick(2) === 0 ? insert(bytes, at, part) : Buffer.concat([bytes.subarray(0, at), part])
    }
    case 9:
      return bytes.subarray(0, at)
    case 10: {
      const unit = (pick(2) === 0 ? NESTING : EMPTY)[pick(NESTING.length)] as Buffer
      return insert(bytes, at, Buffer.alloc(unit.length * (1 + pick(pick(8) === 0 ? 300 : 12)), unit))
    }
    default:
      bytes.copyWithin(at, from + pick(room), from + pick(room))
      return bytes
  }
}

function pieceOf(pick: Pick): Buffer {
  return PIECES[pick(PIECES.length)] as Buffer
}

function insert(bytes: Buffer, at: number, part: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)])
}

function remove(bytes: Buffer, at: number, count: number): Buffer {
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + count)])
}
