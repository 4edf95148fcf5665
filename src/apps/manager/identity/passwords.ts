import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { Line } from '../bounds/line.ts'

/** Passwords as hashes that cost time and memory: Argon2id, RFC 9106. */
export interface Passwords {
  /** Rejects with ABOX_MANAGER_BUSY where too many wait. */
  hash(password: string): Promise<string>
  /**
   * Whether the password belongs to the hash. Takes the same time where there is no hash, so that nobody learns by it which
   * users there are. Rejects as `hash`.
   */
  verify(hash: string | undefined, password: string): Promise<boolean>
}

/** OWASP's first choice for Argon2id with little memory: 19 MiB, two passes. */
const COST = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const
const SALT_BYTES = 16

/**
 * At most `running` at a time, which bounds memory (19 MiB each) and leaves threads of Node's pool for files and names; at
 * most `waiting` more. In the form of `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`, both base64.
 */
export function createPasswords({ running = 2, waiting = 32 } = {}): Passwords {
  return new QueuedPasswords(new Line({ what: 'passwords', running, waiting }))
}

class QueuedPasswords implements Passwords {
  readonly #line: Line

  constructor(line: Line) {
    this.#line = line
  }

  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES)
    const tag = await this.#line.run(() => compute({ ...COST, message: password, nonce: salt }))
    const { memory, passes, parallelism } = COST
    return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${salt.toString('base64')}$${tag.toString('base64')}`
  }

  async verify(hash: string | undefined, password: string): Promise<boolean> {
    const found = hash === undefined ? undefined : parse(hash)
    const { tag, ...parameters } = found ?? { ...COST, nonce: Buffer.alloc(SALT_BYTES), tag: undefined }
    const computed = await this.#line.run(() => compute({ ...parameters, message: password }))
    return tag !== undefined && timingSafeEqual(computed, tag)
  }
}

const compute = (parameters: Argon2Parameters): Promise<Buffer> =>
  new Promise((resolve, reject) =>
    argon2('argon2id', parameters, (error, tag) => (error === null ? resolve(tag) : reject(error)))
  )

function parse(hash: string): (Omit<Argon2Parameters, 'message'> & { tag: Buffer }) | undefined {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)$/.exec(hash)
  if (match === null) return undefined
  const [, memory, passes, parallelism, salt = '', text = ''] = match
  const tag = Buffer.from(text, 'base64')
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    nonce: Buffer.from(salt, 'base64'),
    tagLength: tag.length,
    tag
  }
}
