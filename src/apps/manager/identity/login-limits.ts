import type { Clock } from '#core/clock'
import { AboxError } from '#core/errors'
import { createLimiterSet } from '#lib/limits'
import { managerErrors } from '../errors.ts'

/** How often passwords may be tried. */
export interface LoginLimits {
  /**
   * Before a password is looked at; what it gives has to be ended. `user` undefined: it is no user's, and the address alone
   * counts. Throws ABOX_LOGIN_LIMITED.
   */
  begin(user: string | undefined, address: string): LoginAttempt
}

export interface LoginAttempt {
  /** A right password does not count as an attempt, and this user is known at this address from now on. */
  end(right: boolean): void
}

/** Per address, for all users together. */
const PER_ADDRESS = { ratePerSecond: 0.5, burst: 30 }
/** Per user, from all addresses together; the same again for the user at each address where he has logged in before. */
const PER_USER = { ratePerSecond: 0.2, burst: 10 }
/** Pairs of user and address that are remembered. */
const MAX_KNOWN = 10_000

/**
 * Token buckets, which fill again by themselves: nobody is locked out for good. Who tries passwords of a user from many
 * addresses uses up that user's bucket, but not the one that he has at an address where he has logged in before.
 */
export function createLoginLimits(clock: Clock): LoginLimits {
  const addresses = createLimiterSet(PER_ADDRESS, { clock })
  const users = createLimiterSet(PER_USER, { clock })
  const pairs = createLimiterSet(PER_USER, { clock })
  const known = new Set<string>()
  return {
    begin(user, address) {
      const network = networkOf(address)
      const pair = `${user} ${network}`
      const byAddress = addresses.of(network)
      if (byAddress.tryEnter() !== 'ok') throw limited('from this address')
      const byUser = user === undefined ? undefined : known.has(pair) ? pairs.of(pair) : users.of(user)
      if (byUser !== undefined && byUser.tryEnter() !== 'ok') {
        byAddress.leave()
        throw limited('for this user')
      }
      return {
        end(right) {
          for (const limiter of [byAddress, byUser]) {
            if (right) limiter?.cancel()
            else limiter?.leave()
          }
          if (right && user !== undefined) remember(known, pair)
        }
      }
    }
  }
}

function remember(known: Set<string>, pair: string): void {
  known.delete(pair)
  known.add(pair)
  const oldest = known.size > MAX_KNOWN ? known.values().next().value : undefined
  if (oldest !== undefined) known.delete(oldest)
}

/** One customer of a provider has a whole /64 of IPv6. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address
  const [head = '', tail] = address.split('::')
  const groups = head.split(':')
  if (tail === undefined) return groups.slice(0, 4).join(':')
  const after = tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - after.length) }, () => '0')
  return [...groups, ...zeros, ...after].slice(0, 4).join(':')
}

const limited = (where: string): AboxError =>
  new AboxError(managerErrors.ABOX_LOGIN_LIMITED, `found more attempts ${where} than may be`)
