import { execFileSync } from 'node:child_process';
import { flat } from './journey.ts';
import { keys, type TestTerminal } from './terminal.ts';

/** One below the other, and whole: sentences can be read as they are. */
export const tallScreen = { columns: 98, rows: 56 } as const;

/** What a real cluster may take on a busy machine. */
export const longMs = 60_000;

/** Turns the page and waits for what it says. */
export async function turnTo(terminal: TestTerminal, words: string): Promise<void> {
  terminal.press(keys.right);
  await reads(terminal, words);
}

/** Resolves with the whole screen, in one line, as soon as it says so. */
export async function reads(terminal: TestTerminal, words: string | RegExp, ms = longMs): Promise<string> {
  const says = (screen: string) =>
    typeof words === 'string' ? flat(screen).includes(words) : words.test(flat(screen));
  return flat(await terminal.waitFor(says, ms));
}

/** Goes down the list to an option, wherever the shuffle left it, and presses Enter on it. */
export async function pick(terminal: TestTerminal, option: string): Promise<void> {
  // A form marks its question too; the options come below.
  const chosen = (screen: string) => [...screen.matchAll(/▸ (?:\[.\] )?(.*)/g)].at(-1)?.[1]?.trim() ?? '';
  for (let step = 0; step < 8; step++) {
    const now = chosen(await terminal.waitFor(/▸ /));
    if (now === option) break;
    terminal.press(keys.down);
    await terminal.waitFor((screen) => chosen(screen) !== now);
  }
  terminal.press(keys.enter);
}

/** A prediction is registered, right or not. */
export async function predict(terminal: TestTerminal, option: string): Promise<void> {
  await reads(terminal, 'Predice antes de seguir');
  await pick(terminal, option);
  await reads(terminal, 'tu predicción');
}

/** Answers a question of the quiz: what is picked, and what the course says to it. Then goes to the next. */
export async function answer(
  terminal: TestTerminal,
  question: string,
  options: readonly string[],
  verdict: '✓ Sí' | '✗ No es eso',
): Promise<void> {
  await reads(terminal, question);
  for (const option of options) await pick(terminal, option);
  await reads(terminal, verdict);
  terminal.press(keys.enter);
}

/** Turns to an exercise and waits until it was looked at; resolves with the token of its attempt. */
export async function beginExercise(terminal: TestTerminal, id: string): Promise<string> {
  terminal.press(keys.right);
  const folder = new RegExp(`${id.replaceAll('.', '\\.')}-([0-9a-f]{8})`);
  await reads(terminal, folder);
  return folder.exec(await reads(terminal, / · falta/))?.[1] ?? '';
}

/** The namespace that the course made for an attempt. */
export function namespaceOf(kubectl: ReturnType<typeof kubectlOn>, token: string): string {
  return kubectl('default', `get namespaces -l curso-k8s=${token} -o jsonpath={.items[0].metadata.name}`);
}

/** Asks for the first hint and puts it away. */
export async function askHint(terminal: TestTerminal, words: string): Promise<void> {
  terminal.press('p');
  await reads(terminal, 'Pista 1 de 4');
  await reads(terminal, words);
  terminal.press(keys.escape);
  await terminal.waitFor((screen) => !screen.includes('Pista 1 de 4'));
}

export const passes = (terminal: TestTerminal) => reads(terminal, 'Todo en verde', longMs);

/** Opens the live map over the page, does something there and comes back to the page. */
export async function overTheMap(terminal: TestTerminal, act: () => Promise<void>): Promise<void> {
  terminal.press('m');
  await terminal.waitFor('Plano de control', longMs);
  await act();
  terminal.press(keys.escape);
  await terminal.waitFor((screen) => !screen.includes('Plano de control'));
}

/** The learner's own kubectl, in a namespace. Says what it said; throws when it failed. */
export function kubectlOn(kubeconfig: string) {
  return (namespace: string, words: string, input?: string): string =>
    execFileSync('kubectl', ['-n', namespace, ...words.split(' ')], {
      encoding: 'utf8',
      env: { ...process.env, KUBECONFIG: kubeconfig },
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(input === undefined ? {} : { input }),
    });
}
