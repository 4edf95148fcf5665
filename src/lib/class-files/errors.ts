import { errorRows } from '#core/errors'

/** What can be wrong with a jar and the class files in it. */
export const classFileErrors = errorRows({
  ABOX_CLASS_JAR: {
    fault: 'operator',
    retryable: false,
    text: 'A jar is no readable zip file, or an entry of it is damaged.',
    remedy: 'Fetch or build the jar again, and compare its checksum.'
  },
  ABOX_CLASS_LIMIT: {
    fault: 'operator',
    retryable: false,
    text: 'A jar, an entry or a class file is larger than anything that is read here.',
    remedy: 'Give the API jar itself, not an application with everything in it.'
  },
  ABOX_CLASS_FORMAT: {
    fault: 'operator',
    retryable: false,
    text: 'A class file does not follow the format of the Java virtual machine.',
    remedy:
      'Build the jar again; one that was obfuscated or changed by a tool may have to be taken from before that step.'
  },
  ABOX_CLASS_SIGNATURE: {
    fault: 'operator',
    retryable: false,
    text: 'A descriptor or generic signature in a class file is written wrongly.',
    remedy: 'Build the jar again with javac, or take it from before it was obfuscated.'
  }
})
