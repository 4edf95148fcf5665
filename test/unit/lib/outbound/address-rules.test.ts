import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAddressRules } from '../../../../src/lib/outbound/address-rules.ts'

const rules = createAddressRules([])

const denied = [
  ...['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1'],
  ...['255.255.255.255', '::1', '::', '::ffff:169.254.169.254', '::ffff:a9fe:a9fe', '0:0:0:0:0:ffff:7f00:1', 'fe80::1'],
  ...['fe80::1%eth0', 'fd00:ec2::254', '64:ff9b::a9fe:a9fe', '2002:a9fe:a9fe::', '::127.0.0.1', 'ff02::1']
]
for (const address of denied) {
  test(`${address} must not be called`, () => {
    assert.match(rules.refusalOf(address) ?? '', /range/)
  })
}

for (const address of ['8.8.8.8', '93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c', '::ffff:8.8.8.8']) {
  test(`${address} may be called`, () => {
    assert.equal(rules.refusalOf(address), undefined)
  })
}

test('what is allowed is open, and nothing beside it', () => {
  const open = createAddressRules(['10.1.0.0/16', 'fd12::/16'])
  assert.equal(open.refusalOf('10.1.9.9'), undefined)
  assert.equal(open.refusalOf('::ffff:10.1.9.9'), undefined)
  assert.equal(open.refusalOf('fd12::1'), undefined)
  assert.match(open.refusalOf('10.2.0.1') ?? '', /range/)
})

test('a text that is no address is refused', () => {
  assert.match(rules.refusalOf('example.com') ?? '', /expected an IP address/)
})

for (const range of ['10.0.0.0', '10.0.0.0/33', 'x/8', '10.0.0.0/8/8', '10.0.0.0/-1']) {
  test(`"${range}" is no range`, () => {
    assert.throws(() => createAddressRules([range]), /expected a range/)
  })
}
