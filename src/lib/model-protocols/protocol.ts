/**
 * How a model is spoken to. `tensorflow`: TF-Serving's REST predict, KServe V1. `seldon`: Seldon Core's own.
 * `v2`: Open Inference Protocol (MLServer, KServe V2, Triton). `raw`: any JSON over HTTP.
 * What is sent and read for each stands in docs/protocols.md, with examples that are tests.
 */
export type ModelProtocol = 'tensorflow' | 'seldon' | 'v2' | 'raw'
