/** Hessian written by hand, so that these tests do not depend on the writer that they are compared with. */
export const bytes = (...hex: string[]): Buffer => Buffer.from(hex.join('').replaceAll(' ', ''), 'hex')

/** A string of ASCII characters. */
export function str(text: string): Buffer {
  const head = text.length < 32 ? [text.length] : [0x53, text.length >> 8, text.length & 0xff]
  return Buffer.concat([Buffer.from(head), Buffer.from(text, 'latin1')])
}

/** An untyped map of strings and of values that are given as bytes. */
export function map(entries: Readonly<Record<string, string | Buffer>>): Buffer {
  const parts = Object.entries(entries).flatMap(([key, value]) => [
    str(key),
    typeof value === 'string' ? str(value) : value
  ])
  return Buffer.concat([bytes('48'), ...parts, bytes('5a')])
}

export interface BodyParts {
  readonly dubbo?: string | Buffer
  readonly path?: string | Buffer
  readonly version?: string | Buffer
  readonly method?: string | Buffer
  readonly descriptor?: string | Buffer
  readonly args?: readonly Buffer[]
  readonly attachments?: Buffer
}

const part = (value: string | Buffer): Buffer => (typeof value === 'string' ? str(value) : value)

/** The body of a request for `a.B.score(int)` with the argument 7, as far as `parts` does not say otherwise. */
export function body(parts: BodyParts = {}): Buffer {
  return Buffer.concat([
    part(parts.dubbo ?? '2.0.2'),
    part(parts.path ?? 'a.B'),
    part(parts.version ?? '0.0.0'),
    part(parts.method ?? 'score'),
    part(parts.descriptor ?? 'I'),
    ...(parts.args ?? [bytes('97')]),
    parts.attachments ?? map({ path: 'a.B' })
  ])
}

export const GENERIC = 'Ljava/lang/String;[Ljava/lang/String;[Ljava/lang/Object;'

/** The body of a generic call; `types` and `args` are whole Hessian values. */
export const genericBody = (types: Buffer, args: Buffer, method = 'score'): Buffer =>
  body({ method: '$invoke', descriptor: GENERIC, args: [str(method), types, args] })
