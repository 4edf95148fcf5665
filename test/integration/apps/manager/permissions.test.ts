import { describeOnSqlite } from '../../../harness/databases.ts'
import { permissionsApiSuite } from '../../../suites/api-permissions.ts'

describeOnSqlite('who may do what', permissionsApiSuite)
