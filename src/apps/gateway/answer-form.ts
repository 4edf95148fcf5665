import type { Invocation } from '#lib/dubbo'
import type { AnswerForm } from '#lib/hessian2'

/**
 * Typed consumers cast what they find in containers. Those that call through `$invoke` because our URL says so convert plain
 * maps (docs/adr/002). A GenericService says itself what it wants by the attachment `generic`: `true` maps without any class
 * of the interface, `raw.return` the objects. A typed call may have inherited that attachment from the call that it is made
 * in; there it says nothing.
 */
export function formFor({ generic, attachments }: Invocation): AnswerForm {
  if (!generic) return 'objects'
  const wanted = attachments.get('generic')
  if (wanted === 'true') return 'generic'
  return wanted === 'raw.return' ? 'objects' : 'maps'
}
