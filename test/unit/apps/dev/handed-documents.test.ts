import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RawDocument } from '#apps/gateway'
import { HandedDocuments } from '../../../../src/apps/dev/handed-documents.ts'

const set = (text: string): RawDocument[] => [{ key: 'models/rank', source: 'test', text }]

/** A source, and the texts that were delivered. */
function start() {
  const source = new HandedDocuments()
  const delivered: (string | undefined)[] = []
  const deliver = async (documents: readonly RawDocument[]): Promise<void> => {
    delivered.push(documents[0]?.text)
  }
  return { source, delivered, deliver }
}

describe('documents that are handed in', () => {
  test('the first set is empty where there was none, and each later one is delivered', async () => {
    const { source, delivered, deliver } = start()
    await source.start(deliver)
    await source.hand(set('a'))
    await source.hand(set('b'))
    assert.deepEqual(delivered, [undefined, 'a', 'b'])
  })

  test('of the sets before the start the last one is the first', async () => {
    const { source, delivered, deliver } = start()
    await source.hand(set('a'))
    await source.hand(set('b'))
    await source.start(deliver)
    assert.deepEqual(delivered, ['b'])
  })

  test('what is handed in is the whole: folders of which it has nothing are said to be empty, but not before', async () => {
    const { source } = start()
    const delivered: string[][] = []
    await source.start(async (documents) => void delivered.push(documents.map(({ key }) => key)))
    await source.hand(set('a'))
    await source.hand([])
    assert.deepEqual(delivered, [[], ['models/rank', 'empty/services'], ['empty/services', 'empty/models']])
  })

  test('what cannot be applied is told to whoever hands it in', async () => {
    const { source } = start()
    await source.start(async (documents) => {
      if (documents.length > 0) throw new Error('no room')
    })
    await assert.rejects(source.hand(set('a')), /no room/)
  })

  test('nothing is delivered after the end', async () => {
    const { source, delivered, deliver } = start()
    await source.start(deliver)
    source.close()
    await source.hand(set('a'))
    assert.deepEqual(delivered, [undefined])
  })
})
