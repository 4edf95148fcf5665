import Type from 'typebox'
import { checkScope } from '../../documents/change-document.ts'
import type { Publishers } from '../../publish/publishers.ts'
import { type Api, describeRoute, EnvironmentParam, ROOT } from '../api.ts'
import { visiblePlaces } from '../visible-places.ts'

const ByPlace = Type.Record(Type.String(), Type.Integer())
const Receipts = Type.Object({
  leader: Type.Boolean({ description: 'Whether this replica publishes' }),
  connected: Type.Boolean(),
  refused: Type.Optional(Type.String({ description: 'Why nothing is published' })),
  unwritten: Type.Record(Type.String(), Type.String(), {
    description: 'Why a document could not be written or removed while all others were; it is tried again'
  }),
  published: ByPlace,
  instances: Type.Array(Type.Unknown()),
  alarms: Type.Array(Type.Unknown()),
  repairs: Type.Integer({ description: 'What others wrote and this replica has put right' })
})

/** What gateways were told, and what each of them really runs. */
export function receiptRoutes(api: Api, publishers: Publishers): void {
  api.server.get(
    `${ROOT}/environments/:environment/receipts`,
    {
      schema: describeRoute({
        tag: 'environments',
        summary: 'Which generation of each document is published, and which one each instance runs',
        params: EnvironmentParam,
        answers: { 200: Receipts }
      })
    },
    async (request) => {
      const { environment } = request.params as { readonly environment: string }
      const principal = api.principalOf(request)
      await api.store.read((db) => checkScope(db, principal, environment))
      const state = publishers.state(environment)
      if (state === undefined) {
        return { leader: false, connected: false, unwritten: {}, published: {}, instances: [], alarms: [], repairs: 0 }
      }
      const places = await visiblePlaces(api.store, principal, environment)
      const isSeen = (place: string): boolean => places?.has(place) ?? true
      return {
        leader: state.leader,
        connected: state.connected,
        refused: state.refused,
        unwritten: pick(Object.fromEntries(state.unwritten), isSeen),
        published: pick(Object.fromEntries(state.published), isSeen),
        instances: state.instances.map(({ applied, refused, disabled, ...instance }) => ({
          ...instance,
          ...(applied !== undefined && { applied: pick(applied, isSeen) }),
          refused: pick(refused, isSeen),
          disabled: pick(disabled, (hook) => isSeen(placeOfHook(hook)))
        })),
        alarms: state.alarms(isSeen),
        repairs: state.repairs
      }
    }
  )
}

/** Place of the hook of which gateways have taken a version out, which they name `<hook>@<12 hex of the digest>`. */
const placeOfHook = (version: string): string => `hooks/${version.slice(0, version.lastIndexOf('@'))}`

function pick<T>(byPlace: Readonly<Record<string, T>>, isSeen: (place: string) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(byPlace).filter(([place]) => isSeen(place)))
}
