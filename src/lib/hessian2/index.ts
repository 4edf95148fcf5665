/** Hessian2 as Dubbo's hessian-lite speaks it: reading with bounds, writing by Java type, JSON in between. */
export { defaultBudget, type HessianBudget } from './budget.ts'
export { decodeBytes, decodeValue } from './decode.ts'
export { encodeValue } from './encode.ts'
export { hessianErrors } from './errors.ts'
export { writeJsonAs } from './from-json.ts'
export type {
  JavaArray,
  JavaAtomic,
  JavaBean,
  JavaEnum,
  JavaList,
  JavaMap,
  JavaPrimitive,
  JavaScalar,
  JavaType,
  PrimitiveKind,
  TextForm
} from './java-type.ts'
export type { AnswerForm } from './json-job.ts'
export { AnswerSteps } from './large-answer.ts'
export { LargeScan } from './large-scan.ts'
export { type ReadValues, readValues } from './read-values.ts'
export { HessianScan } from './scan.ts'
export { type JsonOptions, JsonSteps, writeJson } from './to-json.ts'
export { typedBudget } from './typed-budget.ts'
export { hessianTypedErrors } from './typed-errors.ts'
export { parseTyped, readTyped } from './typed-parse.ts'
export { printTyped, TypedPrinter } from './typed-print.ts'
export { HDate, HDouble, HDoubles, type HessianValue, HInt, HList, HLong, HMap, HObject } from './values.ts'
export { hessianWriteErrors } from './write-errors.ts'
export { HessianWriter } from './writer.ts'
