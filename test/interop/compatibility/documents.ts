import type { Model } from '#contracts/model'
import type { Service } from '#contracts/service'
import { hook, INTERFACE, service as storyService } from '../story/documents.ts'
import { TYPE_ROWS } from './types.ts'

/** What a consumer has to show for the service of group `guarded`. */
export const TOKEN = 'only-for-those-who-read-the-registry'

/** Longer than any reference of the tests waits. */
const timeoutMs = 10_000
const STRING = 'java.lang.String'
const beans = storyService.types ?? {}
const result = { hook: hook.name, model: 'rank', returns: 'com.example.rank.RankResult', timeoutMs }

const rankService: Service = {
  kind: 'Service',
  interface: INTERFACE,
  methods: [
    { name: 'score', model: 'double', input: 'args[0]', returns: 'java.util.List<java.lang.Double>', timeoutMs },
    { name: 'rank', ...result },
    { name: 'rankAsync', ...result },
    { name: 'strict', ...result, throws: ['com.example.rank.RankException'] },
    { name: 'echo', model: 'same', returns: STRING, timeoutMs },
    { name: 'fire', model: 'same', returns: 'void', timeoutMs },
    { name: 'slow', model: 'silent', returns: STRING, timeoutMs },
    { name: 'subscribe', model: 'same', input: 'args[0]', returns: STRING, timeoutMs }
  ],
  types: beans,
  generation: 1
}

const typesService: Service = {
  kind: 'Service',
  interface: 'com.example.rank.TypesService',
  methods: [...new Map(TYPE_ROWS.map(({ method, returns }) => [method, returns]))].map(([name, returns]) => ({
    ...{ name, returns, model: 'told', timeoutMs }
  })),
  types: {
    ...beans,
    'com.example.rank.BaseItem': { fields: { id: 'long', title: STRING, level: 'com.example.rank.Level' } },
    'com.example.rank.FloatItem': { fields: { before: 'double', weight: 'float', after: 'double' } },
    'com.example.rank.FloatBasket': {
      fields: { first: 'com.example.rank.FloatItem', items: 'java.util.List<com.example.rank.FloatItem>' }
    }
  },
  generation: 1
}

/** One with a token, and one whose caller says by an attachment which model it wants. */
const guarded: Service = {
  ...{ kind: 'Service', interface: INTERFACE, group: 'guarded', token: TOKEN, generation: 1 },
  methods: [{ name: 'echo', model: 'same', returns: STRING, timeoutMs }]
}
const chosen: Service = {
  ...{ kind: 'Service', interface: INTERFACE, group: 'chosen', generation: 1 },
  methods: [{ name: 'echo', modelFrom: 'attachments.wanted', returns: STRING, timeoutMs }]
}

const model = (origin: string, name: string, protocol: 'raw' | 'tensorflow' = 'raw'): Model => ({
  ...{ kind: 'Model', name, generation: 1 },
  variants: [{ name: 'only', cluster: 'test', protocol, endpoints: [origin], path: `/${name}` }]
})

/** Everything that the gateway serves; `origin` is where the models answer, each under its name. */
export const documents = (origin: string): readonly object[] => [
  ...[rankService, typesService, guarded, chosen, hook],
  ...['double', 'same', 'told', 'silent'].map((name) => model(origin, name)),
  model(origin, 'rank', 'tensorflow')
]
