/** What ConfigMaps and Secrets may hold together, in bytes (core.MaxSecretSize). */
export const maxDataBytes = 1024 * 1024;

/** How many bytes a base64 text stands for. */
export function base64Length(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}
