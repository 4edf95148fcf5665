import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Environment, environmentChecker, rootOf, shareFolder } from '#contracts/environment'

const environment = (name: string, publish: object): Environment =>
  environmentChecker.check({ kind: 'Environment', name, publish: { kind: 'zookeeper', ...publish } }, name)
const at = (name: string, root: string | undefined, address = 'zk:2181'): Environment =>
  environment(name, { address, ...(root !== undefined && { root }) })

test('a root is a path of named folders', () => {
  for (const root of ['/a', '/abox/prod', '/a.b/..c/...', '/zookeepers/x', '/a/zookeeper', '/-', '/.x']) {
    assert.equal(rootOf(at('qa', root)), root)
  }
  const refused = [
    '',
    '/',
    'a',
    '/a/',
    '//a',
    '/a//b',
    '/.',
    '/..',
    '/a/.',
    '/a/../b',
    '/a/./b',
    '/zookeeper',
    '/zookeeper/x'
  ]
  for (const root of [...refused, '/a b', '/ä', `/${'a'.repeat(256)}`]) {
    assert.throws(() => at('qa', root), { code: 'ABOX_DOCUMENT_INVALID', message: /publish/ }, root)
  }
})

test('a port is one that can be', () => {
  for (const port of [1, 80, 2181, 9999, 10_000, 59_999, 65_535]) at('qa', undefined, `zk-1:2181,zk-2:${port}`)
  for (const port of ['0', '65536', '65540', '65600', '66000', '70000', '99999', '100000', '02181', '-1', '']) {
    const address = `zk-1:2181,zk-2:${port}`
    assert.throws(() => at('qa', undefined, address), { code: 'ABOX_DOCUMENT_INVALID', message: /publish/ }, port)
  }
})

test('two environments share a folder where a server is common and one root contains the other', () => {
  const share = (a: Environment, b: Environment): boolean => {
    assert.equal(shareFolder(b, a), shareFolder(a, b))
    return shareFolder(a, b)
  }
  assert.equal(share(at('qa', undefined), at('prod', undefined)), false)
  assert.equal(share(at('qa', undefined), at('prod', '/abox/qa')), true)
  assert.equal(share(at('qa', undefined), at('prod', '/abox')), true)
  assert.equal(share(at('qa', undefined), at('prod', '/abox/qa/x')), true)
  assert.equal(share(at('qa', undefined), at('prod', '/abox/qa2')), false)
  assert.equal(share(at('qa', '/a', 'zk-1:2181,ZK-2:2181'), at('prod', '/a', 'zk-2:2181,zk-3:2181')), true)
  assert.equal(share(at('qa', '/a', 'zk-1:2181'), at('prod', '/a', 'zk-1:2182')), false)
  const embedded: Environment = { kind: 'Environment', name: 'dev', publish: { kind: 'embedded' } }
  assert.equal(share(embedded, embedded), false)
})
