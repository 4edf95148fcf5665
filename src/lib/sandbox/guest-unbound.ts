/** Makes a method a function of its `this`: `unbound(''.indexOf)(text, part)`. */
export type Unbound = <A extends unknown[], R>(method: (...args: A) => R) => (self: unknown, ...args: A) => R

/**
 * Runs inside the isolate, before the user's module, as text: it may refer to nothing outside itself.
 * What it makes works whatever the user's module does to the built-in prototypes later.
 */
export function makeUnbound(): Unbound {
  const { bind, call } = Function.prototype as unknown as Record<'bind' | 'call', (self: unknown) => unknown>
  return (bind as unknown as { bind(self: unknown): Unbound }).bind(call)
}
