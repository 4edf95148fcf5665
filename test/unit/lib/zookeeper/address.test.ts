import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AboxError } from '#core/errors'
import { checkData, checkPath, childOf, parentOf, parseAddress } from '../../../../src/lib/zookeeper/address.ts'

test('an address is a list of servers, each with the default port 2181', () => {
  assert.deepEqual(parseAddress('zk1:2181, zk-2.example:2182,10.0.0.3'), [
    'zk1:2181',
    'zk-2.example:2182',
    '10.0.0.3:2181'
  ])
})

test('an address that is no list of servers is refused, and the message names the part', () => {
  for (const [address, part] of [
    ['', ''],
    ['zk1:2181,', ''],
    ['zk1:0', 'zk1:0'],
    ['zk1:70000', 'zk1:70000'],
    ['zk1:2181/chroot', 'zk1:2181/chroot'],
    ['zookeeper://zk1:2181', 'zookeeper://zk1:2181'],
    ['[::1]:2181', '[::1]:2181']
  ]) {
    assert.throws(
      () => parseAddress(address ?? ''),
      (error: unknown) =>
        error instanceof AboxError && error.code === 'ABOX_ZK_ADDRESS' && error.message.includes(`found "${part}"`)
    )
  }
})

test('absolute paths of plain names are accepted', () => {
  for (const path of ['/', '/a', '/a/b.c', '/dubbo/com.example.A/providers/dubbo%3A%2F%2F10.0.0.1%3A20880', '/…'])
    checkPath(path)
})

test('paths that ZooKeeper refuses are refused before it is asked', () => {
  for (const path of ['', 'a', '/a/', '//', '/a//b', '/.', '/a/..', '/a/./b', '/a\u0000', '/a\u001f', '/a\ud800']) {
    assert.throws(() => checkPath(path), { code: 'ABOX_ZK_PATH' })
  }
})

test('data is accepted up to 512 KiB', () => {
  checkData('/a', Buffer.alloc(512 * 1024))
  assert.throws(() => checkData('/a', Buffer.alloc(512 * 1024 + 1)), {
    code: 'ABOX_ZK_TOO_LARGE',
    message: 'ABOX_ZK_TOO_LARGE: /a: found 524289 bytes, expected at most 524288'
  })
})

test('parent and child are each other, down to the root', () => {
  assert.equal(parentOf('/a/b'), '/a')
  assert.equal(parentOf('/a'), '/')
  assert.equal(childOf('/', 'a'), '/a')
  assert.equal(childOf('/a', 'b'), '/a/b')
})

test('whatever the text, only coded errors escape', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      for (const check of [parseAddress, checkPath]) {
        try {
          check(text)
        } catch (error) {
          assert.ok(error instanceof AboxError)
        }
      }
    })
  )
})
