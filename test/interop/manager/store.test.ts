import { describeOnPostgres } from '../../harness/databases.ts'
import { documentsSuite } from '../../suites/store-documents.ts'
import { originsSuite } from '../../suites/store-origins.ts'
import { processesSuite } from '../../suites/store-processes.ts'
import { restSuite } from '../../suites/store-rest.ts'

describeOnPostgres('documents in the store', documentsSuite)
describeOnPostgres('addresses in documents', originsSuite)
describeOnPostgres('bundles, audit and answers in the store', restSuite)
describeOnPostgres('several processes on one store', processesSuite, { safe: true })
