import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AboxError } from '#core/errors'
import { parseProviderUrl, providerUrl } from '../../../../src/lib/dubbo-registry/provider-url.ts'
import { nodeName } from '../../../../src/lib/dubbo-registry/url-text.ts'

const offer = {
  host: '10.0.0.5',
  port: 20880,
  service: 'com.example.rank.RankService',
  application: 'abox',
  methods: ['score', 'echo'],
  timeoutMs: 800
}

test('a provider URL says all that consumers need, in alphabetical order', () => {
  assert.equal(
    providerUrl({ ...offer, version: '1.0.0', group: 'blue' }),
    'dubbo://10.0.0.5:20880/com.example.rank.RankService?anyhost=true&application=abox&category=providers&deprecated=false' +
      '&dubbo=2.0.2&dynamic=true&generic=true&group=blue&interface=com.example.rank.RankService&methods=score,echo' +
      '&prefer.serialization=hessian2&release=2.7.23&revision=2.7.23&serialization=hessian2&side=provider&timeout=800' +
      '&version=1.0.0&warmup=0'
  )
})

test('no version and no group are absent keys, however "none" is written', () => {
  for (const version of [undefined, '', '0.0.0']) {
    const { parameters } = parseProviderUrl(providerUrl({ ...offer, version, group: '' }))
    assert.deepEqual([parameters.has('version'), parameters.has('group')], [false, false])
  }
})

test('nothing in the encoded name ends in what 3.x consumers cut out of it', () => {
  assert.doesNotMatch(nodeName(providerUrl({ ...offer, version: '1.0.0', group: 'blue' })), /(pid|timestamp)%3D/)
})

test('the encoded name has upper-case escapes and is encoded once', () => {
  const name = nodeName(providerUrl(offer))
  assert.match(
    name,
    /^dubbo%3A%2F%2F10\.0\.0\.5%3A20880%2Fcom\.example\.rank\.RankService%3Fanyhost%3Dtrue%26application%3Dabox/
  )
  assert.match(name, /methods%3Dscore%2Cecho/)
})

test('values that would be misread are refused by name', () => {
  for (const [change, part] of [
    [{ application: 'a&b' }, 'application'],
    [{ application: '' }, 'application'],
    [{ version: '1 0' }, 'version'],
    [{ group: 'a=b' }, 'group'],
    [{ methods: ['a%b'] }, 'methods'],
    [{ service: 'a/b' }, 'service'],
    [{ host: '10.0.0.5:1' }, 'host'],
    [{ port: 0 }, 'port'],
    [{ port: 70_000 }, 'port']
  ] as const) {
    assert.throws(
      () => providerUrl({ ...offer, ...change }),
      (error: unknown) => error instanceof AboxError && error.message.startsWith(`ABOX_REGISTRY_URL: ${part}: found`)
    )
  }
})

test('what was written is read back, raw or encoded', () => {
  const name = fc.stringMatching(/^[\w.-]{1,20}$/).filter((text) => text !== '0.0.0')
  fc.assert(
    fc.property(name, name, fc.integer({ min: 1, max: 65_535 }), (version, group, port) => {
      const url = providerUrl({ ...offer, version, group, port })
      for (const text of [url, nodeName(url)]) {
        const found = parseProviderUrl(text)
        assert.deepEqual(
          [found.protocol, found.host, found.port, found.service, found.version, found.group],
          ['dubbo', '10.0.0.5', port, offer.service, version, group]
        )
      }
    })
  )
})

test('a URL without a query is a provider of its path', () => {
  const { host, port, service, path, version, group } = parseProviderUrl('dubbo%3A%2F%2F10.0.0.5%3A20899%2Fabox.Demo')
  assert.deepEqual(
    [host, port, service, path, version, group],
    ['10.0.0.5', 20899, 'abox.Demo', 'abox.Demo', undefined, undefined]
  )
})

test('an entry that Java wrote is read: spaces as plus, user, default port, own path, keys without value', () => {
  const found = parseProviderUrl(
    'dubbo%3A%2F%2Fuser%3Asecret%4010.0.0.5%2Fgate%2Frank%3Finterface%3Da.B%26version%3D0.0.0%26owner%3DSome+One%26flag'
  )
  assert.deepEqual([found.host, found.port, found.path, found.service], ['10.0.0.5', 20880, 'gate/rank', 'a.B'])
  assert.equal(found.version, undefined)
  assert.equal(found.parameters.get('owner'), 'Some One')
  assert.equal(found.parameters.get('flag'), 'flag')
})

test('a Triple entry is read as what it is', () => {
  assert.equal(parseProviderUrl('tri://10.0.0.5:50051/a.B?interface=a.B').protocol, 'tri')
})

test('text that is no provider URL is refused', () => {
  for (const text of [
    '',
    'x',
    'dubbo://',
    'dubbo://host:0/a.B',
    'dubbo://host:99999/a.B',
    'dubbo://host:1',
    '%E0%A4%A',
    'a%3A%2F%2F'
  ]) {
    assert.throws(() => parseProviderUrl(text), { code: 'ABOX_REGISTRY_URL' })
  }
})

test('whatever the text, only coded errors escape', () => {
  const pieces = fc.constantFrom(
    'dubbo',
    '://',
    '%3A%2F%2F',
    'host',
    ':',
    '20880',
    '/',
    'a.B',
    '?',
    '%',
    '&',
    '=',
    '+',
    '[',
    ']',
    '@'
  )
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces).map((list) => list.join(''))
  )
  fc.assert(
    fc.property(texts, (text) => {
      try {
        parseProviderUrl(text)
      } catch (error) {
        assert.ok(error instanceof AboxError, String(error))
      }
    }),
    { numRuns: 5000 }
  )
})
