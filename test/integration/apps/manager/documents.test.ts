import { describeOnSqlite } from '../../../harness/databases.ts'
import { documentsApiSuite } from '../../../suites/api-documents.ts'

describeOnSqlite('documents over HTTP', documentsApiSuite)
