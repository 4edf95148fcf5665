import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  applicationMetadata,
  checkApplication,
  instanceText,
  usesRevision,
  withApplication
} from '../../../../src/lib/dubbo-registry/application-metadata.ts'
import { providerUrl } from '../../../../src/lib/dubbo-registry/provider-url.ts'
import { parseMetadata } from './fake-session.ts'

const offer = (service: string, more: object = {}): string =>
  providerUrl({
    ...{ host: '10.0.0.5', port: 20880, service, application: 'abox', methods: ['score', 'rank'], timeoutMs: 800 },
    ...more
  })

describe('the metadata of an application', () => {
  it('say of each service what its provider URL says', () => {
    const url = offer('a.B', { version: '1.0.0', group: 'blue', token: 'secret' })
    const { revision, text, interfaces } = applicationMetadata('abox', [url])
    assert.deepEqual(interfaces, ['a.B'])
    const query = Object.fromEntries(new URL(url.replace('dubbo:', 'http:')).searchParams)
    assert.deepEqual(JSON.parse(text), {
      app: 'abox',
      revision,
      services: {
        'blue/a.B:1.0.0:dubbo': {
          ...{
            name: 'a.B',
            group: 'blue',
            version: '1.0.0',
            protocol: 'dubbo',
            port: 20880,
            path: 'a.B',
            params: query
          }
        }
      }
    })
    const { generic, serialization, timeout, methods, token } = query
    assert.deepEqual([generic, serialization, query['prefer.serialization']], ['true', 'hessian2', 'hessian2'])
    assert.deepEqual([timeout, methods, token], ['800', 'score,rank', 'secret'])
  })

  it('have no version and no group where there is none', () => {
    const { services } = parseMetadata(applicationMetadata('abox', [offer('a.B')]).text)
    assert.deepEqual(Object.keys(services), ['a.B:dubbo'])
    const { params, ...service } = services['a.B:dubbo'] ?? { params: {} }
    for (const place of [service, params]) assert.ok(!('version' in place) && !('group' in place))
    assert.equal(params['interface'], 'a.B')
  })

  it('have the same revision in any order, and another one for any change', () => {
    const urls = [offer('a.B'), offer('a.C'), offer('a.C', { group: 'blue' })]
    const base = applicationMetadata('abox', urls)
    assert.deepEqual(applicationMetadata('abox', [...urls].reverse()), base)
    assert.match(base.revision, /^[0-9a-f]{32}$/)
    assert.deepEqual(base.interfaces, ['a.B', 'a.C'])
    const others = [
      applicationMetadata('other', urls),
      applicationMetadata('abox', urls.slice(1)),
      applicationMetadata('abox', [offer('a.B', { timeoutMs: 801 }), ...urls.slice(1)]),
      applicationMetadata('abox', [offer('a.B', { methods: ['score'] }), ...urls.slice(1)]),
      applicationMetadata('abox', [offer('a.B', { port: 20881 }), ...urls.slice(1)])
    ]
    assert.equal(new Set([base, ...others].map(({ revision }) => revision)).size, 6)
  })

  it('are the same for instances on other machines', () => {
    const there = offer('a.B', { host: '10.0.0.6' })
    assert.deepEqual(applicationMetadata('abox', [there]), applicationMetadata('abox', [offer('a.B')]))
  })

  it('take service names that are names of Object.prototype', () => {
    const { services } = parseMetadata(applicationMetadata('abox', [offer('constructor'), offer('toString')]).text)
    assert.deepEqual(Object.keys(services), ['constructor:dubbo', 'toString:dubbo'])
  })
})

describe('the node of an instance', () => {
  it('is what Curator reads: the address, the revision, and metadata that are stored remotely', () => {
    const text = instanceText({ application: 'abox', host: '10.0.0.5', port: 20880 }, 'r1', 1700000000000)
    assert.deepEqual(JSON.parse(text), {
      ...{ name: 'abox', id: '10.0.0.5:20880', address: '10.0.0.5', port: 20880, sslPort: null },
      payload: {
        ...{ '@class': 'org.apache.dubbo.registry.zookeeper.ZookeeperInstance', id: '10.0.0.5:20880', name: 'abox' },
        metadata: {
          'dubbo.endpoints': '[{"port":20880,"protocol":"dubbo"}]',
          'dubbo.metadata.revision': 'r1',
          'dubbo.metadata.storage-type': 'remote'
        }
      },
      ...{ registrationTimeUTC: 1700000000000, serviceType: 'DYNAMIC', uriSpec: null }
    })
    assert.ok(usesRevision(Buffer.from(text), 'r1'))
    assert.ok(!usesRevision(Buffer.from(text), 'r'))
  })
})

describe('the mapping of an interface', () => {
  const mapped = (text: string | undefined): string =>
    withApplication(text === undefined ? undefined : Buffer.from(text), 'abox').toString()

  it('gets the application behind the names of the others', () => {
    assert.equal(mapped(undefined), 'abox')
    assert.equal(mapped(''), 'abox')
    assert.equal(mapped('java-provider'), 'java-provider,abox')
    assert.equal(mapped('abox-2, other,'), 'abox-2,other,abox')
  })

  it('is left byte for byte as it is when the application is in it', () => {
    for (const text of ['abox', 'x,abox,y', 'x, abox ,', 'abox,abox']) {
      const found = Buffer.from(text)
      assert.equal(withApplication(found, 'abox'), found)
    }
  })

  it('takes no name that would be read as two', () => {
    for (const name of ['a,b', 'a/b', 'a b', '']) {
      assert.throws(() => checkApplication(name), { code: 'ABOX_REGISTRY_URL' })
    }
    checkApplication('abox-gateway')
  })
})
