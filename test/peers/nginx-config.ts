/** Which servers answer for each host: `{'rank.models.internal': ['127.0.0.1:9000']}`. */
export type HostMap = Readonly<Record<string, readonly string[]>>

/** The file of one host below deploy/nginx/hosts, as an ingress controller would write it. */
export function hostFile(host: string, servers: readonly string[]): string {
  const upstream = `models-${host.replaceAll('.', '-')}`
  return `upstream ${upstream} {
${servers.map((server) => `  server ${server} max_fails=0;`).join('\n')}
  keepalive 320; keepalive_time 1h; keepalive_requests 10000; keepalive_timeout 60s;
}
server {
  include listen.conf;
  server_name ${host};
  location / {
    include proxy.conf;
    proxy_pass http://${upstream};
  }
}
`
}
