import assert from 'node:assert/strict'

const WATCHED: readonly object[] = [
  Object.prototype,
  Array.prototype,
  Map.prototype,
  Function.prototype,
  String.prototype,
  Buffer.prototype,
  Uint8Array.prototype,
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Float64Array.prototype,
  Error.prototype
]

const BEFORE = WATCHED.map(describeObject)
const COUNTS = WATCHED.map((watched) => Reflect.ownKeys(watched).length)

/** The cheap half of `assertPrototypes`: nothing was added or removed. */
export function assertNothingAdded(): void {
  for (let i = 0; i < WATCHED.length; i++) {
    if (Reflect.ownKeys(WATCHED[i] as object).length !== COUNTS[i]) assertPrototypes()
  }
}

/** What all objects inherit is as it was when this module was loaded. */
export function assertPrototypes(): void {
  for (const [i, watched] of WATCHED.entries()) assert.deepEqual(describeObject(watched), BEFORE[i])
}

function describeObject(watched: object): readonly unknown[] {
  return [
    Object.getPrototypeOf(watched) as unknown,
    ...Reflect.ownKeys(watched).map((key): readonly unknown[] => {
      const property = Object.getOwnPropertyDescriptor(watched, key)
      return [key, property]
    })
  ]
}
