import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import { GROUPINGS, type Grouping, Live } from '#contracts/api/live'
import { Name } from '#contracts/common'
import { LiveAnswer, LiveSummary, MAX_SUMMARY_BYTES } from '#contracts/live'
import { AboxError } from '#core/errors'
import { Line } from '../../bounds/line.ts'
import { checkScope } from '../../documents/change-document.ts'
import { managerErrors } from '../../errors.ts'
import type { Principal } from '../../identity/principal.ts'
import { describeLive, type LiveQuestion } from '../../live/describe.ts'
import type { LiveStore } from '../../live/live-store.ts'
import { readDocument } from '../../store/documents.ts'
import { readServerOrder } from '../../store/server-orders.ts'
import { type Api, describeRoute, EnvironmentParam, eventsAnswer, FOR_GATEWAYS, ROOT, STREAM } from '../api.ts'
import { credentialsOf } from '../identify.ts'
import type { LiveStreams } from '../live-streams.ts'
import { visiblePlaces } from '../visible-places.ts'

/** How far a gateway's clock may be from ours, or its summary may have been on its way, ms. */
const MOST_SKEW_MS = 60_000
const HOUR_S = 3600
/** Most points of a series. */
const MOST_POINTS = 600
/** Questions about a longer time are answered one at a time, s. */
const SHORT_S = 60
/** Of such questions, so that one reader does not have all places. */
const MOST_WAITING_OF_ONE = 2

const filters = {
  by: Type.Optional(Type.Enum([...GROUPINGS], { description: 'How calls are added up; `variant` unless given' })),
  model: Type.Optional(Name)
}

interface LiveQuery {
  readonly seconds?: number
  readonly step?: number
  readonly by?: Grouping
  readonly model?: string
}

/** What instances did in the last hour, second by second. */
export function liveRoutes(api: Api, live: LiveStore, streams: LiveStreams): void {
  const tag = 'live'
  const line = new Line({
    what: 'questions about a long time',
    running: 1,
    waiting: 10,
    waitingOfOne: MOST_WAITING_OF_ONE
  })
  const path = `${ROOT}/environments/:environment/live`
  api.server.post(
    path,
    {
      bodyLimit: MAX_SUMMARY_BYTES,
      config: FOR_GATEWAYS,
      schema: describeRoute({
        tag,
        summary: 'Tell what an instance did in the second behind it; with a token for gateways only',
        params: EnvironmentParam,
        body: LiveSummary,
        answers: { 200: LiveAnswer }
      })
    },
    async (request): Promise<LiveAnswer> => {
      const { environment } = request.params as { readonly environment: string }
      const summary = request.body as LiveSummary
      if (api.principalOf(request).gateway !== environment) {
        throw new AboxError(managerErrors.ABOX_FORBIDDEN, 'expected a token for gateways of this environment')
      }
      const skew = summary.at - api.clock.wallMs()
      if (Math.abs(skew) > MOST_SKEW_MS) {
        const text = `at: found a time ${Math.round(Math.abs(skew) / 1000)} s ${skew < 0 ? 'ago' : 'ahead'}, expected now: set the clocks`
        throw new AboxError(managerErrors.ABOX_REQUEST_INVALID, text)
      }
      const { found, order } = await api.store.read(async (db) => ({
        found: await readDocument(db, { scope: '', kind: 'Environment', key: environment }),
        order: await readServerOrder(db, environment, summary.instance)
      }))
      if (found === undefined || found.deleted) {
        throw new AboxError(managerErrors.ABOX_FORBIDDEN, 'expected a token for gateways of an environment that exists')
      }
      return { taken: live.add(environment, summary), offline: order?.offline === 1 }
    }
  )
  api.server.get(
    path,
    {
      schema: describeRoute({
        tag,
        summary: 'Calls of the last seconds: how many, how they ended, how long they took, how they were divided',
        params: EnvironmentParam,
        query: {
          ...filters,
          seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: HOUR_S, description: '60 unless given' })),
          step: Type.Optional(
            Type.Integer({ minimum: 1, maximum: HOUR_S, description: 'With points of so many seconds each' })
          )
        },
        answers: { 200: Live }
      })
    },
    async (request) => {
      const question = questionOf(request)
      const { seconds, step } = question
      if (step !== undefined && Math.ceil(seconds / step) > MOST_POINTS) {
        const text = `step: found ${step} for ${seconds} seconds, expected at most ${MOST_POINTS} points`
        throw new AboxError(managerErrors.ABOX_REQUEST_INVALID, text)
      }
      const principal = api.principalOf(request)
      const isSeen = await seenBy(api, principal, question.environment)
      const answer = (): Promise<Live> =>
        describeLive(live.find(question.environment), { ...question, isSeen }, live.second())
      return seconds <= SHORT_S ? answer() : line.run(answer, principal.actor.name)
    }
  )
  api.server.get(
    `${path}/stream`,
    {
      config: STREAM,
      schema: describeRoute({
        tag,
        summary: 'Stream of the same, one server-sent event a second',
        params: EnvironmentParam,
        query: {
          ...filters,
          seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 60, description: '1 unless given' }))
        },
        answers: { 200: eventsAnswer('Events `live`', Live) }
      })
    },
    async (request, reply) => {
      const question = questionOf(request, 1)
      const credentials = credentialsOf(request)
      const again = async (): Promise<LiveQuestion['isSeen']> =>
        seenBy(api, await api.authenticator.authenticate(credentials), question.environment)
      // Before the head is sent: a refusal is an answer of its own.
      await again()
      const user = api.principalOf(request).actor.name
      await streams.serve({ user, question, again, response: reply.raw, headers: reply.getHeaders() })
      reply.hijack()
    }
  )
}

function questionOf(request: FastifyRequest, byDefault = 60): Omit<LiveQuestion, 'isSeen'> {
  const { environment } = request.params as { readonly environment: string }
  const { seconds = byDefault, step, by = 'variant', model } = request.query as LiveQuery
  return { environment, seconds, step, by, model }
}

/** Rejects as `checkScope`. */
async function seenBy({ store }: Api, principal: Principal, environment: string): Promise<LiveQuestion['isSeen']> {
  await store.read((db) => checkScope(db, principal, environment))
  const places = await visiblePlaces(store, principal, environment)
  return (place) => places?.has(place) ?? true
}
