import { CouldNotLook } from '../../../src/checks/backend.ts';
import { openScene } from './scene.ts';

/** What somebody without root sees; started by `unprivileged.test.ts` under another user, it prints JSON. */
const scene = await openScene({});
const result: { [name: string]: unknown } = { facts: scene.world.facts };
try {
  const name = String(scene.attempt.parameters['nombre']);
  await scene.run(
    `unshare -Urpmun -f --mount-proc sh -c 'hostname ${name}; ip link set lo up; exec sleep 60' &`,
  );
  const seen = await scene.lookUntil(
    'linux.proceso',
    { ns: ['uts'], elige: { hostname: name } },
    (value) => value['hostname'] === name && value['comm'] === 'sleep',
  );
  result['own'] = { ...seen, montajes: [], puntos: [] };
  await scene.run('unshare -U sleep 60 &');
  const unmapped = await scene.lookUntil(
    'linux.proceso',
    { ns: ['user'], elige: { 'ns.uts': false } },
    (value) => value['comm'] === 'sleep' && (value['ns'] as { uts: boolean }).uts === false,
  );
  result['unmapped'] = unmapped['uid_map'];
  result['secret'] = await refused(() => scene.look('linux.archivo', { ruta: '/root/.profile' }));
  // `time` is asked for because nothing of ours has it: only the hidden processes of root could.
  result['before'] = await refused(() => scene.look('linux.proceso', { ns: ['time'] }));
  // A program of root in a terminal of ours, as what follows `sudo`: `passwd` is one that anybody may start.
  await scene.run('script -qc passwd /dev/null </dev/zero >/dev/null 2>&1 & sleep 0.5');
  result['hidden'] = await refused(() => scene.look('linux.proceso', { ns: ['time'] }));
} finally {
  await scene.close();
}
console.log(JSON.stringify(result));

async function refused(look: () => Promise<unknown>): Promise<unknown> {
  try {
    return await look();
  } catch (error) {
    return error instanceof CouldNotLook ? error.unavailable : String(error);
  }
}
