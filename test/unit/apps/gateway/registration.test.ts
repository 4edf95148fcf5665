import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '#core/logger'
import type { DubboRegistry } from '#lib/dubbo-registry'
import { compileModel, compileService } from '../../../../src/apps/gateway/documents/compile.ts'
import { createRegistrations } from '../../../../src/apps/gateway/registration.ts'
import type { RoutingTable } from '../../../../src/apps/gateway/routing-table.ts'

const model = compileModel({
  kind: 'Model',
  name: 'rank',
  variants: [{ name: 'a', cluster: 'c', protocol: 'raw', endpoints: ['http://127.0.0.1:1'], path: '/x' }]
})
const tableOf = (methods: readonly string[]): RoutingTable => {
  const entry = compileService(
    { kind: 'Service', interface: 'a.B', methods: methods.map((name) => ({ name, model: 'rank' })) },
    { models: new Map([['rank', model]]), hooks: new Map(), timeoutMs: 1000 }
  )
  return { models: new Map(), services: new Map([[entry.key, entry]]) }
}

/** A registry that keeps what is registered and makes entries visible when it is told. */
function createListRegistry() {
  const urls: string[] = []
  /** What the instance offers by application-level discovery; `undefined` when it is withdrawn. */
  let offered: readonly string[] | undefined
  let show: () => void = () => {}
  const registry = {
    providerUrl: ({ methods }: { methods: readonly string[] }) => `dubbo://h:1/a.B?methods=${methods.join(',')}`,
    register(url: string) {
      urls.push(url)
      const visible = new Promise<void>((resolve) => {
        show = resolve
      })
      return { url, visible: () => visible, unregister: async () => void urls.splice(urls.indexOf(url), 1) }
    },
    instance: () => ({
      publish(next: readonly string[]) {
        offered = next
      },
      visible: async () => {},
      withdraw: async () => {
        offered = undefined
      }
    })
  } as unknown as DubboRegistry
  return { registry, urls, offered: () => offered, show: () => show() }
}

const create = (registry: DubboRegistry, discovery: 'both' | 'interface' = 'both') =>
  createRegistrations({ registry, host: 'h', port: 1, application: 'x', discovery, log: silentLogger })

test('another order of the methods is the same entry', () => {
  const { registry, urls } = createListRegistry()
  const registrations = create(registry)
  registrations.update(tableOf(['x', 'y']))
  registrations.update(tableOf(['y', 'x']))
  assert.deepEqual(urls, ['dubbo://h:1/a.B?methods=x,y'])
})

test('a replaced entry stays until the new one has been visible for longer than consumers take to see it', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const { registry, urls, show } = createListRegistry()
  const registrations = create(registry)
  registrations.update(tableOf(['x']))
  registrations.update(tableOf(['x', 'y']))
  context.mock.timers.tick(60_000)
  assert.equal(urls.length, 2, 'the new one is not visible yet')
  show()
  await new Promise((resolve) => setImmediate(resolve))
  context.mock.timers.tick(7000)
  assert.equal(urls.length, 2)
  context.mock.timers.tick(2000)
  assert.deepEqual(urls, ['dubbo://h:1/a.B?methods=x,y'])
})

test('an instance that leaves takes back both and is not registered again by a later document', async () => {
  const { registry, urls } = createListRegistry()
  const registrations = create(registry)
  registrations.update(tableOf(['x']))
  registrations.update(tableOf(['x', 'y']))
  await registrations.unregisterAll()
  registrations.update(tableOf(['z']))
  assert.deepEqual(urls, [])
})

test('the instance offers exactly what the table serves now, and nothing when it has left', async () => {
  const { registry, offered } = createListRegistry()
  const registrations = create(registry)
  registrations.update(tableOf(['x']))
  assert.deepEqual(offered(), ['dubbo://h:1/a.B?methods=x'])
  registrations.update(tableOf(['x', 'y']))
  assert.deepEqual(offered(), ['dubbo://h:1/a.B?methods=x,y'])
  registrations.update({ models: new Map(), services: new Map() })
  assert.deepEqual(offered(), [])
  registrations.update(tableOf(['x']))
  await registrations.unregisterAll()
  registrations.update(tableOf(['y']))
  assert.equal(offered(), undefined)
})

test('with discovery by interface alone no instance is offered', () => {
  const { registry, urls, offered } = createListRegistry()
  create(registry, 'interface').update(tableOf(['x']))
  assert.equal(urls.length, 1)
  assert.equal(offered(), undefined)
})

test('an instance that is offline has no entry whatever documents do, and all of them when it is back', () => {
  const { registry, urls, offered } = createListRegistry()
  const registrations = create(registry)
  registrations.update(tableOf(['x']))
  registrations.setOffline(true)
  registrations.setOffline(true)
  assert.deepEqual([urls, offered()], [[], []])
  registrations.update(tableOf(['x', 'y']))
  assert.deepEqual([urls, offered(), registrations.isOffline()], [[], [], true])
  registrations.setOffline(false)
  assert.deepEqual([urls, offered()], [['dubbo://h:1/a.B?methods=x,y'], ['dubbo://h:1/a.B?methods=x,y']])
})

test('an instance that ends is not brought back by anybody', async () => {
  const { registry, urls, offered } = createListRegistry()
  const registrations = create(registry)
  registrations.update(tableOf(['x']))
  registrations.setOffline(true)
  await registrations.unregisterAll()
  registrations.setOffline(false)
  assert.deepEqual([urls, offered()], [[], undefined])
})
