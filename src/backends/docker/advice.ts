import type { Unavailable } from '../../checks/backend.ts';

/** What is wrong between the learner and an engine. */
export type Problem =
  /** Neither client nor socket. */
  | { readonly kind: 'missing' }
  /** The client is there, and nobody listens on the socket. */
  | { readonly kind: 'stopped'; readonly address: string; readonly context: string }
  /** Somebody accepts the connection and never answers. */
  | { readonly kind: 'silent'; readonly address: string }
  | { readonly kind: 'permission'; readonly address: string }
  /** A context or DOCKER_HOST points to nobody, and the default engine does answer. */
  | { readonly kind: 'elsewhere'; readonly chosenBy: string; readonly address: string }
  | { readonly kind: 'no-such-context'; readonly context: string }
  | { readonly kind: 'unsupported-address'; readonly chosenBy: string; readonly address: string }
  | { readonly kind: 'strange'; readonly address: string; readonly detail: string }
  | { readonly kind: 'old'; readonly apiVersion: string; readonly oldestUsable: string };

/** Facts about this machine which decide what command mends it. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  /** Linux inside Windows. */
  readonly wsl: boolean;
  /** systemd is the init (`/run/systemd/system` exists). */
  readonly systemd: boolean;
  /** Docker Desktop is installed (or its context is in use). */
  readonly desktop: boolean;
  /** A `docker` command is in the PATH. */
  readonly client: boolean;
  /** The course itself is root: `sudo` would be noise. */
  readonly root: boolean;
}

/** One sentence with what we found, and the one thing that mends it on this machine. Pure. */
export function advise(problem: Problem, machine: Machine): Unavailable {
  switch (problem.kind) {
    case 'missing':
      return {
        reason: 'docker-missing',
        why: 'No encuentro Docker en este equipo: no está la orden `docker` ni hay un motor escuchando.',
        next: installCommand(machine),
      };
    case 'stopped':
      return {
        reason: 'docker-stopped',
        why: machine.client
          ? `Tienes el cliente \`docker\`, pero nadie responde en ${problem.address}: el motor está parado.`
          : `Nadie responde en ${problem.address}: el motor de Docker está parado.`,
        next: startCommand(machine, problem.context),
      };
    case 'silent':
      return {
        reason: 'docker-stopped',
        why: `En ${problem.address} aceptan la conexión, pero el motor no contesta: está arrancando, en pausa o atascado.`,
        next: restartCommand(machine),
      };
    case 'permission':
      return {
        reason: 'docker-permission',
        why: `El motor está vivo, pero tu usuario no tiene permiso para hablarle en ${problem.address} (grupo \`docker\`).`,
        next: permissionCommand(machine),
      };
    case 'elsewhere':
      return {
        reason: 'docker-context',
        why: `${problem.chosenBy} apunta a ${problem.address} y ahí no responde nadie; el motor de este equipo sí responde.`,
        next: backToDefault(problem.chosenBy, machine),
      };
    case 'no-such-context':
      return {
        reason: 'docker-context',
        why: `Tu Docker usa el contexto «${problem.context}», y ese contexto no existe.`,
        next: '`docker context ls` te enseña los que hay; vuelve al normal con `docker context use default`.',
      };
    case 'unsupported-address':
      return {
        reason: 'docker-context',
        why: `${problem.chosenBy} apunta a ${problem.address || 'una dirección vacía'}, una dirección que el curso no sabe usar.`,
        next: backToDefault(problem.chosenBy, machine),
      };
    case 'strange':
      return {
        reason: 'docker-context',
        why: `Lo que responde en ${problem.address} no parece un motor de Docker (${problem.detail}).`,
        next: 'Mira a qué motor apuntas con `docker context ls` y con `echo $DOCKER_HOST`.',
      };
    case 'old':
      return {
        reason: 'docker-api-old',
        why: `Tu motor habla la API ${problem.apiVersion} y el curso necesita la ${problem.oldestUsable} (Docker 19.03) o una más nueva.`,
        next: updateCommand(machine),
      };
  }
}

const sudo = ({ root }: Machine) => (root ? '' : 'sudo ');

function installCommand(machine: Machine): string {
  if (machine.platform === 'darwin')
    return 'Instala Docker Desktop: `brew install --cask docker` y ábrelo una vez.';
  if (machine.platform === 'win32')
    return 'Instala Docker Desktop: `winget install Docker.DockerDesktop` y ábrelo una vez.';
  if (machine.wsl) {
    return 'Instala Docker Desktop en Windows (`winget.exe install Docker.DockerDesktop`) y activa tu distribución en Settings → Resources → WSL integration.';
  }
  return `Instálalo: \`${sudo(machine)}apt-get install docker.io\` en Debian y Ubuntu; para otros sistemas mira https://docs.docker.com/engine/install/.`;
}

function startCommand(machine: Machine, context: string): string {
  if (machine.platform === 'darwin') return 'Arranca Docker Desktop: `open -a Docker`.';
  if (machine.platform === 'win32') {
    return 'Arranca Docker Desktop: `Start-Process "C:\\Program Files\\Docker\\Docker\\Docker Desktop.exe"`.';
  }
  if (machine.wsl && machine.desktop) {
    return 'Abre Docker Desktop en Windows y activa tu distribución en Settings → Resources → WSL integration.';
  }
  if (context === 'desktop-linux' || machine.desktop) {
    return 'Arranca Docker Desktop: `systemctl --user start docker-desktop`.';
  }
  if (context === 'rootless') return 'Arranca tu motor sin root: `systemctl --user start docker`.';
  if (machine.systemd) return `Arráncalo: \`${sudo(machine)}systemctl start docker\`.`;
  return `Arráncalo: \`${sudo(machine)}service docker start\`.`;
}

function restartCommand(machine: Machine): string {
  if (machine.platform === 'darwin') return 'Espera un minuto; si sigue igual, `docker desktop restart`.';
  if (machine.platform === 'win32') return 'Espera un minuto; si sigue igual, `docker desktop restart`.';
  if (machine.desktop) return 'Espera un minuto; si sigue igual, reinicia Docker Desktop desde su menú.';
  if (machine.systemd)
    return `Espera un minuto; si sigue igual, \`${sudo(machine)}systemctl restart docker\`.`;
  return `Espera un minuto; si sigue igual, \`${sudo(machine)}service docker restart\`.`;
}

function permissionCommand(machine: Machine): string {
  if (machine.platform === 'darwin' || machine.platform === 'win32') {
    return 'Abre Docker Desktop con tu propio usuario y acepta los permisos que pide.';
  }
  return 'Entra en el grupo con `sudo usermod -aG docker $USER` y vuelve a iniciar sesión. Ojo: estar en ese grupo equivale a ser root en este equipo.';
}

function backToDefault(chosenBy: string, { platform }: Machine): string {
  if (chosenBy === 'DOCKER_HOST') {
    return platform === 'win32'
      ? 'Quita la variable: `Remove-Item Env:DOCKER_HOST`.'
      : 'Quita la variable: `unset DOCKER_HOST`.';
  }
  return 'Vuelve al motor de este equipo: `docker context use default` (y quita DOCKER_CONTEXT si la tienes puesta).';
}

function updateCommand(machine: Machine): string {
  if (machine.platform === 'darwin') return 'Actualízalo: `brew upgrade --cask docker`.';
  if (machine.platform === 'win32') return 'Actualízalo: `winget upgrade Docker.DockerDesktop`.';
  return 'Actualiza el motor: https://docs.docker.com/engine/install/ tiene los pasos de tu distribución.';
}
