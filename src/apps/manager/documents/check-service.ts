import { contractErrors } from '#contracts/errors'
import { type Service, serviceKey } from '#contracts/service'
import { AboxError } from '#core/errors'
import { createTypes } from '#lib/java-types'
import { parsePath } from '#lib/json'

/** What the schema cannot say of a service. Throws ABOX_DOCUMENT_INVALID with one line. */
export function checkService(service: Service): void {
  const key = serviceKey(service)
  const types = createTypes(service.types ?? {})
  for (const method of service.methods) {
    const where = `service ${key}: method ${method.name}`
    if ((method.model === undefined) === (method.modelFrom === undefined)) {
      throw invalid(`${where}: expected exactly one of model and modelFrom`)
    }
    const others = service.methods.filter(({ name }) => name === method.name)
    if (others.length > 1 && others.some(({ parameters }) => parameters === undefined)) {
      throw invalid(`${where}: found twice, expected \`parameters\` on each overload`)
    }
    try {
      types.resolve(method.returns ?? 'java.lang.Object')
      if (method.input !== undefined) parsePath(method.input)
      if (method.output !== undefined) parsePath(method.output)
    } catch (error) {
      const { message } = AboxError.from(error)
      throw new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, `${where}: ${message}`, { cause: error })
    }
  }
}

const invalid = (text: string): AboxError => new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, text)
