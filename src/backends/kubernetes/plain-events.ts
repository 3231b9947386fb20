/** An Event in plain Spanish, for the live map: «el ReplicaSet mostrador-7d4 creó el Pod mostrador-7d4-x2k». */
export interface EventFacts {
  readonly kind: string;
  readonly name: string;
  readonly reason: string;
  readonly message: string;
}

type Sentence = (facts: EventFacts, found: (pattern: RegExp) => string) => string;

const articles: { readonly [kind: string]: string } = {
  NetworkPolicy: 'la NetworkPolicy',
  StorageClass: 'la StorageClass',
  Node: 'el nodo',
};
const subject = ({ kind, name }: EventFacts) => `${ownOf(articles, kind) ?? `el ${kind}`} ${name}`;

/** Whoever writes an Event may call its kind and its reason `constructor`. */
function ownOf<T>(table: { readonly [key: string]: T }, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

const container = (found: (pattern: RegExp) => string) => found(/container:? "?([\w.-]+)/i);
const image = (found: (pattern: RegExp) => string) => found(/image "([^"]+)"/);

const sentences: { readonly [reason: string]: Sentence } = {
  Scheduled: (facts, found) => `el planificador puso ${subject(facts)} en ${found(/to (\S+)$/)}`,
  FailedScheduling: (facts) => `el planificador no encuentra sitio para ${subject(facts)}: ${facts.message}`,
  Preempted: (facts) => `${subject(facts)} se desaloja para hacer sitio a otro más importante`,
  Pulling: (facts, found) => `${subject(facts)}: se descarga ${image(found)}`,
  Pulled: (facts, found) => `${subject(facts)}: la imagen ${image(found)} ya está en el nodo`,
  Created: (facts, found) => `${subject(facts)}: se creó el contenedor ${container(found)}`,
  Started: (facts, found) => `${subject(facts)}: arrancó el contenedor ${container(found)}`,
  Killing: (facts, found) => `${subject(facts)}: se para el contenedor ${container(found)}`,
  BackOff: (facts) =>
    /pulling image/.test(facts.message)
      ? `${subject(facts)}: se espera antes de volver a descargar la imagen`
      : `${subject(facts)}: se espera antes de volver a arrancar el contenedor, que se cae una y otra vez`,
  Failed: (facts) => `${subject(facts)}: ${facts.message}`,
  Unhealthy: (facts) => `${subject(facts)} no pasa una sonda: ${facts.message}`,
  SandboxChanged: (facts) => `${subject(facts)}: su nodo rehace sus contenedores`,
  FailedMount: (facts) => `${subject(facts)}: no se puede montar un volumen: ${facts.message}`,
  SuccessfulCreate: (facts, found) => `${subject(facts)} creó el Pod ${found(/(?:pod|job|Pod)[: ]+(\S+)/i)}`,
  SuccessfulDelete: (facts, found) => `${subject(facts)} borró el Pod ${found(/(?:pod|job)[: ]+(\S+)/i)}`,
  FailedCreate: (facts) => `${subject(facts)} no puede crear Pods: ${facts.message}`,
  ScalingReplicaSet: (facts, found) =>
    `${subject(facts)} ${facts.message.includes('up') ? 'sube' : 'baja'} el ReplicaSet ${found(/replica set (\S+)/)} a ${found(/to (\d+)/)}`,
  DeploymentRollback: (facts) => `${subject(facts)} vuelve a una revisión anterior`,
  SuccessfulRescale: (facts, found) => `${subject(facts)} pide ${found(/size: (\d+)/)} réplicas`,
  Completed: (facts) => `${subject(facts)} terminó`,
  BackoffLimitExceeded: (facts) => `${subject(facts)} se rinde: ha fallado demasiadas veces`,
  NodeReady: (facts) => `${subject(facts)} está listo`,
  NodeNotReady: (facts) =>
    facts.kind === 'Pod' ? `${subject(facts)}: su nodo no está listo` : `${subject(facts)} no está listo`,
  NodeNotSchedulable: (facts) => `${subject(facts)} ya no admite Pods nuevos`,
  NodeSchedulable: (facts) => `${subject(facts)} vuelve a admitir Pods`,
  RemovingNode: (facts) => `el plano de control olvida ${subject(facts)}`,
  TaintManagerEviction: (facts) =>
    facts.message.startsWith('Cancel')
      ? `${subject(facts)} se queda: su nodo volvió a tiempo`
      : `${subject(facts)} se desaloja de su nodo`,
  Evicted: (facts) => `${subject(facts)} se desaloja: ${facts.message}`,
  LeaderElection: (facts, found) => `${found(/^(\S+?)_?[0-9a-f-]* /)} dirige ahora ${facts.name}`,
  Starting: (facts) => `${subject(facts)}: arranca el kubelet`,
};

/** What nobody needs to read as it happens. */
const quiet: ReadonlySet<string> = new Set([
  'NodeHasSufficientMemory',
  'NodeHasNoDiskPressure',
  'NodeHasSufficientPID',
  'NodeAllocatableEnforced',
  'InvalidDiskCapacity',
  'Pulled',
  'Created',
  // At each change of the active controller-manager, of every node.
  'RegisteredNode',
]);

/** Undefined: not worth a line. A reason that has no sentence is told in its own words. */
export function plainEvent(facts: EventFacts): string | undefined {
  if (quiet.has(facts.reason)) return undefined;
  const found = (pattern: RegExp) => pattern.exec(facts.message)?.[1] ?? '';
  const sentence = ownOf(sentences, facts.reason);
  const said = sentence === undefined ? `${subject(facts)}: ${facts.message}` : sentence(facts, found);
  return said.replace(/\s+/g, ' ').trim();
}
