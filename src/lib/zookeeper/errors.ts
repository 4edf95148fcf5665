import { errorRows } from '#core/errors'

export const zookeeperErrors = errorRows({
  ABOX_ZK_ADDRESS: {
    fault: 'operator',
    retryable: false,
    text: 'The address of ZooKeeper cannot be used.',
    remedy: 'Write host:port, or several of them separated by commas, without a path behind them.'
  },
  ABOX_ZK_PATH: {
    fault: 'operator',
    retryable: false,
    text: 'A ZooKeeper path is malformed.',
    remedy: 'Write an absolute path without empty, "." or ".." names and without control characters.'
  },
  ABOX_ZK_TOO_LARGE: {
    fault: 'operator',
    retryable: false,
    text: 'Data for a ZooKeeper node is over 512 KiB; the servers themselves refuse 1 MiB.',
    remedy: 'Make the document smaller or split it.'
  },
  ABOX_ZK_AWAY: {
    fault: 'operator',
    retryable: true,
    text: 'There is no connection to ZooKeeper, or it went before the answer; then a write may or may not have been done.',
    remedy: 'Check that ZooKeeper runs and is reachable; ABox keeps connecting by itself.'
  },
  ABOX_ZK_TIMEOUT: {
    fault: 'operator',
    retryable: true,
    text: 'ZooKeeper did not answer an operation in time; a write may or may not have been done.',
    remedy: 'Check the load of ZooKeeper and the network to it.'
  },
  ABOX_ZK_CLOSED: {
    fault: 'us',
    retryable: false,
    text: 'The ZooKeeper session, or the node that was asked for, has been closed by this process.',
    remedy: 'Nothing to do while the process ends; otherwise report it.'
  },
  ABOX_ZK_NO_NODE: {
    fault: 'operator',
    retryable: false,
    text: 'A ZooKeeper node that should be written is not there.',
    remedy: 'Create the node, or check the root path in the configuration.'
  },
  ABOX_ZK_CONFLICT: {
    fault: 'operator',
    retryable: true,
    text: 'A transaction found a ZooKeeper node in another state than it expects; nothing was written.',
    remedy: 'Nothing to do: it is read anew and tried again. When it goes on, look for who else writes there.'
  },
  ABOX_ZK_FENCED: {
    fault: 'operator',
    retryable: true,
    text: 'This process does not lead (any more), so what it wanted to write was not written.',
    remedy: 'Nothing to do: the process that leads now writes it.'
  },
  ABOX_ZK_DENIED: {
    fault: 'operator',
    retryable: false,
    text: 'ZooKeeper denies an operation by its access control list, or does not accept the credentials.',
    remedy: 'Check the credentials in the configuration and the ACL of the named node and of its parent.'
  },
  ABOX_ZK_REFUSED: {
    fault: 'operator',
    retryable: true,
    text: 'ZooKeeper answered an operation with an error of its own.',
    remedy: 'Look up the named error of ZooKeeper, and look into its log.'
  }
})
