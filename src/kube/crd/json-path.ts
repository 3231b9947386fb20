/** The part of kubectl's JSONPath that printer columns use: `.a.b`, `['a.b']`, `[0]`, `[*]`, `[?(@.type=="Ready")]`. */
export type JsonPath = (value: unknown) => readonly unknown[];

type Step = (value: unknown) => readonly unknown[];

const own = (value: unknown, key: string): readonly unknown[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, key)
    ? [(value as { [key: string]: unknown })[key]]
    : [];

const all: Step = (value) =>
  Array.isArray(value) ? value : typeof value === 'object' && value !== null ? Object.values(value) : [];

/** What does not read as a path finds nothing. */
export function parseJsonPath(path: string): JsonPath {
  const steps = stepsOf(path);
  if (steps === undefined) return () => [];
  return (value) => steps.reduce<readonly unknown[]>((found, step) => found.flatMap(step), [value]);
}

function stepsOf(path: string): Step[] | undefined {
  const steps: Step[] = [];
  let rest = path.startsWith('$') ? path.slice(1) : path;
  while (rest !== '' && rest !== '.') {
    const name = /^\.?((?:[^.[\]\\]|\\.)+)/.exec(rest);
    const bracket = /^\.?\[([^\]]*(?:\)\])?)\]/.exec(rest);
    if (rest.startsWith('[') || rest.startsWith('.[')) {
      const filter =
        /^\.?\[\?\(\s*@\.?([^=!<>\s]+)\s*(==|!=)\s*(?:"([^"]*)"|'([^']*)'|([^)\s]+))\s*\)\]/.exec(rest);
      const match = filter ?? bracket;
      const step =
        filter !== null ? filterStep(filter) : bracket === null ? undefined : bracketStep(bracket[1] ?? '');
      if (match === null || step === undefined) return undefined;
      steps.push(step);
      rest = rest.slice(match[0].length);
    } else if (name !== null) {
      const key = (name[1] ?? '').replace(/\\(.)/g, '$1');
      steps.push(key === '*' ? all : (value) => own(value, key));
      rest = rest.slice(name[0].length);
    } else return undefined;
  }
  return steps;
}

function filterStep([, path = '', sign, double, single, bare]: RegExpExecArray): Step {
  const inner = parseJsonPath(`.${path}`);
  const wanted = double ?? single ?? bare ?? '';
  return (value) =>
    all(value).filter((item) => {
      const [found] = inner(item);
      return found !== undefined && (String(found) === wanted) === (sign === '==');
    });
}

function bracketStep(text: string): Step | undefined {
  const quoted = /^'([^']*)'$|^"([^"]*)"$/.exec(text);
  if (quoted !== null) {
    const key = quoted[1] ?? quoted[2] ?? '';
    return (value) => own(value, key);
  }
  if (text === '*') return all;
  if (!/^-?\d{1,9}$/.test(text)) return undefined;
  const index = Number(text);
  return (value) => {
    const list = Array.isArray(value) ? (value as unknown[]) : [];
    const at = index < 0 ? list.length + index : index;
    return at in list ? [list[at]] : [];
  };
}
