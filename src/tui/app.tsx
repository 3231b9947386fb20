import { Fragment, useSyncExternalStore } from 'react';
import { cleanText } from '../base/text.ts';
import { bodyRows, footLines, headLines, isTooSmall, type Screen, tooSmallLines } from './frame.ts';
import { Box, SelectInput, Text, useApp, useInput, usePaste } from './ink.ts';
import { eventsFor, isWriting, type Key } from './keymap.ts';
import { keysOf, pastedLine } from './keys.ts';
import type { Look } from './look.ts';
import type { TuiPorts } from './ports.ts';
import { screenOf } from './screen.ts';
import type { Snapshot, Store } from './store.ts';
import { toAscii } from './style.ts';
import { clip, onlyStyles, styledWidth, wrapStyled } from './styled.ts';

export interface AppProps {
  readonly store: Store;
  readonly ports: Pick<TuiPorts, 'diagrams'>;
  /** The look that does not depend on the size. */
  readonly means: Pick<Look, 'style' | 'glyphs' | 'linear'>;
  readonly ascii: boolean;
  /** Keys that are the terminal's business and not the session's. */
  readonly onControl: (key: 'ctrl-l' | 'ctrl-z', suspend: Suspend) => void;
  /** Gives whoever mounts the app the way to hand the terminal over. */
  readonly onReady: (suspend: Suspend) => void;
}

export type Suspend = (whileAway: () => Promise<void>) => Promise<void>;

/** The whole program on the screen. It only renders: what there is to see is decided by the session. */
export function App({ store, ports, means, ascii, onControl, onReady }: AppProps) {
  const snapshot = useSyncExternalStore(store.subscribe, store.get);
  const { suspendTerminal } = useApp();
  onReady(suspendTerminal);
  const look = lookOf(snapshot, means);
  const tooSmall = isTooSmall(look);
  const screen = screenOf(snapshot.state, ports.diagrams(), look);

  const press = (key: Key) => {
    if (key === 'ctrl-l' || key === 'ctrl-z') return onControl(key, suspendTerminal);
    // Keys come in bursts: each one is understood on the screen that the one before left.
    const now = store.get();
    const nowLook = lookOf(now, means);
    if (isTooSmall(nowLook) && key !== 'ctrl-c') return;
    const nowScreen = now === snapshot ? screen : screenOf(now.state, ports.diagrams(), nowLook);
    for (const event of eventsFor(now.state, key, nowScreen, nowLook)) store.dispatch(event);
  };
  useInput((input, key) => {
    for (const each of keysOf(input, key)) press(each);
  });
  usePaste((text) => {
    const { state } = store.get();
    const line = pastedLine(text, cleanText);
    if (line !== '' && isWriting(state)) store.dispatch({ type: 'type', text: line });
  });

  if (tooSmall) return <Lines lines={tooSmallLines(look)} ascii={ascii} />;
  return (
    <Box flexDirection="column" width={look.columns} height={look.rows}>
      <Lines lines={headLines(screen, look)} ascii={ascii} />
      <Body screen={screen} look={look} store={store} ascii={ascii} />
      <Lines lines={footLines(screen, look)} ascii={ascii} />
    </Box>
  );
}

export function lookOf(snapshot: Snapshot, means: AppProps['means']): Look {
  return { ...means, columns: snapshot.columns, rows: snapshot.rows, markdown: snapshot.markdown };
}

interface BodyProps {
  readonly screen: Screen;
  readonly look: Look;
  readonly store: Store;
  readonly ascii: boolean;
}

function Body({ screen, look, store, ascii }: BodyProps) {
  const { body } = screen;
  const rows = bodyRows(look);
  if (body.kind === 'lines') {
    return (
      <Box height={rows} flexDirection="column">
        <Lines lines={fill(body.lines, rows, look.columns)} ascii={ascii} />
      </Box>
    );
  }
  const width = look.columns - 5;
  const options = body.options.map((option) => wrapStyled(option, width));
  const tallest = Math.max(1, ...options.map((lines) => lines.length));
  // What is picked from is never pushed out: the help below it goes first, then the beginning of what is above.
  const least = tallest * Math.min(3, options.length);
  const after = body.before.length + body.after.length + least > rows ? [] : body.after;
  const before = body.before.slice(-Math.max(1, rows - after.length - least));
  const room = rows - before.length - after.length;
  const limit = Math.max(1, Math.min(options.length, Math.floor(room / tallest)));
  const items = options.map((lines, index) => ({
    label: lines.join('\n'),
    value: index,
    key: String(index),
  }));
  return (
    <Box height={rows} flexDirection="column" overflow="hidden">
      <Lines lines={before} ascii={ascii} />
      <SelectInput
        key={body.listKey}
        items={items}
        initialIndex={Math.min(body.index, items.length - 1)}
        limit={limit}
        indicatorComponent={({ isSelected = false }) => (
          <Text>{`  ${isSelected ? look.style('acento', look.glyphs.cursor) : ' '} `}</Text>
        )}
        itemComponent={({ label, isSelected = false }) => (
          <Text>{show(isSelected ? look.style('fuerte', label) : label, ascii)}</Text>
        )}
        onHighlight={(item) => store.dispatch({ type: 'highlight', index: item.value })}
        onSelect={(item) => store.dispatch({ type: 'choose', index: item.value })}
      />
      <Lines lines={after} ascii={ascii} />
    </Box>
  );
}

/** Lines already measured and cut. One Text each: Ink reads a block of several lines twice over. */
function Lines({ lines, ascii }: { readonly lines: readonly string[]; readonly ascii: boolean }) {
  if (lines.length === 0) return <Fragment />;
  return (
    <Box flexDirection="column">
      {lines.map((line, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its row.
        <Text key={row} wrap="truncate">
          {line === '' ? ' ' : show(line, ascii)}
        </Text>
      ))}
    </Box>
  );
}

function show(line: string, ascii: boolean): string {
  // Lessons may be somebody else's: nothing of theirs acts on the terminal.
  const safe = line.includes('\n') ? line.split('\n').map(onlyStyles).join('\n') : onlyStyles(line);
  return ascii ? toAscii(safe) : safe;
}

function fill(lines: readonly string[], rows: number, columns: number): readonly string[] {
  return Array.from({ length: rows }, (_, row) => {
    const line = lines[row] ?? '';
    return styledWidth(line) > columns ? clip(line, columns) : line;
  });
}
