import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** 256 random bits as base64url: nobody guesses it, so a fast hash of it is enough. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

/** SHA-256, hex: what is stored of a secret. */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex')

/** Compares in a time that does not tell where two texts differ. */
export function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}
