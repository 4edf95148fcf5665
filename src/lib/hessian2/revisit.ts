import type { ClassInfo } from './class-info.ts'
import { HessianReader } from './reader.ts'
import { unexpected } from './refuse.ts'
import { type HessianScan, UNTIL_END } from './scan.ts'
import { LONG_UNITS } from './utf.ts'

/**
 * The second pass: reads values that a scan has validated, at any offset and any number of times. Numbers of classes,
 * types and references mean entries of the scan's tables, to which nothing is added.
 */
export class HessianRevisit extends HessianReader {
  protected readonly scan: HessianScan

  constructor(scan: HessianScan, offset: number) {
    super(scan.bytes, offset, scan.end)
    this.scan = scan
  }

  /** Consumes what stands before the items of a list and returns their count, UNTIL_END when an end mark follows. */
  protected listHead(tag: number): number {
    this.pos++
    if ((tag & 0xf8) === 0x70 || tag === 0x55 || tag === 0x56) this.typeOffset()
    if ((tag & 0xf0) === 0x70) return tag & 7
    return tag === 0x56 || tag === 0x58 ? this.readInt() : UNTIL_END
  }

  /** Consumes a type and returns the offset of its string, which is elsewhere when it was given by number. */
  protected typeOffset(): number {
    const at = this.pos
    const tag = this.bytes[at] as number
    if (tag >= 0x80 || tag === 0x49) return this.scan.typeOffsets[this.readInt()] as number
    this.skipName()
    return at
  }

  /** Passes class definitions, if any, up to the first byte of their object, which is returned and not consumed. */
  protected passClasses(): number {
    const tag = this.bytes[this.pos] as number
    if (tag !== 0x43) return tag
    // The scan knows where the object behind them begins.
    this.pos = this.scan.refOffsets.at(this.scan.refsBefore(this.pos))
    return this.bytes[this.pos] as number
  }

  /** Consumes the first bytes of an object, up to its first field. */
  protected objectClass(tag: number): ClassInfo {
    this.pos++
    if (tag === 0x4f) return this.scan.classInfo(this.readInt())
    if ((tag & 0xf0) !== 0x60) throw unexpected(this.pos - 1, tag, 'an object')
    return this.scan.classInfo(tag - 0x60)
  }

  /** Consumes a reference and returns the offset of its list, map or object. */
  protected refTarget(): number {
    this.pos++
    return this.scan.refOffsets.at(this.readInt())
  }

  protected override unitsEnd(pos: number, units: number): number {
    const known = units < LONG_UNITS ? undefined : this.scan.wideEnds?.get(pos)
    return known ?? super.unitsEnd(pos, units)
  }
}
