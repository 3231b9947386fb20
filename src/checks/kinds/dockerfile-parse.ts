import { editDistance } from '../../base/text.ts';

/** One instruction of a Dockerfile, its continuation lines joined. */
export interface Instruction {
  /** Upper case. */
  readonly nombre: string;
  /** 1-based line where it starts. */
  readonly linea: number;
  /** Only for those that run something; '' for the rest. */
  readonly forma: 'exec' | 'shell' | '';
  /** Everything after the name and its options; bodies of here-documents at the end. */
  readonly texto: string;
  /** The words; in exec form, the list. */
  readonly args: readonly string[];
  /** `--from=construye` → `{from: 'construye'}`. */
  readonly opciones: { readonly [name: string]: string };
}

export interface DockerfileProblem {
  readonly linea: number;
  readonly texto: string;
}

export interface ParsedDockerfile {
  readonly instructions: readonly Instruction[];
  readonly problems: readonly DockerfileProblem[];
}

const known = [
  'FROM',
  'RUN',
  'CMD',
  'LABEL',
  'MAINTAINER',
  'EXPOSE',
  'ENV',
  'ADD',
  'COPY',
  'ENTRYPOINT',
  'VOLUME',
  'USER',
  'WORKDIR',
  'ARG',
  'ONBUILD',
  'STOPSIGNAL',
  'HEALTHCHECK',
  'SHELL',
]; // prettier-ignore
const runs = new Set(['RUN', 'CMD', 'ENTRYPOINT', 'SHELL', 'HEALTHCHECK']);
const takesHeredoc = new Set(['RUN', 'COPY', 'ADD']);

/**
 * Reads a Dockerfile the way BuildKit's parser does (moby/buildkit `frontend/dockerfile/parser`): escape directive,
 * continuations with comments and empty lines inside, options, JSON forms and here-documents. Builds nothing.
 * Problems are Spanish, in order of line.
 */
export function parseDockerfile(text: string): ParsedDockerfile {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const escapeSign = escapeDirective(lines);
  const instructions: Instruction[] = [];
  const problems: DockerfileProblem[] = [];
  for (let at = 0; at < lines.length; ) {
    const first = lines[at] ?? '';
    if (/^\s*(#|$)/.test(first)) {
      at += 1;
      continue;
    }
    const linea = at + 1;
    const joined = joinContinuations(lines, at, escapeSign);
    at = joined.next;
    const bodies = readHeredocs(joined.text, lines, at);
    at = bodies.next;
    if (bodies.unfinished !== undefined) {
      problems.push({
        linea,
        texto: `El bloque <<${bodies.unfinished} no se cierra: falta una línea que diga solo ${bodies.unfinished}.`,
      });
    }
    const instruction = parseInstruction(joined.text, bodies.text, linea);
    if (!known.includes(instruction.nombre)) {
      problems.push({ linea, texto: unknownName(instruction.nombre) });
      continue;
    }
    instructions.push(instruction);
  }
  problems.push(...check(instructions));
  return { instructions, problems: problems.sort((left, right) => left.linea - right.linea) };
}

/** `# escape=` counts only among the directives at the very top. */
function escapeDirective(lines: readonly string[]): '\\' | '`' {
  for (const line of lines) {
    const directive = /^#\s*(\w+)\s*=\s*(\S+)\s*$/.exec(line);
    if (!directive) break;
    if (directive[1]?.toLowerCase() === 'escape') return directive[2] === '`' ? '`' : '\\';
  }
  return '\\';
}

function joinContinuations(lines: readonly string[], start: number, escapeSign: string) {
  const continues = (line: string) => new RegExp(`${escapeSign === '\\' ? '\\\\' : '`'}[ \\t]*$`).test(line);
  const strip = (line: string) => line.replace(/[ \t]+$/, '').slice(0, -1);
  let text = '';
  let at = start;
  for (; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    // Comments and empty lines inside an instruction do not end it.
    if (at > start && /^\s*(#|$)/.test(line)) continue;
    if (!continues(line)) return { text: text + line, next: at + 1 };
    text += strip(line);
  }
  return { text, next: at };
}

function readHeredocs(text: string, lines: readonly string[], start: number) {
  const name = /^\s*(?:ONBUILD\s+)?(\w+)/i.exec(text)?.[1]?.toUpperCase() ?? '';
  let next = start;
  let body = '';
  let unfinished: string | undefined;
  if (!takesHeredoc.has(name)) return { text: body, next, unfinished };
  for (const [, dash, , word = ''] of text.matchAll(/<<(-?)(["']?)([A-Za-z_]\w*)\2/g)) {
    const end = lines.findIndex(
      (line, at) => at >= next && (dash === '-' ? line.replace(/^\t+/, '') : line) === word,
    );
    if (end < 0) unfinished = word;
    body += `\n${lines.slice(next, end < 0 ? lines.length : end).join('\n')}`;
    next = end < 0 ? lines.length : end + 1;
  }
  return { text: body, next, unfinished };
}

function parseInstruction(text: string, heredoc: string, linea: number): Instruction {
  const [, word = '', rest = ''] = /^\s*(\S+)\s*([\s\S]*)$/.exec(text) ?? [];
  const nombre = word.toUpperCase();
  const opciones: { [name: string]: string } = {};
  let left = rest.trim();
  for (let option = nextOption(left); option; option = nextOption(left)) {
    const [whole, key = '', value = 'true'] = option;
    opciones[key] = value;
    left = left.slice(whole.length).trim();
  }
  // HEALTHCHECK CMD …: the form is that of its command.
  const command = nombre === 'HEALTHCHECK' ? left.replace(/^CMD\s+/i, '') : left;
  const list = jsonList(command);
  const forma = !runs.has(nombre) || command === '' || /^NONE$/i.test(command) ? '' : list ? 'exec' : 'shell';
  return { nombre, linea, forma, texto: left + heredoc, args: list ?? words(left), opciones };
}

const nextOption = (text: string) => /^--([a-z][a-z-]*)(?:=("[^"]*"|\S*))?(?=\s|$)/.exec(text);

/** A JSON list of texts, which is what makes a form exec; anything else is not one. */
function jsonList(text: string): readonly string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

function words(text: string): readonly string[] {
  return (text.match(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'])+|["']\S*/g) ?? []).map((word) =>
    word.replace(/^(["'])([\s\S]*)\1$/, '$2'),
  );
}

function unknownName(name: string): string {
  const near = known.find((candidate) => editDistance(candidate, name) <= 2);
  return `«${name}» no es una instrucción de Dockerfile${near === undefined ? '' : `; ¿querías decir ${near}?`}`;
}

function check(instructions: readonly Instruction[]): readonly DockerfileProblem[] {
  const problems: DockerfileProblem[] = [];
  const say = (linea: number, texto: string) => problems.push({ linea, texto });
  if (!instructions.some(({ nombre }) => nombre === 'FROM')) {
    say(instructions[0]?.linea ?? 1, 'Falta FROM: toda imagen parte de otra, aunque sea de `scratch`.');
  }
  let stages = 0;
  let commands = new Map<string, number>();
  for (const { nombre, linea, texto, args, forma, opciones } of instructions) {
    if (nombre === 'FROM') {
      stages += 1;
      commands = new Map();
      if (args.length === 0) say(linea, 'FROM necesita una imagen: `FROM imagen:etiqueta`.');
      else if (args.length !== 1 && !(args.length === 3 && args[1]?.toUpperCase() === 'AS')) {
        say(linea, 'FROM admite `FROM imagen` o `FROM imagen AS nombre`.');
      }
      continue;
    }
    if (stages === 0 && nombre !== 'ARG')
      say(linea, `${nombre} está antes del primer FROM; ahí solo puede ir ARG.`);
    if (texto === '') say(linea, `${nombre} no puede ir sin argumentos.`);
    if (forma === 'shell' && /^\[/.test(texto.replace(/^CMD\s+/i, ''))) {
      say(
        linea,
        `Los corchetes de ${nombre} no son una lista JSON, así que se ejecutará con un shell: usa comillas dobles y comas.`,
      );
    }
    if (nombre === 'SHELL' && forma !== 'exec')
      say(linea, 'SHELL solo admite la forma exec: `SHELL ["/bin/sh", "-c"]`.');
    if ((nombre === 'COPY' || nombre === 'ADD') && args.length < 2) {
      say(linea, `${nombre} necesita origen y destino: \`${nombre} origen destino\`.`);
    }
    if (nombre === 'COPY' && opciones['from'] === '')
      say(linea, '`--from=` necesita el nombre de una etapa o una imagen.');
    if (nombre === 'EXPOSE') {
      const bad = args.find((port) => !/^(\d{1,5}(-\d{1,5})?(\/(tcp|udp|sctp))?|.*\$.*)$/i.test(port));
      if (bad !== undefined) say(linea, `EXPOSE recibe números de puerto; «${bad}» no lo es.`);
    }
    if (nombre === 'MAINTAINER')
      say(linea, 'MAINTAINER está en desuso: usa `LABEL org.opencontainers.image.authors="…"`.');
    if (nombre === 'CMD' || nombre === 'ENTRYPOINT' || nombre === 'HEALTHCHECK') {
      const before = commands.get(nombre);
      if (before !== undefined)
        say(linea, `Hay otro ${nombre} en la línea ${before}: en cada etapa solo cuenta el último.`);
      commands.set(nombre, linea);
    }
  }
  return problems;
}
