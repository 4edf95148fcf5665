import { contractErrors } from '#contracts/errors'
import { maskRefusal } from '#contracts/mask-rules'
import { type Method, type Service, serviceKey } from '#contracts/service'
import { checkServiceRules } from '#contracts/service-rules'
import { AboxError } from '#core/errors'
import { createTypes, type JavaTypes, parseType } from '#lib/java-types'
import { compilePathRules, jsonErrors, parsePath } from '#lib/json'

/** What the schema cannot say of a service. Throws ABOX_DOCUMENT_INVALID with one line. */
export function checkService(service: Service): void {
  const where = `Service ${serviceKey(service)}`
  checkServiceRules(service, where)
  const types = orInvalid(where, () => createTypes(service.types ?? {}))
  for (const method of service.methods) {
    orInvalid(`${where}: method ${method.name}`, () => checkMethod(service, method, types))
  }
}

/** Types and paths, as the gateway will read them. */
function checkMethod(service: Service, method: Method, types: JavaTypes): void {
  const { returns = 'java.lang.Object', parameters = [], modelFrom = '', input, output } = method
  types.resolve(returns)
  for (const text of parameters) parseType(text, 'parameters')
  if (!modelFrom.startsWith('attachments.')) parsePath(modelFrom)
  if (input !== undefined) parsePath(input)
  if (output !== undefined) parsePath(output)
  const mask = [...(service.record?.mask ?? []), ...(method.record?.mask ?? [])]
  const refusal = maskRefusal(mask, compilePathRules)
  if (refusal !== undefined) throw new AboxError(jsonErrors.ABOX_JSON_PATH, refusal)
}

function orInvalid<T>(where: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    const { message } = AboxError.from(error)
    throw new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, `${where}: ${message}`, { cause: error })
  }
}
