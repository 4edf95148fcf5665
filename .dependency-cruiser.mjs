const layer = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: '^src/', pathNot: allowed }
})
/** The only libs that may use others (lib/json is open to all). */
const LIB_MAY_USE = {
  dubbo: ['hessian2'],
  'java-types': ['hessian2'],
  'dubbo-registry': ['zookeeper'],
  'model-files': ['hdfs', 'object-store']
}
/** Layer rules of ARCHITECTURE.md: core <- contracts <- lib, apps <- bin. */
export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'not-to-dev-dep',
      severity: 'error',
      from: { path: '^src/(?!console/)' },
      to: { dependencyTypes: ['npm-dev'] }
    },
    { name: 'not-to-test', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|udl)/' } },
    layer('core-knows-nothing', '^src/core/', '^src/core/'),
    { name: 'core-no-npm', severity: 'error', from: { path: '^src/core/' }, to: { dependencyTypes: ['npm'] } },
    layer('contracts', '^src/contracts/', '^src/(core|contracts)/'),
    {
      name: 'contracts-no-io',
      severity: 'error',
      from: { path: '^src/contracts/' },
      to: { dependencyTypes: ['npm'], pathNot: 'node_modules/typebox/' }
    },
    layer('lib-knows-core-and-json', `^src/lib/(?!(?:${Object.keys(LIB_MAY_USE).join('|')})/)([^/]+)/`, [
      '^src/core/',
      '^src/lib/$1/',
      '^src/lib/json/index[.]ts$'
    ]),
    ...Object.entries(LIB_MAY_USE).map(([name, others]) =>
      layer(`lib-${name}`, `^src/lib/${name}/`, [
        '^src/core/',
        `^src/lib/${name}/`,
        ...['json', ...others].map((other) => `^src/lib/${other}/index[.]ts$`)
      ])
    ),
    layer('dev-composes-others', '^src/apps/dev/', [
      '^src/(core|contracts)/',
      '^src/apps/dev/',
      '^src/apps/(cli/)?[^/]+/compose[.]ts$',
      '^src/lib/[^/]+/index[.]ts$'
    ]),
    layer('apps-are-islands', '^src/apps/(?!dev/)([^/]+)/', [
      '^src/(core|contracts)/',
      '^src/apps/$1/',
      '^src/lib/[^/]+/index[.]ts$'
    ]),
    layer('bin-is-thin', '^src/bin/', ['^src/core/', '^src/bin/', '^src/apps/(cli/)?[^/]+/compose[.]ts$'])
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage)/' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { conditionNames: ['node', 'import', 'default', 'types'], exportsFields: ['exports'] }
  }
}
