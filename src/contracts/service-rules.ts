import { invalid } from './errors.ts'
import { checkLimits } from './limits-rules.ts'
import { methodLabel, type Service } from './service.ts'

/**
 * What the schema of a service cannot say, and neither another document nor a reader of types and paths is needed for:
 * gateways refuse what this refuses, so the manager does not take it. `where` begins messages. Throws ABOX_DOCUMENT_INVALID with one line.
 */
export function checkServiceRules({ methods, limits }: Service, where: string): void {
  checkLimits(where, limits)
  const bare = new Set(methods.filter(({ parameters }) => parameters === undefined).map(({ name }) => name))
  const seen = new Set<string>()
  for (const method of methods) {
    const { name, model, modelFrom } = method
    if ((model === undefined) === (modelFrom === undefined)) {
      throw invalid(`${where}: method ${name}: expected exactly one of model and modelFrom`)
    }
    if (seen.has(name) && bare.has(name)) {
      throw invalid(`${where}: method ${name}: found twice, expected \`parameters\` on each overload`)
    }
    seen.add(name)
    checkLimits(`${where}: method ${methodLabel(method)}`, method.limits)
  }
}
