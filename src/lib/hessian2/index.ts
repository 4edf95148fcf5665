/** Hessian2 as Dubbo's hessian-lite speaks it: reading with bounds, writing by Java type, JSON in between. */
export { defaultBudget, type HessianBudget } from './budget.ts'
export { decodeBytes, decodeValue } from './decode.ts'
export { encodeValue } from './encode.ts'
export { hessianErrors } from './errors.ts'
export { writeJsonAs } from './from-json.ts'
export type {
  JavaArray,
  JavaBean,
  JavaEnum,
  JavaList,
  JavaMap,
  JavaPrimitive,
  JavaScalar,
  JavaType,
  PrimitiveKind
} from './java-type.ts'
export { HessianScan } from './scan.ts'
export { writeJson } from './to-json.ts'
export { HDouble, type HessianValue, HInt, HList, HLong, HMap, HObject } from './values.ts'
export { hessianWriteErrors } from './write-errors.ts'
export { HessianWriter } from './writer.ts'
