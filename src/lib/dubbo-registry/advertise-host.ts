import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'

/**
 * The address to register: the first IPv4 address of this machine that others can reach. Loopback is no use, since
 * consumers replace it by an address of their own machine; it is given when the machine has nothing else.
 */
export function advertiseHost(
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>> = networkInterfaces()
): string {
  const all = Object.values(interfaces).flatMap((addresses) => addresses ?? [])
  const usable = all.filter(({ family, internal, address }) => family === 'IPv4' && !internal && !isLinkLocal(address))
  return usable[0]?.address ?? '127.0.0.1'
}

const isLinkLocal = (address: string): boolean => address.startsWith('169.254.')
