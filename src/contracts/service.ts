import Type, { type Static } from 'typebox'
import { createChecker } from './check.ts'
import { changeFields, JavaName, Limits, Name, Record } from './common.ts'
import { contractErrors } from './errors.ts'

/** A word that may stand raw in a provider URL. */
const Token = Type.String({ pattern: '^[A-Za-z0-9._-]+$', maxLength: 256 })
const SecretRef = Type.Object({ secret: Name }, { additionalProperties: false })
const TypeText = Type.String({ minLength: 1, maxLength: 2048 })

/** One method of a service: a *route* that binds it to a model and a hook. */
export const Method = Type.Object(
  {
    name: Type.String({ pattern: '^[A-Za-z_$][A-Za-z0-9_$]*$', maxLength: 256 }),
    /** Java source names; needed only where overloads exist. */
    parameters: Type.Optional(Type.Array(TypeText)),
    model: Type.Optional(Name),
    /** `args[0]`, `args[0].model` or `attachments.model`: the value there is the model's name. */
    modelFrom: Type.Optional(Type.String({ pattern: '^(args\\[\\d+\\]|attachments\\.).*$', maxLength: 256 })),
    /** What becomes the request when there is no pre hook: `args`, `args[0]`, `args[0].features`. */
    input: Type.Optional(Type.String({ pattern: '^args(\\[|$)', maxLength: 256 })),
    /** What of the answer becomes the result when there is no post hook; the protocol's own place otherwise. */
    output: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    /** The declared Java type, generics included. */
    returns: Type.Optional(TypeText),
    /** Declared exceptions of the method, by class name; a hook may raise one of them by this name. */
    throws: Type.Optional(Type.Array(JavaName)),
    hook: Type.Optional(Name),
    timeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 600_000 })),
    idempotent: Type.Optional(Type.Boolean()),
    limits: Type.Optional(Limits),
    record: Type.Optional(Record)
  },
  { additionalProperties: false }
)

const JavaClass = Type.Object(
  {
    fields: Type.Optional(Type.Record(Type.String(), TypeText)),
    enum: Type.Optional(Type.Array(Type.String(), { minItems: 1 })),
    exception: Type.Optional(Type.Boolean())
  },
  { additionalProperties: false }
)

/** `/abox/<env>/services/<interface[:version][@group]>`: a Dubbo interface that ABox provides. */
export const Service = Type.Object(
  {
    kind: Type.Literal('Service'),
    interface: JavaName,
    /** Absent, never empty and never 0.0.0: consumers compare as text, and 0.0.0 means none on the wire. */
    version: Type.Optional(Type.String({ pattern: '^(?!0\\.0\\.0$)[A-Za-z0-9._-]+$', maxLength: 128 })),
    group: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9._-]+$', maxLength: 128 })),
    businessGroup: Type.Optional(Name),
    /**
     * Published in the provider URL, where only those see it who may read the registry; calls without it are refused.
     * `{secret: name}` reads it from a file instead.
     */
    token: Type.Optional(Type.Union([Token, SecretRef])),
    methods: Type.Array(Method, { minItems: 1 }),
    /** The Java classes behind `parameters` and `returns`, by class name. */
    types: Type.Optional(Type.Record(Type.String(), JavaClass)),
    limits: Type.Optional(Limits),
    record: Type.Optional(Record),
    ...changeFields
  },
  { additionalProperties: false }
)
export type Service = Static<typeof Service>
export type Method = Static<typeof Method>

export const serviceChecker = createChecker(Service, contractErrors.ABOX_DOCUMENT_INVALID)

/** How messages and limits name a method; overloads have limits of their own, so their parameters belong to the name. */
export const methodLabel = ({ name, parameters }: Pick<Method, 'name' | 'parameters'>): string =>
  parameters === undefined ? name : `${name}(${parameters.join(',')})`

/** The document's name and the consumers' service key: `interface[:version][@group]`. */
export function serviceKey(service: {
  readonly interface: string
  readonly version?: string | undefined
  readonly group?: string | undefined
}): string {
  const version = service.version === undefined ? '' : `:${service.version}`
  return `${service.interface}${version}${service.group === undefined ? '' : `@${service.group}`}`
}
