import { Document, isSeq, type ToStringOptions } from 'yaml'
import { type Service, serviceChecker } from '#contracts/service'
import type { DraftMethod, ServiceDraft } from './draft.ts'

/** What a person decides and no jar says. */
export interface Decisions {
  /** The model that answers new methods. */
  readonly model?: string | undefined
  readonly reason?: string | undefined
}

/** Types are longer than a line is wide, and a folded one is hard to read. */
export const YAML_STYLE: ToStringOptions = { lineWidth: 0 }

/** A Service document made of nothing but a draft. Without a model it says so and is not yet one that a gateway takes. */
export function freshService(draft: ServiceDraft, decisions: Decisions): Service {
  const { version, group } = draft
  const document = {
    kind: 'Service',
    interface: draft.interface,
    ...(version !== undefined && { version }),
    ...(group !== undefined && { group }),
    methods: draft.methods.map((method) => freshMethod(method, decisions.model)),
    ...(Object.keys(draft.types).length > 0 && { types: draft.types }),
    ...(decisions.reason !== undefined && { reason: decisions.reason })
  }
  return serviceChecker.check(document, draft.source)
}

/** An entry of `methods`. */
export function freshMethod(method: DraftMethod, model: string | undefined): Service['methods'][number] {
  return {
    name: method.name,
    ...(method.overloaded && { parameters: [...method.parameters] }),
    ...(model !== undefined && { model }),
    returns: method.returns,
    ...(method.throws.length > 0 && { throws: [...method.throws] })
  }
}

/** The document as YAML, with what is left to do as a comment. */
export function freshText(service: Service): string {
  const yaml = new Document(service)
  const methods = yaml.get('methods', true)
  if (isSeq(methods) && service.methods.some(({ model }) => model === undefined)) {
    methods.commentBefore = ' Each method still needs `model: NAME`, the model that answers it; --model NAME writes it.'
  }
  return yaml.toString(YAML_STYLE)
}
