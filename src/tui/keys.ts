import type { Key as InkKey } from './ink.ts';
import type { Key } from './keymap.ts';

/** Keys in what Ink hands over: one, or several when they were typed before anybody was reading. */
export function keysOf(input: string, key: InkKey): readonly Key[] {
  if (key.meta || key.eventType === 'release') return key.escape ? ['escape'] : [];
  const named = namedKey(key);
  if (named) return [named];
  if (key.ctrl) return controlKeys[input] ? [controlKeys[input]] : [];
  return [...input].flatMap((character): readonly Key[] => {
    const control = byteKeys[character];
    if (control) return [control];
    return isPrintable(character) ? [{ character }] : [];
  });
}

/** Pasted text as a single line without control characters: its first line that says something. */
export function pastedLine(text: string, clean: (text: string) => string): string {
  const lines = clean(text).split('\n');
  return (lines.find((line) => line.trim() !== '') ?? '').replace(/\t/g, ' ').trim();
}

const controlKeys: { readonly [letter: string]: Key } = {
  c: 'ctrl-c',
  d: 'ctrl-d',
  u: 'ctrl-u',
  l: 'ctrl-l',
  z: 'ctrl-z',
};

const byteKeys: { readonly [character: string]: Key } = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007f': 'backspace',
  '\b': 'backspace',
  '\u0003': 'ctrl-c',
  '\u001b': 'escape',
};

function namedKey(key: InkKey): Key | undefined {
  if (key.upArrow) return 'up';
  if (key.downArrow) return 'down';
  if (key.leftArrow) return 'left';
  if (key.rightArrow) return 'right';
  if (key.pageUp) return 'pageUp';
  if (key.pageDown) return 'pageDown';
  if (key.home) return 'home';
  if (key.end) return 'end';
  if (key.return) return 'enter';
  if (key.escape) return 'escape';
  if (key.tab) return 'tab';
  return key.backspace || key.delete ? 'backspace' : undefined;
}

function isPrintable(character: string): boolean {
  return !/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}]/u.test(character);
}
