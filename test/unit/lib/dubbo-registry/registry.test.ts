import assert from 'node:assert/strict'
import type { NetworkInterfaceInfo } from 'node:os'
import { test } from 'node:test'
import { advertiseHost, createDubboRegistry, zookeeperAddress } from '#lib/dubbo-registry'

const face = (address: string, family: 'IPv4' | 'IPv6', internal = false): NetworkInterfaceInfo =>
  ({ address, family, internal, netmask: '', mac: '', cidr: null, scopeid: 0 }) as NetworkInterfaceInfo

test('the advertised address is the first IPv4 address that others can reach', () => {
  const lo = [face('127.0.0.1', 'IPv4', true), face('::1', 'IPv6', true)]
  assert.equal(
    advertiseHost({ lo, a: [face('fe80::1', 'IPv6'), face('169.254.1.2', 'IPv4')], b: [face('10.0.0.5', 'IPv4')] }),
    '10.0.0.5'
  )
  assert.equal(advertiseHost({ lo, gone: undefined }), '127.0.0.1')
})

test('a registry address of Dubbo becomes the list of its servers', () => {
  assert.equal(zookeeperAddress('zookeeper://zk1:2181'), 'zk1:2181')
  assert.equal(zookeeperAddress('zookeeper://zk1:2181?backup=zk2:2181,zk3:2182'), 'zk1:2181,zk2:2181,zk3:2182')
  assert.equal(
    zookeeperAddress('zookeeper://zk1:2181,zk2:2181/org.apache.dubbo.registry.RegistryService?a=b'),
    'zk1:2181,zk2:2181'
  )
  assert.equal(zookeeperAddress('zk1:2181,zk2:2181'), 'zk1:2181,zk2:2181')
})

test('another kind of registry is refused', () => {
  for (const text of ['nacos://n1:8848', 'zookeeper://']) {
    assert.throws(() => zookeeperAddress(text), { code: 'ABOX_REGISTRY_ADDRESS' })
  }
})

test('without ZooKeeper registering succeeds and finds nothing', async () => {
  const registry = createDubboRegistry({ zookeeper: undefined })
  const registration = registry.register('dubbo://10.0.0.5:20880/a.B')
  await registration.visible()
  assert.deepEqual(await registry.providers('a.B'), [])
  await registration.unregister()
  await registry.close()
  assert.throws(() => registry.register('nonsense'), { code: 'ABOX_REGISTRY_URL' })
})
