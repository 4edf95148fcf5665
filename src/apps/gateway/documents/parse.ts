import { MAX_DOCUMENT_BYTES } from '#contracts/common'
import { contractErrors } from '#contracts/errors'
import { type Hook, hookChecker } from '#contracts/hook'
import { type Model, modelChecker } from '#contracts/model'
import { type Service, serviceChecker, serviceKey } from '#contracts/service'
import { AboxError, describe } from '#core/errors'
import type { RawDocument } from './source.ts'

export type Document = Service | Model | Hook

/** Checks one document against its schema and its own name. Throws ABOX_DOCUMENT_INVALID with one line. */
export function parseDocument({ key, source, text }: RawDocument): Document {
  if (Buffer.byteLength(text) > MAX_DOCUMENT_BYTES) {
    throw invalid(source, `found ${Buffer.byteLength(text)} bytes, expected at most ${MAX_DOCUMENT_BYTES}`)
  }
  const value = parseJson(source, text)
  const document = checkKind(key, value, source)
  const name = document.kind === 'Service' ? serviceKey(document) : document.name
  const expected = key.slice(key.indexOf('/') + 1)
  if (name !== expected) throw invalid(source, `found the document of "${name}", expected that of "${expected}"`)
  return document
}

function checkKind(key: string, value: unknown, source: string): Document {
  if (key.startsWith('services/')) return serviceChecker.check(value, source)
  if (key.startsWith('models/')) return modelChecker.check(value, source)
  return hookChecker.check(value, source)
}

function parseJson(source: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw invalid(source, `not JSON: ${describe(error)}`)
  }
}

const invalid = (source: string, text: string): AboxError =>
  new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, `${source}: ${text}`)
