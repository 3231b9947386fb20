/** The only door to Ink: pinned, and replaceable in one place. */
export { Box, type Key, render, Static, Text, useApp, useInput, usePaste } from 'ink';
export { default as SelectInput } from 'ink-select-input';
