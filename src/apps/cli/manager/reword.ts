import { AboxError } from '#core/errors'

/** What was thrown, with another detail: the same code, fault and remedy. */
export function reword(thrown: unknown, detail: string): AboxError {
  const { code, fault, retryable, remedy } = AboxError.from(thrown)
  return new AboxError({ code, fault, retryable, text: '', remedy }, detail, { cause: thrown })
}

/** The message of an error without its code. */
export function detailOf({ code, message }: AboxError): string {
  return message.startsWith(`${code}: `) ? message.slice(code.length + 2) : message
}
