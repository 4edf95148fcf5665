/** Divides calls over variants exactly, in integers: knows keys, weights and nothing of what is being split. */
export { splitterErrors } from './errors.ts'
export { prepareWeights, type SplitWeights } from './split-weights.ts'
export { createSplitter, type Splitter } from './splitter.ts'
