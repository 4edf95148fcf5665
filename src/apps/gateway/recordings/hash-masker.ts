import { createHmac, type KeyObject } from 'node:crypto'
import type { Masker } from './mask.ts'

/**
 * Values that are equal stay equal, and others differ: `"***3f2a91bc04de55aa"`, a whole number below 2^48. The key is random, made
 * for one file and never written: without it nobody finds a phone number by trying all of them.
 */
export function createHashMasker(key: KeyObject): Masker {
  const digest = (kind: string, text: string): Buffer => createHmac('sha256', key).update(kind).update(text).digest()
  return {
    string: (text) => `"***${digest('s', text).toString('hex', 0, 8)}"`,
    // 1.0 and 1 are the same number.
    number: (text) => String(digest('n', /[.eE]/.test(text) ? String(Number(text)) : text).readUIntBE(0, 6))
  }
}
