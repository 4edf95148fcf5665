import { AboxError } from '#core/errors'
import { type ClassFile, parseClass } from './class-file.ts'
import { classFileErrors } from './errors.ts'
import { openZip, show, type Zip, type ZipLimits } from './zip.ts'

/** The classes of several jars, as one class path: the first jar that has a class gives it. */
export interface ClassPath {
  /** Names of all classes of the first jar, nested ones too, sorted. */
  readonly own: readonly string[]
  /** What a class declares, read when it is asked for. Undefined: no jar has it. Throws ABOX_CLASS_… with jar and entry. */
  find(className: string): ClassFile | undefined
  /** Where a class stands, for messages: `api.jar: entry "com/example/A.class"`. */
  where(className: string): string
}

export interface JarBytes {
  /** What messages call it. */
  readonly name: string
  readonly bytes: Buffer
}

/** Where web archives and Spring Boot keep the classes. */
const ROOTS = ['', 'BOOT-INF/classes/', 'WEB-INF/classes/']
const ENDING = '.class'

/** Throws ABOX_CLASS_JAR and ABOX_CLASS_LIMIT. Jars inside jars are not looked into. */
export function openJars(jars: readonly JarBytes[], limits?: ZipLimits): ClassPath {
  const zips = jars.map(({ name, bytes }) => openZip(bytes, name, limits))
  const known = new Map<string, ClassFile>()
  return {
    own: zips[0] === undefined ? [] : classNames(zips[0]),
    where: (className) => {
      const place = locate(zips, className)
      return place === undefined ? className : `${place.zip.name}: entry ${show(place.entry)}`
    },
    find: (className) => {
      const seen = known.get(className)
      if (seen !== undefined) return seen
      const place = locate(zips, className)
      if (place === undefined) return undefined
      const file = read(place.zip, place.entry, className)
      known.set(className, file)
      return file
    }
  }
}

function locate(zips: readonly Zip[], className: string): { zip: Zip; entry: string } | undefined {
  const path = `${className.replaceAll('.', '/')}${ENDING}`
  for (const zip of zips) {
    for (const root of ROOTS) if (zip.has(root + path)) return { zip, entry: root + path }
  }
  return undefined
}

function read(zip: Zip, entry: string, className: string): ClassFile {
  const where = `${zip.name}: entry ${show(entry)}`
  const file = parseClass(zip.read(entry) ?? Buffer.alloc(0), where)
  if (file.name === className) return file
  throw new AboxError(
    classFileErrors.ABOX_CLASS_FORMAT,
    `${where}: found the class ${show(file.name)}, expected ${show(className)}`
  )
}

/** `META-INF/versions` holds classes for other releases of Java under the same names. */
function classNames(zip: Zip): string[] {
  const names = new Set<string>()
  for (const entry of zip.names) {
    if (!entry.endsWith(ENDING) || entry.startsWith('META-INF/')) continue
    const root = ROOTS.find((candidate) => candidate !== '' && entry.startsWith(candidate)) ?? ''
    const name = entry.slice(root.length, -ENDING.length).replaceAll('/', '.')
    if (!name.endsWith('-info')) names.add(name)
  }
  return [...names].sort()
}
