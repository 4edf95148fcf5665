import { invalid } from '#contracts/errors'
import type { Model, Variant } from '#contracts/model'
import { checkModelRules } from '#contracts/model-rules'
import { prepareWeights } from '#lib/splitter'

/**
 * A header of such a name is taken for a credential, which no document may hold. Rather too many than too few: what is no
 * secret can stand in a file as well.
 */
const CREDENTIAL = /auth|token|secret|passw|passphrase|key|credential|cookie|signature/i

/** What the schema cannot say of a model. Throws ABOX_DOCUMENT_INVALID or ABOX_SPLIT_WEIGHTS with one line. */
export function checkModel(model: Model): void {
  const where = `Model ${model.name}`
  checkModelRules(model, where)
  const variants = new Map<string, Variant>()
  for (const variant of model.variants) {
    variants.set(variant.name, variant)
    checkVariant(variant, `${where}: variant ${variant.name}`)
  }
  checkSplit(model, variants, where)
}

/** Throws ABOX_DOCUMENT_INVALID where a header that by its name is a credential has its value in the document. */
export function checkHeaders(headers: Variant['headers'], where: string): void {
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (typeof value === 'string' && CREDENTIAL.test(name)) {
      throw invalid(`${where}: headers.${name}: found a value (not shown), expected {secret: <name>}`)
    }
  }
}

function checkVariant({ endpoints, discover, endpoint, headers }: Variant, where: string): void {
  if (endpoint === undefined && (endpoints === undefined) === (discover === undefined)) {
    throw invalid(`${where}: expected exactly one of endpoints, discover and endpoint`)
  }
  if (endpoint !== undefined && discover !== undefined) {
    throw invalid(`${where}: found endpoint and discover, expected one of them`)
  }
  checkHeaders(headers, where)
}

function checkSplit({ split, variants: list }: Model, variants: ReadonlyMap<string, Variant>, where: string): void {
  if (split === undefined) {
    if (list.length === 1) return
    throw invalid(`${where}: split: found nothing, expected weights because there are ${list.length} variants`)
  }
  const point = (name: string, path: string): void => {
    const variant = variants.get(name)
    if (variant === undefined) {
      throw invalid(`${where}: ${path}: found "${name}", expected one of ${[...variants.keys()].join(', ')}`)
    }
    if (variant.state === 'offline') throw invalid(`${where}: ${path}: found "${name}", which is offline`)
  }
  const weights: Record<string, number> = {}
  for (const [name, ppm] of Object.entries(split.weights)) {
    if (ppm > 0 || !variants.has(name)) point(name, 'split.weights')
    weights[name] = ppm
  }
  // An empty split is that of a model whose variants are not online yet.
  if (list.some(({ state }) => state !== 'offline')) prepareWeights(weights)
  for (const { variant } of split.pins ?? []) point(variant, 'split.pins')
  if (split.kill !== undefined) point(split.kill, 'split.kill')
  if (split.shadow !== undefined) point(split.shadow.variant, 'split.shadow.variant')
}
