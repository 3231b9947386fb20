/** A module of its own so that it can be loaded late with its names: bundled CommonJS gives none to a lazy import. */
export { highlight, supportsLanguage } from 'cli-highlight';
