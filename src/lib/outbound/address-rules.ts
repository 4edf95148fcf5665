import { BlockList, isIP, isIPv4 } from 'node:net'

/**
 * What no request of ours may reach unless it is allowed: this host, private and shared networks, link-local ones (where
 * clouds keep their credentials), multicast, what is reserved, and the ways to write these in IPv6. From the IANA special
 * purpose registries (RFC 6890 and its updates).
 */
const DENIED = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...[
    '224.0.0.0/4',
    '240.0.0.0/4',
    '::/96',
    '64:ff9b::/96',
    '64:ff9b:1::/48',
    '100::/64',
    '2001::/23',
    '2001:db8::/32'
  ],
  ...['2002::/16', '3fff::/20', '5f00::/16', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8']
]

/** Says which addresses may be called. */
export interface AddressRules {
  /** Why not; undefined: it may be called. `address` is an IP address as text, without brackets. */
  refusalOf(address: string): string | undefined
}

/** `allow`: ranges as `10.1.0.0/16` that are open although they are special. Throws RangeError at a text that is none. */
export function createAddressRules(allow: readonly string[]): AddressRules {
  const denied = listOf(DENIED)
  const allowed = listOf(allow)
  return {
    refusalOf(address) {
      const plain = unmapped(address)
      const family = isIPv4(plain) ? 'ipv4' : 'ipv6'
      if (isIP(plain) === 0) return `found "${address.slice(0, 64)}", expected an IP address`
      if (allowed.check(plain, family) || !denied.check(plain, family)) return undefined
      return `${address} is of a private, local or reserved range`
    }
  }
}

/** Throws RangeError. */
function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits, more] = range.split('/')
    const family = isIP(address)
    const length = Number(bits)
    if (family === 0 || more !== undefined || !/^\d{1,3}$/.test(bits ?? '') || length > (family === 4 ? 32 : 128)) {
      throw new RangeError(`found "${range.slice(0, 64)}", expected a range as 10.1.0.0/16`)
    }
    list.addSubnet(address, length, family === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}

/** `::ffff:a.b.c.d`, however it is written, is the IPv4 address in it; a zone (`%eth0`) says nothing about the range. */
function unmapped(address: string): string {
  const plain = address.replace(/%.*$/, '')
  if (isIP(plain) !== 6) return plain
  const canonical = new URL(`http://[${plain}]`).hostname.slice(1, -1)
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical)
  if (mapped === null) return canonical
  const [high, low] = [Number.parseInt(mapped[1] ?? '', 16), Number.parseInt(mapped[2] ?? '', 16)]
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}
