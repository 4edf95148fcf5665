/** A class file that no compiler would write. Names with dots. */
export interface MadeClass {
  readonly name: string
  readonly superName?: string
  readonly access?: number
  readonly signature?: string
  readonly fields?: Readonly<Record<string, { readonly descriptor: string; readonly signature?: string }>>
  readonly methods?: Readonly<Record<string, { readonly descriptor: string; readonly signature?: string }>>
}

export function makeClass({ name, superName = 'java.lang.Object', access = 1, ...more }: MadeClass): Buffer {
  const pool: Buffer[] = []
  const known = new Map<string, number>()
  const constant = (key: string, bytes: () => Buffer): number => {
    const index = known.get(key)
    if (index !== undefined) return index
    const made = bytes()
    pool.push(made)
    known.set(key, pool.length)
    return pool.length
  }
  const u2 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff])
  const utf8 = (text: string): number =>
    constant(`u${text}`, () => Buffer.concat([Buffer.from([1]), u2(Buffer.byteLength(text)), Buffer.from(text)]))
  const classOf = (className: string): number => {
    const text = utf8(className.replaceAll('.', '/'))
    return constant(`c${className}`, () => Buffer.concat([Buffer.from([7]), u2(text)]))
  }
  const attributes = (signature: string | undefined): Buffer =>
    signature === undefined
      ? u2(0)
      : Buffer.concat([u2(1), u2(utf8('Signature')), Buffer.from([0, 0, 0, 2]), u2(utf8(signature))])
  const members = (list: MadeClass['fields'] = {}): Buffer =>
    Buffer.concat([
      u2(Object.keys(list).length),
      ...Object.entries(list).map(([member, { descriptor, signature }]) =>
        Buffer.concat([u2(1), u2(utf8(member)), u2(utf8(descriptor)), attributes(signature)])
      )
    ])
  const body = Buffer.concat([
    u2(access),
    u2(classOf(name)),
    u2(classOf(superName)),
    u2(0),
    members(more.fields),
    members(more.methods),
    attributes(more.signature)
  ])
  const head = Buffer.from('cafebabe00000034', 'hex')
  return Buffer.concat([head, u2(pool.length + 1), ...pool, body])
}
