import Type from 'typebox'
import { type EndpointTrial, VariantTrial } from '#contracts/api/trial'
import { Name } from '#contracts/common'
import { type Model, modelChecker, type Variant } from '#contracts/model'
import { checkModelRules } from '#contracts/model-rules'
import { AboxError } from '#core/errors'
import type { Places } from '../../bounds/places.ts'
import { refuseCalled } from '../../documents/check-offline.ts'
import { type Kind, kindNamed } from '../../documents/kinds.ts'
import { managerErrors } from '../../errors.ts'
import { forbidden } from '../../identity/permits.ts'
import { hasRole, type Principal } from '../../identity/principal.ts'
import { noteOf, type TrialTools, tryVariant } from '../../online/try-variant.ts'
import type { StoredDocument } from '../../store/documents.ts'
import { type Api, describeRoute, KeyParam } from '../api.ts'
import { readSeen } from '../conditions.ts'
import { findReplay, writeOnce } from '../once.ts'
import { strict } from '../validate.ts'
import { change, type DocumentParams, describeSwitch, folderOf, readVisible, scopeParams } from './documents.ts'

interface VariantParams extends DocumentParams {
  readonly variant: string
}

const ForceQuery = {
  force: Type.Optional(Type.Boolean({ description: 'Also where it discovers its endpoints, so that none is asked' }))
}

/** Bringing variants of models into service, and out of it. `trials`: room for questions to endpoints. */
export function onlineRoutes(api: Api, tools: TrialTools, trials: Places): void {
  const kind = kindNamed('Model')
  const path = `${folderOf(kind)}/:key/variants/:variant`
  const params = { ...scopeParams(kind), ...KeyParam, variant: Name }
  const tag = kind.plural
  const tryOne = ({ actor }: Principal, model: Model, variant: Variant): Promise<EndpointTrial[]> => {
    // A document of an older manager may say what no gateway takes.
    checkModelRules(modelChecker.check(model, `models/${model.name}`), `Model ${model.name}`)
    return trials.hold(actor.name, () => tryVariant(model, variant, tools))
  }
  api.server.post(
    `${path}/try`,
    {
      schema: describeRoute({
        tag,
        summary: 'Ask each endpoint of a variant whether it is ready, and for the answer to the sample',
        params,
        body: strict({}),
        answers: { 200: VariantTrial }
      })
    },
    async (request): Promise<VariantTrial> => {
      const { environment = '', key, variant } = request.params as VariantParams
      const principal = api.principalOf(request)
      const found = await readOperated(api, principal, kind, environment, key)
      const [model, one] = [modelOf(found), variantOf(found, variant)]
      return { endpoints: await tryOne(principal, model, one), note: noteOf(model, one) }
    }
  )
  api.server.post(
    `${path}/online`,
    {
      schema: describeSwitch(
        kind,
        'Publish a variant, once its endpoints are ready and answer the sample; the first of a model gets all its calls',
        params,
        ForceQuery
      )
    },
    async (request, reply) => {
      const { environment = '', key, variant } = request.params as VariantParams
      const principal = api.principalOf(request)
      const expected = readSeen(request)
      const { force = false } = request.query as { readonly force?: boolean }
      const found = await readOperated(api, principal, kind, environment, key)
      // Asked before the transaction: nothing slow may keep the other writers waiting. What was done already is not asked again.
      if ((await findReplay(api, request)) === undefined) {
        refuseStale(found, expected)
        refuseUnready(await tryOne(principal, modelOf(found), variantOf(found, variant)), key, variant, force)
      }
      return writeOnce(api, request, reply, async (db, now) => {
        const body = firstOnline(withState(found, variant, 'online'), variant)
        const answer = await change(api, db, kind, request, expected, body, now, 'online')
        const note = noteOf(modelOf(found), variantOf(found, variant))
        return note === '' ? answer : { ...answer, headers: { ...answer.headers, 'x-abox-note': note } }
      })
    }
  )
  api.server.post(
    `${path}/offline`,
    {
      schema: describeSwitch(
        kind,
        'Take a variant out of what gateways know; refused while the split still points at it',
        params
      )
    },
    (request, reply) =>
      writeOnce(api, request, reply, async (db, now) => {
        const { environment = '', key, variant } = request.params as VariantParams
        const principal = api.principalOf(request)
        const expected = readSeen(request)
        const found = await readVisible(db, principal, kind, environment, key)
        refuseCalled(modelOf(found), variantOf(found, variant).name)
        return change(api, db, kind, request, expected, withState(found, variant, 'offline'), now, 'offline')
      })
  )
}

/** Before anything is asked outside. Throws ABOX_GENERATION. */
export function refuseStale({ kind, key, generation, changedBy }: StoredDocument, expected: number): void {
  if (generation === expected) return
  const text = `${kind} ${key}: found generation ${generation} of ${changedBy}, expected generation ${expected}`
  throw new AboxError(managerErrors.ABOX_GENERATION, text)
}

/** A request to endpoints is sent for operators only, whoever may read the document. Throws ABOX_FORBIDDEN. */
export async function readOperated(
  api: Api,
  principal: Principal,
  kind: Kind,
  scope: string,
  key: string
): Promise<StoredDocument> {
  const found = await api.store.read((db) => readVisible(db, principal, kind, scope, key))
  if (hasRole(principal, 'operator', found.businessGroup, scope)) return found
  throw forbidden('operator', kind.kind, scope, found.businessGroup === '' ? 'platform' : 'own')
}

const modelOf = ({ document }: StoredDocument): Model => document as Model

function variantOf(found: StoredDocument, name: string): Variant {
  const variant = modelOf(found).variants.find((one) => one.name === name)
  if (variant !== undefined) return variant
  const names = modelOf(found).variants.map((one) => one.name)
  throw new AboxError(
    managerErrors.ABOX_NOT_FOUND,
    `Model ${found.key}: found no variant "${name}" among ${names.join(', ')}`
  )
}

function withState(found: StoredDocument, name: string, state: 'online' | 'offline'): Model {
  const model = modelOf(found)
  return { ...model, variants: model.variants.map((one) => (one.name === name ? { ...one, state } : one)) }
}

/** Where nothing was online nothing has weights, and gateways know nothing of the model: who comes first gets it all. */
function firstOnline(model: Model, name: string): Model {
  const { split } = model
  if (split === undefined || Object.values(split.weights).some((ppm) => ppm > 0)) return model
  return { ...model, split: { ...split, weights: { ...split.weights, [name]: 1_000_000 } } }
}

function refuseUnready(trials: readonly EndpointTrial[], model: string, variant: string, force: boolean): void {
  const where = `Model ${model}: variant ${variant}`
  if (trials.length === 0 && !force) {
    const text = `${where}: found no endpoint to ask, because it discovers them; \`--force\` or \`?force=true\` brings it online unasked`
    throw new AboxError(managerErrors.ABOX_NOT_READY, text)
  }
  const bad = trials.find(({ ready, sample }) => !ready || sample === false)
  if (bad !== undefined) throw new AboxError(managerErrors.ABOX_NOT_READY, `${where}: ${bad.origin}: ${bad.why}`)
}
