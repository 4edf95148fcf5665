/** Configuration in a YAML file: reads it as a tree, and names the keys that a schema knows. */
export { configKeys } from './config-keys.ts'
export { type ConfigFile, readConfigFile } from './read-config-file.ts'
