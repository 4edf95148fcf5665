/** Java's names of the serializations by their ids, for messages; only hessian2 is read here. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [2, 'hessian2'],
  [3, 'java'],
  [4, 'compactedjava'],
  [6, 'fastjson'],
  [7, 'nativejava'],
  [8, 'kryo'],
  [9, 'fst'],
  [10, 'native-hessian'],
  [11, 'avro'],
  [12, 'protostuff'],
  [16, 'gson'],
  [18, 'jackson'],
  [21, 'protobuf-json'],
  [22, 'protobuf'],
  [23, 'fastjson2'],
  [25, 'kryo2'],
  [27, 'msgpack'],
  [28, 'fury']
])

/** What Java calls the serialization with this id; `unknown` if it is none of Dubbo's own. */
export function serializationName(id: number): string {
  return NAMES.get(id) ?? 'unknown'
}
