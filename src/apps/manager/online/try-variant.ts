import type { EndpointTrial } from '#contracts/api/trial'
import type { Model, Variant } from '#contracts/model'
import { AboxError } from '#core/errors'
import { checkReply, findResult, readiness } from '#lib/model-protocols'
import type { Outbound } from '#lib/outbound'
import { readHeaders } from './secret-headers.ts'

export interface TrialTools {
  /**
   * For our own fleets: public addresses and `outbound.internalRanges`, among which this host is only where it is written
   * there, and a cloud's metadata service only where its one address is.
   */
  readonly internal: Outbound
  /** For third parties. */
  readonly foreign: Outbound
  /** Value of a secret by its name; may throw. */
  readonly secret: (name: string) => string
}

/** For one question, ms. */
const TIMEOUT_MS = 10_000
const MAX_BYTES = 8 * 1024 * 1024
/** So many endpoints are asked, of a fleet that may have thousands. */
const MOST = 20

/**
 * Asks each endpoint of a variant what its protocol asks for readiness, then the model's sample. Of the answers only
 * whether they are good is told: who may write a document could otherwise read what no one but this host can reach.
 */
export async function tryVariant(model: Model, variant: Variant, tools: TrialTools): Promise<EndpointTrial[]> {
  const trials: EndpointTrial[] = []
  const origins = (variant.endpoints ?? []).slice(0, MOST)
  for (const origin of origins) {
    const why = await refusalOf(() => askReadiness(origin, variant, tools))
    if (why !== '' || model.sample === undefined) trials.push({ origin, ready: why === '', why })
    else {
      const sampleWhy = await refusalOf(() => askSample(origin, model.sample, variant, tools))
      trials.push({ origin, ready: true, sample: sampleWhy === '', why: sampleWhy })
    }
  }
  return trials
}

/** What `tryVariant` does not ask of this variant, for people; '' where it asks all there is. */
export function noteOf({ sample }: Model, variant: Variant): string {
  const { endpoints = [], protocol, path, health } = variant
  if (endpoints.length === 0) return 'it discovers its endpoints: none was asked'
  const notes: string[] = []
  if (endpoints.length > MOST) notes.push(`only ${MOST} of ${endpoints.length} endpoints were asked`)
  if (sample === undefined) {
    const asked = readiness(protocol, path, health).path === undefined ? 'whether anybody answers' : 'readiness'
    notes.push(`no sample in the document: only ${asked} was asked`)
  }
  return notes.join('; ')
}

async function askReadiness(origin: string, variant: Variant, tools: TrialTools): Promise<string> {
  const question = readiness(variant.protocol, variant.path, variant.health)
  // Where nothing can be asked any HTTP answer shows that somebody is there.
  const path = question.path ?? '/'
  const reply = await send(origin, path, variant, tools)
  if (question.path === undefined || question.isReady(reply.status, reply.body)) return ''
  return `GET ${path}: answered ${reply.status} and is not ready`
}

async function askSample(origin: string, sample: unknown, variant: Variant, tools: TrialTools): Promise<string> {
  const reply = await send(origin, variant.path, variant, tools, JSON.stringify(sample))
  try {
    checkReply(variant.protocol, reply.status, 'application/json', reply.body)
    findResult(variant.protocol, reply.body)
    return ''
  } catch (error) {
    return `POST ${variant.path}: the sample was answered with ${reply.status}: ${AboxError.from(error).code}`
  }
}

function send(
  origin: string,
  path: string,
  variant: Variant,
  { internal, foreign, secret }: TrialTools,
  body?: string
) {
  const headers = readHeaders(variant.headers, secret)
  if (variant.host !== undefined) headers['host'] = variant.host
  if (body !== undefined) headers['content-type'] = 'application/json'
  const outbound = variant.endpoint === undefined ? internal : foreign
  const request = { url: `${origin}${path}`, headers, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES }
  return outbound.send(body === undefined ? { ...request, method: 'GET' } : { ...request, method: 'POST', body })
}

async function refusalOf(ask: () => Promise<string>): Promise<string> {
  try {
    return await ask()
  } catch (error) {
    return AboxError.from(error).message
  }
}
