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

test('a range of IPv6 opens no IPv4 address, unless it is one of the form ::ffff:0:0/96', () => {
  assert.match(createAddressRules(['::/0']).refusalOf('10.1.1.1') ?? '', /range/)
  const open = createAddressRules(['::ffff:10.1.0.0/112'])
  assert.equal(open.refusalOf('10.1.9.9'), undefined)
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

const PRIVATE = ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', 'fc00::/7', 'fe80::/10', '::/0', '0.0.0.0/0']
const metadata = [
  ...['100.100.100.200', '168.63.129.16', '169.254.169.254', '169.254.170.2', '169.254.0.23', '192.0.0.192'],
  ...['fd00:ec2::254', 'fd20:ce::254', 'FD00:0EC2:0:0:0:0:0:0254', 'fd00:ec2::254%eth0'],
  ...['::ffff:100.100.100.200', '::ffff:a9fe:a9fe', '::ffff:0:a9fe:a9fe', '::169.254.169.254', '64:ff9b::a9fe:a9fe'],
  ...['64:ff9b:1::a9fe:a9fe', '2002:a9fe:a9fe::1', '2001:0:4136:e378:8000:63bf:5601:5601', 'fe80::5efe:169.254.169.254']
]
for (const address of metadata) {
  test(`${address} is of a cloud's metadata and is not opened by a range around it`, () => {
    assert.match(createAddressRules(PRIVATE).refusalOf(address) ?? '', /metadata/)
    assert.notEqual(rules.refusalOf(address), undefined)
  })
}

test("a cloud's address is open where it alone is allowed", () => {
  const open = createAddressRules(['168.63.129.16/32', 'fd00:ec2:0::254/128', '10.0.0.0/8'])
  assert.equal(open.refusalOf('168.63.129.16'), undefined)
  assert.equal(open.refusalOf('::ffff:168.63.129.16'), undefined)
  assert.equal(open.refusalOf('fd00:ec2::254'), undefined)
  assert.match(open.refusalOf('100.100.100.200') ?? '', /range/)
  assert.match(open.refusalOf('64:ff9b::168.63.129.16') ?? '', /range/)
})

for (const address of [
  '::ffff:0:a9fe:a9fe',
  '::ffff:0:8.8.8.8',
  '200::1',
  '1fff::1',
  '4000::1',
  'a000::1',
  'fe00::1'
]) {
  test(`${address} is no public IPv6 address and must not be called`, () => {
    assert.match(rules.refusalOf(address) ?? '', /range/)
  })
}

for (const address of ['2000::1', '2400:cb00::1', '3ffe::1']) {
  test(`${address} is a public IPv6 address and may be called`, () => {
    assert.equal(rules.refusalOf(address), undefined)
  })
}
