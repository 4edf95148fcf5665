import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeInvocation } from '#lib/dubbo'
import { createTypes } from '#lib/java-types'
import { type JsonPath, parsePath } from '#lib/json'
import { createArgumentWriter } from '../../../../src/apps/gateway/arguments.ts'
import type { Route } from '../../../../src/apps/gateway/routing-table.ts'
import { body, bytes, map, str } from '../../lib/dubbo/bodies.ts'

const TWO = 'Ljava/lang/Object;Ljava/lang/Object;'

/** A route of which only what the writer of arguments looks at is there. */
const routeOf = (input: string | undefined, modelFrom?: JsonPath, hook?: object): Route =>
  ({
    method: 'score',
    types: createTypes({}),
    model: modelFrom === undefined ? { kind: 'fixed' } : { kind: 'argument', argument: 0, path: modelFrom },
    hook,
    input: input === undefined ? undefined : { argument: 1, path: parsePath(input) }
  }) as unknown as Route

const call = (first: Buffer, second: Buffer) => decodeInvocation(body({ descriptor: TWO, args: [first, second] }))

/** Both ways to write: for small calls, and in slices. */
const WAYS: Readonly<Record<string, (invocation: ReturnType<typeof call>, route: Route) => ReturnType<typeof writer>>> =
  {
    'at once': () => writer(),
    'in slices': (invocation, route) => {
      const slices = writer().large(invocation, route)
      for (;;) {
        const { done, value } = slices.next()
        if (done === true) return { ...writer(), ...value }
      }
    }
  }
const writer = () => createArgumentWriter(1_000_000)

for (const [way, open] of Object.entries(WAYS)) {
  describe(`arguments written ${way}`, () => {
    it('are one, a place inside one, or all of them', () => {
      const invocation = call(str('a'), map({ x: 'y', z: bytes('7a 91 92') }))
      const input = (route: Route): string => open(invocation, route).input(invocation, route).toString()
      assert.equal(input(routeOf('')), '{"x":"y","z":[1,2]}')
      assert.equal(input(routeOf('z[1]')), '2')
      assert.equal(input(routeOf(undefined)), '["a",{"x":"y","z":[1,2]}]')
      const hooked = routeOf('z', undefined, {})
      const both = open(invocation, hooked)
      assert.equal(both.all(invocation, hooked), '["a",{"x":"y","z":[1,2]}]')
      assert.equal(both.input(invocation, hooked).toString(), '[1,2]')
      assert.throws(() => input(routeOf('q')), { code: 'ABOX_ARGUMENT', message: /args\[1\] has no q/ })
    })

    it('have a name where a short string stands, and nowhere else', () => {
      const name = (first: Buffer, path = ''): string | undefined => {
        const place = parsePath(path)
        const route = routeOf('', place)
        const invocation = call(first, str('b'))
        return open(invocation, route).name(invocation, route, 0, place)
      }
      assert.equal(name(str('rank')), 'rank')
      assert.equal(name(map({ model: 'ra\nnk' }), 'model'), 'ra\nnk')
      assert.equal(name(str('x'.repeat(1022))), 'x'.repeat(1022))
      assert.equal(name(str('x'.repeat(1023))), undefined)
      assert.equal(name(map({ model: 'x'.repeat(1023) }), 'model'), undefined)
      assert.equal(name(map({ model: 'x' }), 'mode'), undefined)
      assert.equal(name(bytes('79 44 7ff8000000000000')), undefined)
      assert.equal(name(bytes('97')), undefined)
      assert.equal(name(bytes('4e')), undefined)
    })
  })
}

it('one argument is written in one piece of memory, which a part of it does not keep', () => {
  const invocation = call(str('a'), map({ x: 'y'.repeat(60_000), z: '1' }))
  const input = (path: string): Buffer => {
    const route = routeOf(path)
    return (WAYS['in slices'] as (typeof WAYS)[string])(invocation, route).input(invocation, route)
  }
  assert.notEqual(input('z').buffer, input('x').buffer)
  assert.ok(input('z').buffer.byteLength < 60_000 + Buffer.poolSize, 'not the whole argument')
  assert.equal(input('x').length, 60_002)
})
