import { describeOnSqlite } from '../../../../harness/databases.ts'
import { documentsSuite } from '../../../../suites/store-documents.ts'

describeOnSqlite('documents in the store', documentsSuite)
