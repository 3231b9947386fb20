/**
 * Images the lessons use, made from the machine's own static busybox when no registry can be reached. They do only
 * what the lessons look at (serve a folder on port 80, answer PING), and carry a label that says what they are.
 *
 *   node test/helpers/standins.mjs          makes what is missing and prints what it made, one per line
 *   node test/helpers/standins.mjs quitar   removes every stand-in (and nothing without the label)
 */
import { execFile, spawn } from 'node:child_process';
import { appendFile, chmod, cp, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const label = 'curso-k8s.prueba=imagen';

const welcome =
  '<!DOCTYPE html>\n<html><head><title>Welcome to nginx!</title></head><body><h1>Welcome to nginx!</h1></body></html>\n';

/** busybox httpd under nginx's name: same folder, same port, same signals, `listen` and `root` of default.conf. */
const nginxScript = `#!/bin/sh
# Stand-in for tests.
conf=/etc/nginx/conf.d/default.conf
case "$1" in -v) echo 'nginx version: nginx/1.29.0 (busybox)' >&2; exit 0;; -t) echo 'test is successful' >&2; exit 0;; -s) kill -QUIT 1; exit;; esac
port=$(sed -n 's/^[^#]*listen  *\\([0-9][0-9]*\\).*/\\1/p' $conf 2>/dev/null | head -n 1)
root=$(sed -n 's/^[^#]*root  *\\([^;]*\\);.*/\\1/p' $conf 2>/dev/null | head -n 1)
echo 'start worker processes' >&2
httpd -f -vv -p "\${port:-80}" -h "\${root:-/usr/share/nginx/html}" &
server=$!
trap 'kill $server 2>/dev/null; exit 0' QUIT TERM INT
trap : HUP
while kill -0 $server 2>/dev/null; do wait $server; done
`;

/** Just enough of RESP and of inline commands for health checks and for a value that survives. */
const redisHandler = `#!/bin/sh
cr=$(printf '\\r')
data=/data/standin
store() { mkdir -p $data 2>/dev/null; printf '%s' "$2" > "$data/$1"; }
answer() {
  case "$1" in
    [Pp][Ii][Nn][Gg]) printf '+PONG\\r\\n';;
    [Ss][Ee][Tt]) store "$2" "$3"; printf '+OK\\r\\n';;
    [Gg][Ee][Tt]) if [ -f "$data/$2" ]; then v=$(cat "$data/$2"); printf '$%s\\r\\n%s\\r\\n' "\${#v}" "$v"; else printf '$-1\\r\\n'; fi;;
    [Ii][Nn][Cc][Rr]) v=$(( $(cat "$data/$2" 2>/dev/null || echo 0) + 1 )); store "$2" "$v"; printf ':%s\\r\\n' "$v";;
    [Ss][Aa][Vv][Ee]) printf '+OK\\r\\n';;
    [Qq][Uu][Ii][Tt]) printf '+OK\\r\\n'; exit 0;;
    *) printf "-ERR unknown command '%s'\\r\\n" "$1";;
  esac
}
while IFS= read -r line; do
  line=\${line%"$cr"}
  case "$line" in
    '') ;;
    '*'*) count=\${line#\\*}; set --; while [ "$count" -gt 0 ]; do read -r skip; IFS= read -r word; set -- "$@" "\${word%"$cr"}"; count=$((count-1)); done; answer "$@";;
    *) set -- $line; answer "$@";;
  esac
done
`;
const redisServer = `#!/bin/sh
# Stand-in for tests.
port=6379
while [ $# -gt 0 ]; do [ "$1" = --port ] && port=$2; shift; done
echo '1:M * Ready to accept connections tcp'
nc -ll -p $port -e /usr/local/bin/redis-handler &
server=$!
trap 'kill $server 2>/dev/null; exit 0' TERM INT
while kill -0 $server 2>/dev/null; do wait $server; done
`;
const redisCli = `#!/bin/sh
host=127.0.0.1 port=6379
while :; do case "$1" in -h) host=$2; shift 2;; -p) port=$2; shift 2;; *) break;; esac; done
cr=$(printf '\\r')
reply=$(printf '%s\\r\\nQUIT\\r\\n' "$*" | nc -w 2 "$host" "$port") || { echo "Could not connect to Redis at $host:$port: Connection refused" >&2; exit 1; }
[ -n "$reply" ] || { echo "Could not connect to Redis at $host:$port: Connection refused" >&2; exit 1; }
first=$(printf '%s\\n' "$reply" | head -n 1); first=\${first%"$cr"}
case "$first" in
  '$-1') echo '(nil)';;
  '$'*) printf '%s\\n' "$reply" | sed -n 2p | tr -d '\\r';;
  -*) echo "(error) \${first#-}";;
  *) echo "\${first#[+:]}";;
esac
`;
const entrypoint = '#!/bin/sh\nexec "$@"\n';
const motd = 'Welcome to Alpine!\n';

/** name → files besides busybox, and the configuration of the image. */
const catalogue = {
  'busybox:1.37': { files: {}, changes: ['CMD ["sh"]'] },
  'alpine:3.22': {
    files: { '/etc/alpine-release': '3.22.0\n', '/etc/motd': motd },
    changes: ['CMD ["/bin/sh"]'],
  },
  'nginx:1.29-alpine': {
    files: {
      '/usr/sbin/nginx': nginxScript,
      '/docker-entrypoint.sh': entrypoint,
      '/usr/share/nginx/html/index.html': welcome,
      '/etc/nginx/nginx.conf': 'user nginx;\nevents {}\nhttp { include /etc/nginx/conf.d/*.conf; }\n',
      '/etc/nginx/conf.d/default.conf':
        'server {\n    listen       80;\n    server_name  localhost;\n    location / {\n        root   /usr/share/nginx/html;\n        index  index.html index.htm;\n    }\n}\n',
    },
    changes: [
      'ENV NGINX_VERSION=1.29.0',
      'EXPOSE 80',
      'ENTRYPOINT ["/docker-entrypoint.sh"]',
      'CMD ["nginx","-g","daemon off;"]',
    ],
  },
  'redis:8-alpine': {
    files: {
      '/usr/local/bin/redis-server': redisServer,
      '/usr/local/bin/redis-handler': redisHandler,
      '/usr/local/bin/redis-cli': redisCli,
      '/usr/local/bin/docker-entrypoint.sh': entrypoint,
      '/data/.keep': '',
    },
    changes: [
      'EXPOSE 6379',
      'WORKDIR /data',
      'VOLUME /data',
      'ENTRYPOINT ["docker-entrypoint.sh"]',
      'CMD ["redis-server"]',
    ],
  },
};

/**
 * Makes sure every image of the catalogue is there: pulled when a registry answers, otherwise made. One process at a
 * time: two that made the same image would leave one without name.
 * @returns {Promise<string[]>} names of the stand-ins that this call created. Also added, one per line, to the file
 *   named by CURSO_PRUEBA_IMAGENES, so that a test run knows what to remove at its end.
 */
export async function ensureImages(env = process.env) {
  return alone(async () => {
    const created = [];
    let registry = env['CURSO_SIN_REGISTRO'] !== '1';
    for (const [name, recipe] of Object.entries(catalogue)) {
      if (await succeeds('docker', ['image', 'inspect', name], 10_000, env)) continue;
      if (registry) {
        if (await succeeds('docker', ['pull', '--quiet', name], 90_000, env)) continue;
        registry = false;
      }
      await makeImage(name, recipe, env);
      created.push(name);
      if (env['CURSO_PRUEBA_IMAGENES']) await appendFile(env['CURSO_PRUEBA_IMAGENES'], `${name}\n`);
    }
    return created;
  });
}

/** A folder is the lock, because making one is atomic; one left behind by a killed run stops counting. */
async function alone(work) {
  const lock = join(tmpdir(), 'curso-k8s-imagenes.lock');
  for (;;) {
    try {
      await mkdir(lock);
      break;
    } catch {
      const age = await stat(lock).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        () => 0,
      );
      if (age > 300_000) await rm(lock, { recursive: true, force: true });
      else await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  try {
    return await work();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

/** Removes stand-ins by name, but never an image without their label. */
export async function removeStandIns(names, env = process.env) {
  for (const name of names) {
    const args = ['image', 'inspect', '-f', '{{index .Config.Labels "curso-k8s.prueba"}}', name];
    const found = await run('docker', args, { env }).catch(() => undefined);
    if (found?.stdout.trim() === 'imagen') {
      await run('docker', ['image', 'rm', '--force', name], { env }).catch(() => undefined);
    }
  }
}

async function makeImage(name, { files, changes }, env) {
  const folder = await mkdtemp(join(tmpdir(), 'curso-imagen-'));
  try {
    await makeRoot(folder);
    for (const [path, text] of Object.entries(files)) {
      const target = join(folder, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, text);
      if (text.startsWith('#!')) await chmod(target, 0o755);
    }
    const path = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    const args = [`LABEL ${label}`, path, ...changes].flatMap((change) => ['-c', change]);
    await pipe(
      ['tar', '-C', folder, '--numeric-owner', '--owner=0', '--group=0', '-c', '.'],
      ['docker', 'import', ...args, '-', name],
      env,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What every small image has: busybox, users, `/tmp`. */
async function makeRoot(folder) {
  const busybox = await findBusybox();
  for (const path of [
    'bin',
    'sbin',
    'usr/bin',
    'usr/sbin',
    'etc',
    'root',
    'home',
    'var/log',
    'proc',
    'sys',
    'dev',
    'lib',
  ]) {
    await mkdir(join(folder, path), { recursive: true });
  }
  for (const path of ['tmp', 'var/tmp']) {
    await mkdir(join(folder, path), { recursive: true });
    await chmod(join(folder, path), 0o1777);
  }
  await cp(busybox, join(folder, 'bin/busybox'), { dereference: true });
  await chmod(join(folder, 'bin/busybox'), 0o755);
  const { stdout } = await run(busybox, ['--list']);
  for (const applet of stdout.split('\n').filter((word) => word !== '' && word !== 'busybox')) {
    await symlink('/bin/busybox', join(folder, 'bin', applet));
  }
  const passwd = [
    'root:x:0:0:root:/root:/bin/sh',
    'nobody:x:65534:65534:nobody:/:/bin/false',
    'nginx:x:101:101:nginx:/var/cache/nginx:/bin/false',
    'redis:x:999:999:redis:/data:/bin/false',
  ];
  await writeFile(join(folder, 'etc/passwd'), `${passwd.join('\n')}\n`);
  await writeFile(join(folder, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\nnginx:x:101:\nredis:x:999:\n');
}

/** A busybox that runs in an empty root: statically linked. */
async function findBusybox() {
  for (const path of [
    '/bin/busybox',
    '/usr/bin/busybox',
    '/usr/lib/busybox-static/busybox',
    '/bin/busybox-static',
  ]) {
    if (await succeeds(path, ['true'], 5_000)) return path;
  }
  throw new Error('No hay busybox estático para hacer las imágenes de prueba: instala busybox-static.');
}

function pipe(from, to, env) {
  return new Promise((resolve, reject) => {
    const source = spawn(from[0], from.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
    const sink = spawn(to[0], to.slice(1), { stdio: ['pipe', 'ignore', 'pipe'], env });
    source.stdout.pipe(sink.stdin);
    sink.stdin.on('error', () => {});
    let complaint = '';
    sink.stderr.on('data', (chunk) => {
      complaint += chunk;
    });
    source.on('error', reject);
    sink.on('error', reject);
    sink.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`${to.join(' ')}: ${complaint}`))));
  });
}

const succeeds = (file, args, timeout, env = process.env) =>
  run(file, args, { timeout, env }).then(
    () => true,
    () => false,
  );

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (process.argv[2] === 'quitar') await removeStandIns(Object.keys(catalogue));
  else for (const name of await ensureImages()) console.log(name);
}
