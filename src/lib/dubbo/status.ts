/**
 * Status byte of a response. Anything but OK carries one Hessian string as its body, becomes an `RpcException` with
 * that text at a Java consumer, and is sent again by its default cluster (two more tries).
 */
export const STATUS = {
  OK: 20,
  SERIALIZATION_ERROR: 25,
  CLIENT_TIMEOUT: 30,
  SERVER_TIMEOUT: 31,
  CHANNEL_INACTIVE: 35,
  BAD_REQUEST: 40,
  BAD_RESPONSE: 50,
  SERVICE_NOT_FOUND: 60,
  SERVICE_ERROR: 70,
  SERVER_ERROR: 80,
  CLIENT_ERROR: 90,
  EXHAUSTED: 100
} as const

/** `31 SERVER_TIMEOUT`, or the bare number when Dubbo has no such status. */
export function statusName(status: number): string {
  const word = statusWord(status)
  return word === undefined ? String(status) : `${status} ${word}`
}

/** `SERVER_TIMEOUT`; `undefined` when Dubbo has no such status. */
export function statusWord(status: number): string | undefined {
  for (const [name, value] of Object.entries(STATUS)) if (value === status) return name
  return undefined
}
