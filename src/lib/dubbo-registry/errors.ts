import { errorRows } from '#core/errors'

export const registryErrors = errorRows({
  ABOX_REGISTRY_URL: {
    fault: 'operator',
    retryable: false,
    text: 'A Dubbo provider URL is malformed, or would be misread by Java consumers.',
    remedy: 'Correct the named part: protocol://host:port/interface?key=value&key=value, values without &, = and %.'
  },
  ABOX_REGISTRY_ADDRESS: {
    fault: 'operator',
    retryable: false,
    text: 'The address of a Dubbo registry cannot be used.',
    remedy: 'Write zookeeper://host:port, further servers as ?backup=host:port,host:port.'
  }
})
