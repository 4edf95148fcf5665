/** Latency histograms for the call path. */
export { Histogram, LATENCY_BOUNDS_US } from './histogram.ts'
export { quantileUs } from './quantile.ts'
