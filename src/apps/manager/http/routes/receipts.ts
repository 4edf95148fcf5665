import Type from 'typebox'
import { type Alarm, type FleetInstance, Receipts } from '#contracts/api/receipts'
import { KINDS } from '#contracts/kinds'
import { WHOLE_SET } from '#contracts/receipt'
import { checkScope } from '../../documents/change-document.ts'
import type { Alarm as AlarmState, InstanceState } from '../../publish/laggards.ts'
import type { Publishers } from '../../publish/publishers.ts'
import { type Api, describeRoute, EnvironmentParam, ROOT } from '../api.ts'
import { visiblePlaces } from '../visible-places.ts'

/** So many places can be asked for at once: what a URL has room for. */
const MOST_PLACES = 100
const PLACE = `^(${KINDS.flatMap(({ plural, published }) => (published ? plural : [])).join('|')})/.+$`
const Place = Type.String({ pattern: PLACE, maxLength: 1100 })

interface ReceiptsQuery {
  readonly document?: readonly string[]
}

/** What gateways were told, and what each of them really runs. */
export function receiptRoutes(api: Api, publishers: Publishers): void {
  api.server.get(
    `${ROOT}/environments/:environment/receipts`,
    {
      schema: describeRoute({
        tag: 'environments',
        summary: 'Which generation of each document is published, and which one each instance runs',
        params: EnvironmentParam,
        query: {
          document: Type.Optional(
            Type.Array(Place, {
              minItems: 1,
              maxItems: MOST_PLACES,
              description: 'Only of these, as `models/<name>`; what concerns all documents is told, too'
            })
          )
        },
        answers: { 200: Receipts }
      })
    },
    async (request): Promise<Receipts> => {
      const { environment } = request.params as { readonly environment: string }
      const { document } = request.query as ReceiptsQuery
      const principal = api.principalOf(request)
      await api.store.read((db) => checkScope(db, principal, environment))
      const state = publishers.state(environment)
      if (state === undefined) {
        return { leader: false, connected: false, unwritten: {}, published: {}, instances: [], alarms: [], repairs: 0 }
      }
      const places = await visiblePlaces(api.store, principal, environment)
      const asked = document === undefined ? undefined : new Set([...document, WHOLE_SET])
      const isTold = (place: string): boolean => (asked?.has(place) ?? true) && (places?.has(place) ?? true)
      return {
        leader: state.leader,
        ...(state.leads !== undefined && { leads: state.leads }),
        connected: state.connected,
        ...(state.refused !== undefined && { refused: state.refused }),
        unwritten: pick(state.unwritten, isTold),
        published: pick(state.published, isTold),
        instances: state.instances.map((instance) => describeInstance(instance, isTold, asked)),
        alarms: state.alarms(isTold).map(describeAlarm),
        repairs: state.repairs
      }
    }
  )
}

function describeInstance(
  { instance, role, about, applied, refused, disabled, at }: InstanceState,
  isTold: (place: string) => boolean,
  asked: ReadonlySet<string> | undefined
): FleetInstance {
  return {
    instance,
    role,
    ...(about !== undefined && { about }),
    ...(applied !== undefined && { applied: pick(entriesOf(applied, asked), isTold) }),
    refused: pick(Object.entries(refused), isTold),
    disabled: pick(Object.entries(disabled), (version) => isTold(placeOfHook(version))),
    ...(at !== undefined && { at })
  }
}

const describeAlarm = ({ published, applied, reason, ...alarm }: AlarmState): Alarm => ({
  ...alarm,
  ...(published !== undefined && { published }),
  ...(applied !== undefined && { applied }),
  ...(reason !== undefined && { reason })
})

/** Place of the hook of which gateways have taken a version out, which they name `<hook>@<12 hex of the digest>`. */
const placeOfHook = (version: string): string => `hooks/${version.slice(0, version.lastIndexOf('@'))}`

/** Who asks for one place does so again and again: the thousands of others are not looked through. */
function entriesOf<T>(byPlace: Readonly<Record<string, T>>, asked: ReadonlySet<string> | undefined): [string, T][] {
  if (asked === undefined) return Object.entries(byPlace)
  return [...asked].flatMap((place): [string, T][] => {
    const value = Object.hasOwn(byPlace, place) ? byPlace[place] : undefined
    return value === undefined ? [] : [[place, value]]
  })
}

function pick<T>(byPlace: Iterable<[string, T]>, isTold: (place: string) => boolean): Record<string, T> {
  const found: [string, T][] = []
  for (const entry of byPlace) if (isTold(entry[0])) found.push(entry)
  return Object.fromEntries(found)
}
