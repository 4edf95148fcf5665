import type { JavaType } from '#lib/java-types'
import { arrival, arrivalText } from './consumers.ts'

/** What a difference between Java and the document does to consumers. */
export interface Effect {
  readonly texts: readonly string[]
  readonly breaks: boolean
}

const harmless = (...texts: string[]): Effect => ({ texts, breaks: false })
const breaking = (...texts: string[]): Effect => ({ texts, breaks: true })

/** Errors table, "status 60": retried by default, measured with retries=2 as three requests. */
export const methodRemoved = breaking(
  'it stays in the document: consumers with the old jar still call it. Once you take it out they get SERVICE_NOT_FOUND (status 60), each call as three requests with the default retries=2'
)
export const methodAdded = harmless('consumers with the new jar get SERVICE_NOT_FOUND for it until the document has it')
export const overloadAdded = harmless(
  'consumers with the new jar get SERVICE_NOT_FOUND for it until the document has it, with `parameters` on each overload'
)
/** Routes with overloads are found by the types in the call's descriptor; generic callers may leave those out. */
export const parametersChanged = breaking(
  'typed calls and `$invoke` name the parameter types: with `parameters` in the entry one of the two jars gets SERVICE_NOT_FOUND (status 60). Keep the old entry and add one for the new types'
)
export const returnsAdded = harmless('answers were written by the form of the JSON; from now on by this type')
/** Errors table, "class the consumer lacks" and "exception declared in the Java interface". */
export const exceptionAdded = harmless(
  'consumers with the old jar see RpcException (code 1) when a hook raises it, because they lack the class or the declaration'
)
export const exceptionRemoved = harmless('a hook that raises it should no longer do so; the entry keeps it')
export const classAdded = harmless('nothing was written by it yet')
export const classUnreached = harmless('no method leads to it any more; it stays in the document')
export const kindChanged = breaking(
  'consumers with the old jar get a value of another kind: nobody measured it, so try it'
)
/** "bean, unknown field (map or object): ignored", all columns ok. */
export const fieldAdded = harmless('consumers with the old jar ignore it')
export const fieldRemoved = breaking('consumers with the old jar read null, 0 or false from then on, without an error')
/** An enum travels as an object with its name: a name that the consumer's class lacks was not measured. */
export const constantAdded = breaking(
  'consumers with the old jar cannot make it: an answer with it fails or holds null there (not measured), so let the model send it only when they have the new jar'
)
export const constantRemoved = breaking(
  'an answer with it is refused with ABOX_ANSWER_TYPE once the document lacks it, for all consumers'
)
export const argumentsOnly = harmless(
  'it stands in arguments alone: the model gets what callers send, answers do not change'
)

/**
 * Another type at the same place. Until the document follows, consumers with the new jar get answers of the old type;
 * from then on those with the old jar get answers of the new type.
 */
export function typeChanged(was: JavaType | undefined, now: JavaType | undefined, inBean: boolean): Effect {
  if (was === undefined || now === undefined) {
    return breaking('consumers with the old jar get a value of another type: nobody measured it, so try it')
  }
  const place = { inBean, element: false }
  const after = arrivalText(arrival(was, now, place))
  const before = arrivalText(arrival(now, was, place))
  const texts = [
    `consumers with the old jar, once the document says so: ${after ?? `fine, every version converts${cuts(was, now)}`}`,
    `consumers with the new jar, until the document says so: ${before ?? `fine, every version converts${cuts(now, was)}`}`
  ]
  return { texts, breaks: after !== undefined }
}

const WIDTHS = ['byte', 'short', 'int', 'long', 'float', 'double']

/** "int, long or double (converted, fractions cut, overflow wraps)". */
function cuts(declared: JavaType, sent: JavaType): string {
  const to = WIDTHS.indexOf(declared.kind)
  const narrower = to >= 0 && to < WIDTHS.indexOf(sent.kind)
  return narrower ? `, but what does not fit ${declared.kind} is cut without an error` : ''
}
