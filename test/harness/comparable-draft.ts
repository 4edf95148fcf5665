import type { ServiceDraft } from '../../src/apps/cli/service/draft.ts'

/**
 * What a jar and Dubbo's metadata can both say of an interface: not the order of fields, not declared exceptions, and not
 * what a future holds.
 */
export function comparableDraft({ methods, types }: ServiceDraft): unknown {
  return {
    methods: methods.map(({ returns, throws: _, ...method }) => ({
      ...method,
      returns: method.later ? 'later' : returns
    })),
    types: Object.fromEntries(
      Object.entries(types)
        .filter(([, { exception }]) => exception !== true)
        .map(([name, { fields, ...type }]) => [
          name,
          fields === undefined ? type : Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))
        ])
    )
  }
}
