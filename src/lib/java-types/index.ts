/** Java types: read from source text or JVM descriptors, checked against described classes. */

export type { JavaArray, JavaBean, JavaEnum, JavaList, JavaMap, JavaType } from '#lib/hessian2'
export { javaTypeErrors } from './errors.ts'
export { parseType } from './parse.ts'
export { createTypes, type JavaTypes, type TypeDefinitions } from './resolve.ts'
