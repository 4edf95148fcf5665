/** Java class files and the jars that hold them: what classes declare, generics included, and none of their code. */
export { ACCESS, type ClassFile, type ClassMember, type NestedClass, parseClass } from './class-file.ts'
export { classFileErrors } from './errors.ts'
export { type ClassPath, type JarBytes, openJars } from './jars.ts'
export {
  type ClassSignature,
  type MethodSignature,
  parseClassSignature,
  parseFieldSignature,
  parseMethodSignature,
  type SignatureArgument,
  type SignatureType,
  type TypeParameter
} from './signature.ts'
export { openZip, type Zip, type ZipLimits } from './zip.ts'
