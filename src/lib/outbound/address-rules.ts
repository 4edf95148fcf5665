import { BlockList, isIP, isIPv4 } from 'node:net'

/**
 * What no request of ours may reach unless it is allowed: this host, private and shared networks, link-local ones (where
 * clouds keep their credentials), multicast, what is reserved, and the ways to write these in IPv6. From the IANA special
 * purpose registries (RFC 6890 and its updates). Public IPv6 addresses are those of 2000::/3: all others are here.
 */
const DENIED = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4', '::/3', '4000::/2', '8000::/1'],
  ...['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']
]

/**
 * Where clouds answer whoever asks with credentials or with what a machine is started with. Some are inside of ranges that
 * companies use, one is public: a range that is allowed does not open them, only an entry of that one address does.
 */
const METADATA = new Set([
  // Most clouds; then credentials of containers (AWS), of pods (AWS), of Tencent Cloud, of Scaleway.
  ...['169.254.169.254', '169.254.170.2', '169.254.170.23', '169.254.0.23', '169.254.42.42'],
  ...['fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254', 'fd00:42::42'],
  // Alibaba Cloud, Azure, Oracle Cloud.
  ...['100.100.100.200', '168.63.129.16', '192.0.0.192']
])

/** Says which addresses may be called. */
export interface AddressRules {
  /** Why not; undefined: it may be called. `address` is an IP address as text, without brackets. */
  refusalOf(address: string): string | undefined
}

/**
 * `allow`: ranges as `10.1.0.0/16` that are open although they are special; a metadata service of a cloud is open only
 * where it is allowed alone, as `168.63.129.16/32`. Throws RangeError at a text that is none.
 */
export function createAddressRules(allow: readonly string[]): AddressRules {
  const isDenied = containerOf(DENIED)
  const isAllowed = containerOf(allow)
  const alone = new Set(allow.filter((range) => isAlone(range)).map((range) => unmapped(range.split('/')[0] ?? '')))
  return {
    refusalOf(address) {
      const plain = unmapped(address)
      if (isIP(plain) === 0) return `found "${address.slice(0, 64)}", expected an IP address`
      if (isDenied(plain) && !isAllowed(plain)) return `${address} is of a private, local or reserved range`
      if (!isMetadata(plain) || alone.has(plain)) return undefined
      return `${address} is of a cloud's metadata service, which no range opens but one of it alone`
    }
  }
}

/** Addresses in these ranges, each as `unmapped` gives it. Throws RangeError. */
function containerOf(ranges: readonly string[]): (address: string) => boolean {
  // Two lists: one alone takes IPv4 for `::ffff:0:0/96`, and `::/3` would be all of it.
  const [v4, v6] = [new BlockList(), new BlockList()]
  for (const range of ranges) {
    const [address = '', bits, more] = range.split('/')
    const family = isIP(address)
    const length = Number(bits)
    if (family === 0 || more !== undefined || !/^\d{1,3}$/.test(bits ?? '') || length > (family === 4 ? 32 : 128)) {
      throw new RangeError(`found "${range.slice(0, 64)}", expected a range as 10.1.0.0/16`)
    }
    const plain = unmapped(address)
    if (family === 4) v4.addSubnet(address, length, 'ipv4')
    else if (isIPv4(plain) && length >= 96) v4.addSubnet(plain, length - 96, 'ipv4')
    else v6.addSubnet(address, length, 'ipv6')
  }
  return (address) => (isIPv4(address) ? v4.check(address, 'ipv4') : v6.check(address, 'ipv6'))
}

/** Whether the range is one address. */
function isAlone(range: string): boolean {
  const [address = '', bits] = range.split('/')
  return bits === (isIP(address) === 4 ? '32' : '128')
}

/**
 * `plain`: as `unmapped` gives it. Also of an IPv6 address that carries one of theirs: in its last 32 bits, where NAT64
 * (whatever its prefix of 96 bits is), ISATAP and the translated and compatible forms have it, and Teredo in its complement;
 * 6to4 has it behind 2002.
 */
function isMetadata(plain: string): boolean {
  if (METADATA.has(plain)) return true
  if (isIP(plain) !== 6) return false
  const [first = 0, second = 0, third = 0, , , , high = 0, low = 0] = groupsOf(plain)
  if (METADATA.has(dotted(high, low))) return true
  if (first === 0x2002) return METADATA.has(dotted(second, third))
  return first === 0x2001 && second === 0 && METADATA.has(dotted(high ^ 0xffff, low ^ 0xffff))
}

/** The eight numbers of a canonical IPv6 address. */
function groupsOf(canonical: string): number[] {
  const [left = '', right] = canonical.split('::')
  const numbers = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((one) => Number.parseInt(one, 16))
  const [head, tail] = [numbers(left), numbers(right ?? '')]
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}

const dotted = (high: number, low: number): string => [high >> 8, high & 255, low >> 8, low & 255].join('.')

/** `::ffff:a.b.c.d`, however it is written, is the IPv4 address in it; a zone (`%eth0`) says nothing about the range. */
function unmapped(address: string): string {
  const plain = address.replace(/%.*$/, '')
  if (isIP(plain) !== 6) return plain
  const canonical = new URL(`http://[${plain}]`).hostname.slice(1, -1)
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical)
  if (mapped === null) return canonical
  return dotted(Number.parseInt(mapped[1] ?? '', 16), Number.parseInt(mapped[2] ?? '', 16))
}
