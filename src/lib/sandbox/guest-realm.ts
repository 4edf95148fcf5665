/**
 * Runs inside the isolate, before the user's module, as text: it may refer to nothing outside itself.
 * Takes away what would let code escape the limits that isolated-vm sets:
 *
 * - Promise and all that makes one (the words `async` and `await` are refused in the source): isolated-vm reads the
 *   properties of an unhandled rejection outside the time limit, where a getter that never returns hangs the process.
 * - Code from text (`eval`, `Function`), because it could contain those words.
 * - Resizable array buffers, whose memory is not counted; WebAssembly, SharedArrayBuffer and Atomics likewise.
 * - FinalizationRegistry and WeakRef, which show when garbage is collected, and run code at that moment.
 * - `Error.prepareStackTrace`, which makes the text that lines are read from: it can be set, in vain.
 *
 * `Date` and `Math.random` stay: they are harmless, but a hook that uses them does not give the same answer twice.
 */
export function closeRealm(): void {
  const { defineProperty, getPrototypeOf, getOwnPropertyDescriptor } = Object
  const { construct } = Reflect
  const realm = globalThis as unknown as Record<string, unknown>

  const gone = 'Promise AsyncDisposableStack WebAssembly SharedArrayBuffer Atomics FinalizationRegistry WeakRef eval'
  for (const name of gone.split(' ')) delete realm[name]
  delete (Array as unknown as Record<string, unknown>)['fromAsync']

  function refuseText(): never {
    throw new TypeError('a hook cannot make code from text')
  }
  const functions = [() => 0, function* () {}, async () => 0, async function* () {}]
  defineProperty(refuseText, 'name', { value: 'Function' })
  defineProperty(refuseText, 'prototype', { value: getPrototypeOf(functions[0]), writable: false })
  for (const made of functions) fix(getPrototypeOf(made) as object, 'constructor', refuseText)
  fix(realm, 'Function', refuseText)

  const Native = ArrayBuffer
  function Fixed(length: unknown): object {
    if (new.target === undefined) throw new TypeError("Constructor ArrayBuffer requires 'new'")
    return construct(Native, [length], new.target) as object
  }
  defineProperty(Fixed, 'name', { value: 'ArrayBuffer' })
  defineProperty(Fixed, 'prototype', { value: Native.prototype, writable: false })
  defineProperty(Fixed, 'isView', getOwnPropertyDescriptor(Native, 'isView') ?? {})
  defineProperty(Fixed, Symbol.species, getOwnPropertyDescriptor(Native, Symbol.species) ?? {})
  delete (Native.prototype as unknown as Record<string, unknown>)['resize']
  fix(Native.prototype, 'constructor', Fixed)
  fix(realm, 'ArrayBuffer', Fixed)

  defineProperty(Error, 'prepareStackTrace', { get: () => undefined, set: () => {}, configurable: false })

  function fix(holder: object, name: string, value: unknown): void {
    defineProperty(holder, name, { value, writable: false, enumerable: false, configurable: false })
  }
}
