import type { LookupFunction } from 'node:net'

/**
 * A stand-in for DNS that a test can change: addresses by name, read at each look-up. A list of lists is one list for each
 * look-up, the last of them for all that follow.
 */
export type Names = Record<string, readonly string[] | readonly (readonly string[])[]>

export function createNames(names: Names): LookupFunction {
  const asked = new Map<string, number>()
  return (name, options, callback) => {
    const at = asked.get(name) ?? 0
    asked.set(name, at + 1)
    const answer = names[name] ?? []
    const addresses = answer.every((one) => typeof one === 'string') ? answer : (answer[at] ?? answer.at(-1) ?? [])
    const found = (addresses as readonly string[]).map((address) => ({
      address,
      family: address.includes(':') ? 6 : 4
    }))
    const [first] = found
    if (first === undefined) {
      callback(Object.assign(new Error(`no address of ${name}`), { code: 'ENOTFOUND' }), '', 0)
    } else if (options.all === true) callback(null, found)
    else callback(null, first.address, first.family)
  }
}
