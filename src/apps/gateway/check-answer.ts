import { JsonReader } from '#lib/json'
import { checkReply, type ModelProtocol } from '#lib/model-protocols'
import type { UpstreamReply } from '#lib/upstream'

/**
 * Passes an answer that is the whole JSON it should be and can hold a result. Throws what checkReply throws, and
 * ABOX_JSON_SYNTAX or ABOX_JSON_TOO_DEEP.
 *
 * All of it is read here, because readers stop at the result: what is broken behind it would pass, a hook would be blamed
 * for what the model did, and the endpoint would count as good.
 */
export function checkAnswer(protocol: ModelProtocol, { status, contentType, body }: UpstreamReply): void {
  checkReply(protocol, status, contentType, body)
  const reader = new JsonReader(body)
  reader.skip()
  reader.assertEnd()
}
