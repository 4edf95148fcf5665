import type { Endpoint } from '#contracts/endpoint'
import { AboxError } from '#core/errors'
import { readHeaders } from './secret-headers.ts'
import type { TrialTools } from './try-variant.ts'

/** For one question, ms. */
const TIMEOUT_MS = 5000
const MAX_BYTES = 64 * 1024

/**
 * Asks the endpoint of a third party whether it is well: its health path must answer 2xx, where it has none a connection
 * must be made. Gives why it is not, '' where it is; nothing of an answer but its status. Never rejects.
 */
export async function askEndpoint(
  { origin, health, headers }: Endpoint,
  { foreign, secret }: Pick<TrialTools, 'foreign' | 'secret'>
): Promise<string> {
  try {
    if (health === undefined) {
      await foreign.connect(origin, TIMEOUT_MS)
      return ''
    }
    const { status } = await foreign.send({
      url: origin + health,
      method: 'GET',
      headers: readHeaders(headers, secret),
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES
    })
    return status >= 200 && status < 300 ? '' : `GET ${health}: answered ${status}, expected 2xx`
  } catch (error) {
    return AboxError.from(error).message
  }
}
