import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { AnswerBody, Client } from './manager.ts'

/** A request of which all has been sent but the body. */
export interface SlowRequest {
  /** Sends the body. */
  finish(): Promise<{ readonly status: number; readonly body: AnswerBody }>
}

/**
 * Sends the head of a request, and waits until the server has begun to look at it: it says `100 Continue` (RFC 9110
 * §10.1.1). `at`: origin of the manager.
 */
export async function beginSlowly(
  { headers }: Client,
  at: string,
  method: string,
  path: string,
  { body, seen }: { readonly body: unknown; readonly seen?: number }
): Promise<SlowRequest> {
  const bytes = Buffer.from(JSON.stringify(body))
  const sent = request(at + path, {
    method,
    headers: {
      ...headers,
      'x-abox-reason': 'a test',
      'content-type': 'application/json',
      'content-length': bytes.length,
      expect: '100-continue',
      ...(seen !== undefined && { 'if-match': `"${seen}"` })
    }
  })
  const answered = once(sent, 'response')
  answered.catch(() => {})
  sent.flushHeaders()
  await once(sent, 'continue')
  return {
    async finish() {
      sent.end(bytes)
      const [response] = (await answered) as [IncomingMessage]
      const answer = await text(response)
      assert.ok(response.statusCode !== undefined)
      return { status: response.statusCode, body: (answer === '' ? {} : JSON.parse(answer)) as AnswerBody }
    }
  }
}
